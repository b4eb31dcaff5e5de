using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>One use of a pipeline: counts its attempts, logs a wait once, and measures the wait at its end.</summary>
internal abstract class Episode(PipelineSettings settings, StoragePath database)
{
    private readonly long _begin = settings.TimeProvider.GetTimestamp();
    private readonly DateTimeOffset _beginTime = settings.TimeProvider.GetUtcNow();
    private int _hasWaited;

    public string Pipeline => settings.Name;

    public StoragePath Database => database;

    public int Attempts { get; private set; }

    /// <summary>Gets the failure that says why the next attempt is needed.</summary>
    public Exception? LastFailure { get; protected set; }

    protected TimeSpan Elapsed => settings.TimeProvider.GetElapsedTime(_begin);

    protected ILogger Logger => settings.Logger;

    protected StorageInstruments Instruments => settings.Instruments;

    /// <summary>Measures the wait, if there was one.</summary>
    public virtual void End(string outcome)
    {
        if (HasWaited)
            Instruments.RecordWait(Pipeline, outcome, Elapsed);
    }

    public static string OutcomeOf(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => StorageTelemetry.Cancelled,
        StorageException { Kind: StorageErrorKind.Busy } => StorageTelemetry.TimedOut,
        _ => StorageTelemetry.Failed,
    };

    /// <summary>Gets whether there was a wait.</summary>
    protected virtual bool HasWaited => Volatile.Read(ref _hasWaited) != 0;

    protected DateTimeOffset BeginTime => _beginTime;

    protected void BeginAttempt()
    {
        if (++Attempts == 1)
            return;
        Instruments.CountRetry(Pipeline);
        NoteWait();
    }

    /// <summary>Notes that there is a wait; logs it the first time.</summary>
    protected void NoteWait()
    {
        if (Interlocked.Exchange(ref _hasWaited, 1) == 0)
            LogWait();
    }

    protected abstract void LogWait();
}
