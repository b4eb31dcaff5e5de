using System.Diagnostics;

namespace Isar.Storage.Sqlite;

/// <summary>One transaction with its attempts. After its time-out no attempt begins, but a running one is not cut off.</summary>
internal sealed class TransactionEpisode : Episode, IDisposable
{
    private readonly Lock _gate = new();
    private readonly PipelineSettings _settings;
    private readonly CancellationTokenSource _noMore;
    private readonly ITimer _timer;
    private readonly Activity? _activity;
    private StorageException? _unknown;
    private bool _isRunning = true;
    private bool _isOver;
    private bool _disposed;

    public TransactionEpisode(PipelineSettings settings, StoragePath database, CancellationToken cancellationToken)
        : base(settings, database)
    {
        _settings = settings;
        _noMore = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _isOver = settings.Timeout == TimeSpan.Zero;
        _activity = StorageInstruments.StartTransaction();
        _timer = settings.TimeProvider.CreateTimer(
            static state => ((TransactionEpisode)state!).TimeIsOver(),
            this,
            _isOver ? Timeout.InfiniteTimeSpan : settings.Timeout,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets the token that ends the wait for the next attempt.</summary>
    public CancellationToken Token => _noMore.Token;

    public async ValueTask<T> AttemptAsync<T>(
        Func<TransactionEpisode, CancellationToken, ValueTask<T>> attempt, CancellationToken cancellationToken)
    {
        // Even if the app's pipeline tries again: what may have been committed is not done twice.
        if (_unknown is not null)
            throw _unknown;
        lock (_gate)
        {
            if (_isOver && Attempts > 0)
                throw new OperationCanceledException("The time for new attempts is over.");
            _isRunning = true;
        }
        BeginAttempt();
        try
        {
            return await attempt(this, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LastFailure = e;
            AttemptFailed();
            throw;
        }
    }

    /// <summary>Gives readers a moment to end, before a commit that they are in the way of is tried again.</summary>
    /// <returns><see langword="false"/>, at once, when the time is over.</returns>
    public async ValueTask<bool> WaitForReadersAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isOver)
                return false;
        }
        NoteWait();
        await Task.Delay(_settings.FirstDelay, _settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Notes that it is unknown whether the transaction was committed. There is no further attempt.</summary>
    public StorageException OutcomeUnknown(Exception cause) => _unknown = new StorageException(StorageErrorKind.Io,
        $"The transaction on the database \"{Database}\" may be committed or not: {cause.Message} Look at the data before doing it again.", cause);

    public StorageException TimedOut(Exception reason) => new(StorageErrorKind.Busy,
        $"Others were in the way of a transaction on the database \"{Database}\" in "
        + $"{(Attempts == 1 ? "its one attempt" : $"all {Attempts} attempts")} within {Elapsed.TotalSeconds:0.##} s: {reason.Message}",
        reason)
    { WaitedFor = Elapsed };

    public override void End(string outcome)
    {
        base.End(outcome);
        Instruments.CountTransaction(outcome);
        if (_activity is not null)
            StorageInstruments.Describe(_activity, this, outcome);
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            _disposed = true;
            _noMore.Dispose();
        }
        _activity?.Dispose();
    }

    protected override void LogWait() => Logger.TransactionWaits(Database.Value, LastFailure);

    private void TimeIsOver()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_isRunning || _disposed)
                return;
        }
        Stop();
    }

    private void AttemptFailed()
    {
        lock (_gate)
        {
            _isRunning = false;
            if (!_isOver)
                return;
        }
        Stop();
    }

    /// <summary>Ends the wait for the next attempt. Called outside the lock: code that waits for the token runs in here.</summary>
    private void Stop()
    {
        try
        {
            _noMore.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The transaction has ended in the meantime.
        }
    }
}
