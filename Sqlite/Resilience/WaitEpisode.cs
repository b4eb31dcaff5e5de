using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>
/// One wait, as its attempts see it. The time-out ends it when nothing happens: progress restarts the time-out, and so does a wait inside
/// this one that has its own.
/// </summary>
internal sealed class WaitEpisode : Episode, IProgress<StorageProgress>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly PipelineSettings _settings;
    private readonly IProgress<StorageProgress>? _progress;
    private readonly WaitEpisode? _outer;
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _either;
    private int _inner;
    private bool _disposed;

    public WaitEpisode(PipelineSettings settings, StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
        : base(settings, database)
    {
        _settings = settings;
        _progress = progress;
        _outer = Of(progress);
        _outer?.EnterInner();
        _over = new CancellationTokenSource(MayWait ? settings.Timeout : Timeout.InfiniteTimeSpan, settings.TimeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellationToken);
    }

    /// <summary>Gets the wait that receives a progress; <see langword="null"/> when the receiver is not a wait.</summary>
    public static WaitEpisode? Of(IProgress<StorageProgress>? progress) => progress switch
    {
        WaitEpisode episode => episode,
        StageProgress renamed => Of(renamed.Inner),
        _ => null,
    };

    /// <summary>Gets whether an attempt may wait by itself; if not, it must fail at once when another holder is in the way.</summary>
    public bool MayWait => _settings.Timeout > TimeSpan.Zero;

    public CancellationToken Token => _either.Token;

    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Tells that an attempt begins to wait by itself, such as for a Web Lock.</summary>
    public void Waits() => NoteWait();

    public async ValueTask<T> AttemptAsync<T>(Func<WaitEpisode, CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        BeginAttempt();
        try
        {
            return await attempt(this, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LastFailure = e;
            throw;
        }
    }

    public void Report(StorageProgress value)
    {
        Restart();
        _progress?.Report(value);
    }

    public override void End(string outcome)
    {
        base.End(outcome);
        if (HasWaited)
            StorageInstruments.EmitWait(this, BeginTime, BeginTime + Elapsed, outcome);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _either.Dispose();
            _over.Dispose();
        }
        _outer?.LeaveInner();
    }

    protected override bool HasWaited => base.HasWaited || IsOver;

    /// <summary>Logs a wait for a lease at debug level only: taking turns is what leases are for.</summary>
    protected override void LogWait() => Logger.Waits(
        Pipeline == StoragePipelines.Lease ? LogLevel.Debug : LogLevel.Information, Pipeline, Database.Value, LastFailure);

    private void EnterInner()
    {
        lock (_gate)
        {
            _inner++;
            if (!_disposed)
                _over.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    private void LeaveInner()
    {
        lock (_gate)
            _inner--;
        Restart();
    }

    private void Restart()
    {
        lock (_gate)
        {
            if (!_disposed && _inner == 0 && MayWait)
                _over.CancelAfter(_settings.Timeout);
        }
    }
}
