using Isar.Storage.Tests.Worlds;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.Tests.Concurrency.Leases;

/// <summary>Tabs of one browser: sessions that share what is stored and the locks, and whose files only one can have at a time.</summary>
internal sealed class Tabs : IAsyncDisposable
{
    public const string Lease = "isar-storage/a/isar-storage//notes.db//lease";
    public const string Membership = "isar-storage/a/isar-storage//notes.db";

    private readonly World _world = new();
    private readonly Dictionary<string, Session> _open = [];

    public SharedLocks Locks { get; } = new();

    public Session Open(string name, Action<IsarStorageOptions>? configure = null, TimeProvider? clock = null)
    {
        Session session = _world.Start(
            options =>
            {
                options.OpenTimeout = options.LeaseTimeout = TimeSpan.FromSeconds(60);
                configure?.Invoke(options);
            },
            builder =>
            {
                builder.Services.AddSingleton(Locks.Of(name));
                if (clock is not null)
                    builder.Services.AddSingleton(clock);
            });
        _open.Add(name, session);
        return session;
    }

    /// <summary>Ends a tab without a word: its locks and files are free.</summary>
    public void Kill(string name)
    {
        foreach (KeyValuePair<(string, StoragePath), Session> held in _world.Held.Where(held => held.Value == _open[name]))
            _world.Held.TryRemove(held);
        Locks.Kill(name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Session session in _open.Values)
            await session.DisposeAsync();
        _world.Dispose();
    }
}
