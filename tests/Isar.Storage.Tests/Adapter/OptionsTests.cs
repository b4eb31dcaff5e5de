using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Isar.Storage.Tests.Adapter;

/// <summary>How storage is registered, chosen and refused. Alone, because an environment variable is everybody's.</summary>
[Collection(nameof(EnvironmentTests))]
public sealed class OptionsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("isar-options-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(nameof(IsarStorageOptions.MemoryOnly))]
    [InlineData(nameof(IsarStorageOptions.Directory))]
    [InlineData(IsarStorageOptions.MemoryEnvironmentVariable)]
    public async Task Each_form_of_the_memory_opt_out_leaves_no_file(string form)
    {
        string current = Path.Combine(_directory, "current");
        Directory.CreateDirectory(current);
        using var variable = new EnvironmentVariable(
            IsarStorageOptions.MemoryEnvironmentVariable, form == IsarStorageOptions.MemoryEnvironmentVariable ? ":memory:" : null);
        await using ServiceProvider services = new ServiceCollection().AddIsarStorage(options =>
        {
            options.Directory = form == nameof(options.Directory) ? ":memory:" : Path.Combine(_directory, "data");
            options.MemoryOnly = form == nameof(options.MemoryOnly);
        }).UseNative().Services.BuildServiceProvider();
        IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
        await using (SqliteConnection connection = await storage.OpenAsync("notes.db"))
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t (x); INSERT INTO t VALUES (1)";
            command.ExecuteNonQuery();
        }
        StorageReport report = await storage.GetReportAsync();
        Assert.Equal(("memory", StorageDurability.None, false), (report.Backend, report.Durability, report.Persistent));
        Assert.StartsWith("Nothing is stored", report.Reason, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_directory, "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(":memory:"));
    }

    [Fact]
    public async Task Memory_only_needs_no_backend()
    {
        await using ServiceProvider services =
            new ServiceCollection().AddIsarStorage(options => options.MemoryOnly = true).Services.BuildServiceProvider();
        await using SqliteConnection connection = await services.GetRequiredService<IIsarStorage>().OpenAsync("x.db");
    }

    [Fact]
    public void Without_a_backend_the_error_says_what_to_call()
    {
        using ServiceProvider services = new ServiceCollection().AddIsarStorage().Services.BuildServiceProvider();
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IIsarStorage>);
        Assert.Contains("UseNative", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new string[0], "It is empty")]
    [InlineData(new[] { "memory", "memory" }, "\"memory\" more than once")]
    [InlineData(new[] { "memory", "floppy" }, "There is no backend \"floppy\"; added are: memory.")]
    public void Candidates_are_known_names_none_twice(string[] candidates, string message)
    {
        using ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(options => options.Candidates = candidates).UseMemory().Services.BuildServiceProvider();
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IIsarStorage>);
        Assert.Contains(nameof(IsarStorageOptions.Candidates), failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-0.1, false)]
    [InlineData(1.01, false)]
    [InlineData(double.NaN, false)]
    [InlineData(1, true)]
    [InlineData(0.001, true)]
    public void The_quota_warning_lies_above_0_and_not_above_1(double ratio, bool isValid)
    {
        using ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(options => options.QuotaWarningRatio = ratio).UseMemory().Services.BuildServiceProvider();
        Exception? failure = Record.Exception(services.GetRequiredService<IIsarStorage>);
        Assert.Equal(isValid, failure is null);
        if (!isValid)
            Assert.Contains(nameof(IsarStorageOptions.QuotaWarningRatio), failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(IsarStorageOptions.OpenTimeout), -1, false)]
    [InlineData(nameof(IsarStorageOptions.OpenTimeout), 600_001, false)]
    [InlineData(nameof(IsarStorageOptions.OpenTimeout), 600_000, true)]
    [InlineData(nameof(IsarStorageOptions.LeaseTimeout), -1, false)]
    [InlineData(nameof(IsarStorageOptions.LeaseTimeout), 600_001, false)]
    [InlineData(nameof(IsarStorageOptions.LeaseTimeout), 0, true)]
    [InlineData(nameof(IsarStorageOptions.TransactionTimeout), -1, false)]
    [InlineData(nameof(IsarStorageOptions.TransactionTimeout), 600_001, false)]
    [InlineData(nameof(IsarStorageOptions.TransactionTimeout), 0, true)]
    [InlineData(nameof(IsarStorageOptions.RetryDelay), 0, false)]
    [InlineData(nameof(IsarStorageOptions.RetryDelay), 10_001, false)]
    [InlineData(nameof(IsarStorageOptions.RetryDelay), 1, true)]
    [InlineData(nameof(IsarStorageOptions.MaxRetryDelay), 19, false)]
    [InlineData(nameof(IsarStorageOptions.MaxRetryDelay), 60_001, false)]
    [InlineData(nameof(IsarStorageOptions.MaxRetryDelay), 20, true)]
    public void Times_lie_in_their_ranges(string option, int milliseconds, bool isValid)
    {
        using ServiceProvider services = new ServiceCollection().AddIsarStorage(options =>
        {
            var value = TimeSpan.FromMilliseconds(milliseconds);
            Action set = option switch
            {
                nameof(IsarStorageOptions.OpenTimeout) => () => options.OpenTimeout = value,
                nameof(IsarStorageOptions.LeaseTimeout) => () => options.LeaseTimeout = value,
                nameof(IsarStorageOptions.TransactionTimeout) => () => options.TransactionTimeout = value,
                nameof(IsarStorageOptions.RetryDelay) => () => options.RetryDelay = value,
                _ => () => options.MaxRetryDelay = value,
            };
            set();
        }).UseMemory().Services.BuildServiceProvider();
        Exception? failure = Record.Exception(services.GetRequiredService<IIsarStorage>);
        Assert.Equal(isValid, failure is null);
        if (!isValid)
        {
            string message = Assert.IsType<OptionsValidationException>(failure).Message;
            Assert.Contains($"{option}: It is {TimeSpan.FromMilliseconds(milliseconds)}", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Memory_is_never_taken_because_something_else_was_added()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(options => options.Directory = Path.Combine(_directory, "file", "below"))
            .UseMemory().UseNative().Services.BuildServiceProvider();
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "no directory");
        await Assert.ThrowsAsync<StorageException>(() => services.GetRequiredService<IIsarStorage>().OpenAsync("x.db").AsTask());
    }

    [Fact]
    public void An_unknown_default_backend_names_the_known_ones()
    {
        using ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(options => options.Candidates = ["floppy"]).UseMemory().Services.BuildServiceProvider();
        OptionsValidationException failure = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IIsarStorage>);
        Assert.Contains("floppy", failure.Message, StringComparison.Ordinal);
        Assert.Contains("memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_names_the_known_ones()
    {
        using ServiceProvider services = new ServiceCollection().AddIsarStorage().UseMemory().Services.BuildServiceProvider();
        StorageException failure = Assert.Throws<StorageException>(() => services.GetRequiredKeyedService<IIsarStorage>("floppy"));
        Assert.Equal(StorageErrorKind.Unavailable, failure.Kind);
        Assert.Contains("memory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_refuses_bad_options_when_it_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddIsarStorage(options => options.OpenTimeout = TimeSpan.FromMinutes(11)).UseMemory();
        using IHost host = builder.Build();
        OptionsValidationException failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains(nameof(IsarStorageOptions.OpenTimeout), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backends_are_found_by_their_names_and_the_first_that_keeps_things_is_the_default()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddIsarStorage(options => options.Directory = _directory).UseMemory("scratch").UseNative().Services.BuildServiceProvider();
        IIsarStorage native = services.GetRequiredService<IIsarStorage>();
        IIsarStorage scratch = services.GetRequiredKeyedService<IIsarStorage>("scratch");
        Assert.Same(native, services.GetRequiredKeyedService<IIsarStorage>("native"));
        Assert.Equal("scratch", (await scratch.GetReportAsync()).Backend);
        Assert.Equal("native", (await native.GetReportAsync()).Backend);
    }

    [Fact]
    public void A_name_can_be_taken_once()
    {
        IIsarStorageBuilder builder = new ServiceCollection().AddIsarStorage().UseMemory();
        Assert.Throws<ArgumentException>(() => builder.UseMemory());
        Assert.Throws<ArgumentException>(() => builder.UseMemory("Not valid"));
    }

    [Fact]
    public async Task Adding_twice_adds_to_the_same_storage()
    {
        var collection = new ServiceCollection();
        collection.AddIsarStorage().UseMemory();
        collection.AddIsarStorage(options => options.Candidates = ["second"]).UseMemory("second");
        await using ServiceProvider services = collection.BuildServiceProvider();
        Assert.Equal("second", (await services.GetRequiredService<IIsarStorage>().GetReportAsync()).Backend);
    }

    [Fact]
    public void An_unknown_VFS_is_an_error_and_no_file()
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "x.db")};Vfs=nonsense");
        SqliteException failure = Assert.Throws<SqliteException>(connection.Open);
        Assert.Contains("nonsense", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task The_data_directory_of_the_process_changes_nothing()
    {
        AppDomain.CurrentDomain.SetData("DataDirectory", _directory);
        try
        {
            await using ServiceProvider services = new ServiceCollection().AddIsarStorage().UseMemory().Services.BuildServiceProvider();
            IIsarStorage storage = services.GetRequiredService<IIsarStorage>();
            await using (await storage.OpenAsync("100%#1.db"))
                Assert.Equal("100%#1.db", (await storage.ListAsync()).Single().Path.Value);
            Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
        }
        finally
        {
            AppDomain.CurrentDomain.SetData("DataDirectory", null);
        }
    }

    /// <summary>Sets a variable of this process and takes it back.</summary>
    private sealed class EnvironmentVariable : IDisposable
    {
        private readonly string _name;
        private readonly string? _before;

        public EnvironmentVariable(string name, string? value)
        {
            _name = name;
            _before = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
    }
}

/// <summary>Tests that change the process's environment.</summary>
[CollectionDefinition(nameof(EnvironmentTests), DisableParallelization = true)]
public sealed class EnvironmentTests;
