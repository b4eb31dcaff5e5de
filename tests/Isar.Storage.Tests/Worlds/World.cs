using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Isar.Storage.Tests.Worlds;

/// <summary>
/// What outlives a session: two directories <c>a</c> and <c>b</c>, the record of homes, and who holds which files. Files are held as in
/// a browser: by one session, and only acquired ones can be used.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("isar-choice-").FullName;

    public ConcurrentDictionary<StoragePath, StorageHome> Record { get; } = [];

    /// <summary>Gets who holds a database in a backend.</summary>
    public ConcurrentDictionary<(string Backend, StoragePath Database), Session> Held { get; } = [];

    public string PathOf(string backend, string file = "") => Path.Combine(_directory, backend, file);

    /// <summary>Gets all that a backend stores, without the directory.</summary>
    public string[] FilesOf(string backend) => Directory.Exists(PathOf(backend))
        ? [.. Directory.EnumerateFiles(PathOf(backend), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(PathOf(backend), file)).Order(StringComparer.Ordinal)]
        : [];

    public void Put(string backend, string file, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(backend, file))!);
        File.WriteAllBytes(PathOf(backend, file), content);
    }

    public StorageHome? RecordOf(string database) => Record.GetValueOrDefault(StoragePath.Parse(database));

    public void SetRecord(string database, StorageHome home) => Record[StoragePath.Parse(database)] = home;

    /// <summary>Starts what a page load or a process is: new services over what is stored.</summary>
    public Session Start(Action<IsarStorageOptions>? configure = null, Action<IIsarStorageBuilder>? add = null, bool withHomes = true) =>
        new(this, configure, add ?? (static _ => { }), withHomes);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

/// <summary>One load of a page, or one process.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly World _world;
    private readonly ServiceProvider _services;

    public Session(World world, Action<IsarStorageOptions>? configure, Action<IIsarStorageBuilder> add, bool withHomes)
    {
        _world = world;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(Log));
        IIsarStorageBuilder builder = services.AddIsarStorage(options =>
        {
            options.OpenTimeout = TimeSpan.Zero;
            configure?.Invoke(options);
        });
        foreach (string name in (string[])["a", "b"])
            builder.AddBackend(name, context => new SessionBackend(name, CreateNative(world.PathOf(name), context), world, this));
        builder.UseMemory();
        if (withHomes)
            services.AddSingleton<IStorageHomes>(new SessionHomes(world, this));
        add(builder);
        _services = services.BuildServiceProvider();
    }

    public LogCapture Log { get; } = new();

    public Faults Faults { get; } = new();

    public IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public IIsarStorage Keyed(string name) => _services.GetRequiredKeyedService<IIsarStorage>(name);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        foreach ((string, StoragePath) held in _world.Held.Where(held => held.Value == this).Select(held => held.Key))
            _world.Held.TryRemove(held, out _);
    }

    private static IStorageBackend CreateNative(string directory, BackendContext context)
    {
        var services = new ServiceCollection();
        new Builder(services).UseNative();
        var registration = (BackendRegistration)services.Single().ImplementationInstance!;
        return registration.Create(context with { Directory = directory });
    }

    private sealed record Builder(IServiceCollection Services) : IIsarStorageBuilder;
}
