using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.Tests.Resilience;

/// <summary>Pipelines on a clock, a log and telemetry of their own.</summary>
internal sealed class Pipelines : IDisposable
{
    public const string DefaultSchedule = "20 40 80 160 320 640 1000";

    private readonly string _name = $"held-{Guid.NewGuid():N}.db";

    public Pipelines() => Telemetry = new TelemetryCapture(_name);

    public StoragePath Database => StoragePath.Parse(_name);

    public TimerClock Clock { get; } = new();

    public LogCapture Log { get; } = new();

    public TelemetryCapture Telemetry { get; }

    /// <summary>Gets what was waited between attempts, in milliseconds: all timers but those of time-outs.</summary>
    public TimeSpan[] Delays => [.. Clock.DueTimes.Where(due => due >= TimeSpan.Zero && due <= TimeSpan.FromSeconds(1))];

    public int Attempts { get; private set; }

    /// <summary>Gets or sets what says who holds the database.</summary>
    public Func<CancellationToken, ValueTask<string?>> DescribeHolder { get; set; } = static _ => ValueTask.FromResult<string?>(null);

    public PipelineSet Create(Action<IsarStorageOptions>? set = null, bool useJitter = true, Action<IIsarStorageBuilder>? configure = null)
    {
        var options = new IsarStorageOptions();
        set?.Invoke(options);
        var services = new ServiceCollection();
        configure?.Invoke(services.AddIsarStorage());
        using ServiceProvider provider = services.BuildServiceProvider();
        return new PipelineSet(
            options, provider.GetServices<PipelineConfiguration>(), Clock, Log, new StorageInstruments(Telemetry),
            useJitter, (_, token) => DescribeHolder(token));
    }

    /// <summary>Runs a wait whose attempts fail as long as <paramref name="attempt"/> says so.</summary>
    public Task<string> WaitAsync(WaitPipeline pipeline, Func<int, Exception?> attempt, CancellationToken cancellationToken = default) =>
        pipeline.ExecuteAsync(Database, progress: null, (_, _) => Answer(attempt), cancellationToken).AsTask();

    public Task<string> TransactAsync(PipelineSet pipelines, Func<int, Exception?> attempt, CancellationToken cancellationToken = default) =>
        pipelines.Transaction.ExecuteAsync(Database, (_, _) => Answer(attempt), cancellationToken).AsTask();

    public static StorageException Held() => new(StorageErrorKind.Busy, "It is held by a test.");

    public static SqliteException Sqlite(int code, int extended = 0) => new($"SQLite says {code}.", code, extended == 0 ? code : extended);

    public void Dispose() => Telemetry.Dispose();

    private ValueTask<string> Answer(Func<int, Exception?> attempt) =>
        attempt(++Attempts) is { } failure ? ValueTask.FromException<string>(failure) : ValueTask.FromResult("done");
}
