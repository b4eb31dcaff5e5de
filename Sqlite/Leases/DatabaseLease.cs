namespace Isar.Storage.Sqlite;

/// <summary>
/// One worker's part in a database that several workers use by turns. It has two of the platform's locks. The <em>membership</em> is
/// shared and held while the database is open here; it keeps others from deleting or moving it. The <em>lease</em> is exclusive and held
/// while the files are open, until another worker asks for it and no connection here is in a transaction. Safe for any threads.
/// </summary>
/// <param name="path">The database.</param>
/// <param name="shared">What all leases of the backend have in common.</param>
internal sealed class DatabaseLease(StoragePath path, LeaseContext shared) : IDisposable
{
    /// <summary>How long a closed database keeps what it holds: to acquire it takes time, with IndexedDB as long as to read all of it.</summary>
    public static readonly TimeSpan ClosedTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a lease in constant use is kept while others wait: a hand-over costs more than many transactions.</summary>
    private static readonly TimeSpan _tenure = TimeSpan.FromMilliseconds(50);

    /// <summary>What counts as a pause within the tenure.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(2);

    private readonly string _name = $"{shared.Name}//{path}";

    /// <summary>Guards the fields below; held for moments only.</summary>
    private readonly Lock _state = new();
    private long _readySince;
    private long _tenures;
    private int _uses;
    private long _usesBegun;
    private int _locked;
    private TaskCompletionSource? _unused;
    private bool _isReady;
    private bool _isWanted;
    private bool _isMembershipWanted;
    private bool _isYielding;
    private bool _isUrgent;

    /// <summary>Whether a closed database waits to be released.</summary>
    private int _isClosing;

    /// <summary>Lets one caller at a time take or give up locks and files.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);
    private IDisposable? _membership;
    private IDisposable? _lease;

    public StoragePath Path => path;

    /// <summary>Gets the number of the last tenure that has begun here; 0 before the first.</summary>
    public long Tenure => Volatile.Read(ref _tenures);

    /// <summary>Gets or sets whether code has prepared the database: it may open it at any moment, without a wait.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>Gets whether the membership is held, which keeps others from deleting or moving the database.</summary>
    public bool IsMember => _membership is not null;

    /// <summary>
    /// Gets whether a lock or use that has begun may go on after its end, until <see cref="LeasePolicy.Recall"/>: nobody asks for the lease.
    /// </summary>
    public bool MayLend
    {
        get
        {
            lock (_state)
                return _isReady && !_isWanted && shared.Policy is { KeepsIdle: true, Recall: not null };
        }
    }

    private string LeaseName => $"{_name}//lease";

    /// <summary>Begins a use that <see cref="EndUse"/> ends; refused while the lease is not here, or must be handed over.</summary>
    public bool TryEnter()
    {
        lock (_state)
        {
            // A caller in a transaction must be able to finish it. Others are refused, or they could keep the lease for ever by taking turns.
            if (!_isReady || _isWanted && _locked == 0 && IsTenureOver)
                return false;
            BeginUse();
            return true;
        }
    }

    /// <summary>Waits for the lease and begins a use that <see cref="EndUse"/> ends.</summary>
    /// <returns>This lease.</returns>
    /// <exception cref="StorageException">What the backend throws when it acquires the files.</exception>
    public async ValueTask<DatabaseLease> EnterAsync(IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (TryEnter())
            return this;
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        while (!TryEnter())
        {
            if (!TryStop())
            {
                await WaitUntilUnused().WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }
            await SuspendAsync().ConfigureAwait(false);
            await AcquireAsync(progress, cancellationToken).ConfigureAwait(false);
            Start();
            break;
        }
        return this;
    }

    /// <summary>Begins a use that lasts while SQLite has a lock, until <see cref="EndLock"/>; refused while the lease is not here.</summary>
    public bool TryLock()
    {
        lock (_state)
        {
            if (_isReady)
            {
                BeginUse();
                _locked++;
            }
            else if (IsMember)
            {
                VfsCall.Current.RefusedBy = this;
            }
            return _isReady;
        }
    }

    public void EndLock() => End(locks: 1);

    public void EndUse() => End(locks: 0);

    /// <summary>
    /// Tells that the last connection was closed. After some time in which the database is not used, the files are released and all locks given
    /// up, unless it is prepared.
    /// </summary>
    public void Close()
    {
        YieldIfWanted();
        if (Interlocked.Exchange(ref _isClosing, 1) == 0)
            _ = ReleaseClosedAsync();
    }

    /// <summary>Gives the lease up as soon as no connection here is in a transaction, even if no other worker is known to wait.</summary>
    public void Yield() => Want(ref _isWanted);

    /// <summary>
    /// As <see cref="Yield"/>, but in this very call where nothing is in use: the page may be about to stop running, and a page that is kept for
    /// the back button with a lock that others want is discarded.
    /// </summary>
    public void YieldAtOnce()
    {
        lock (_state)
            _isUrgent = true;
        Yield();
        bool waitsForPause;
        lock (_state)
            waitsForPause = _isYielding && _uses == 0;
        if (waitsForPause)
            _ = YieldAsync();
    }

    /// <summary>
    /// Waits until no other worker has the database open, acquires its files, and begins a use. Others are kept away until
    /// <see cref="ReleaseAsync"/>. For one caller at a time, which has made sure that the database is not open here.
    /// </summary>
    /// <returns>This lease.</returns>
    /// <exception cref="StorageException">What the backend throws when it acquires the files.</exception>
    public async ValueTask<DatabaseLease> TakeAsync(IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        using Turn turn = await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        await ReleaseAllAsync().ConfigureAwait(false);
        try
        {
            _membership = await LockAsync(_name, isShared: false, static () => { }, progress, cancellationToken).ConfigureAwait(false);
            await shared.Leased.AcquireAsync(path, progress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await TryReleaseAllAsync().ConfigureAwait(false);
            throw;
        }
        Start();
        return this;
    }

    /// <summary>Releases the files and gives up all locks. For a caller that has made sure that the database is not open here.</summary>
    public async ValueTask ReleaseAsync()
    {
        using Turn turn = await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        await ReleaseAllAsync().ConfigureAwait(false);
    }

    /// <summary>Releases the files and gives up all locks after a failure. A second failure, in here, is only logged.</summary>
    public async ValueTask AbandonAsync()
    {
        using Turn turn = await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        await TryReleaseAllAsync().ConfigureAwait(false);
    }

    /// <summary>Describes the other holder for people; <see langword="null"/> if unknown.</summary>
    public async ValueTask<string?> DescribeHolderAsync(CancellationToken cancellationToken)
    {
        string? holder = _lease is null ? await shared.Locks.DescribeHolderAsync(LeaseName, cancellationToken).ConfigureAwait(false) : null;
        if (holder is null && _membership is null)
            holder = await shared.Locks.DescribeHolderAsync(_name, cancellationToken).ConfigureAwait(false);
        return holder;
    }

    /// <summary>Gives up the locks; for the end of the storage, when the files are closed.</summary>
    public void Dispose()
    {
        lock (_state)
            _isReady = false;
        GiveUp(ref _lease);
        GiveUp(ref _membership);
    }

    private bool IsTenureOver => shared.TimeProvider.GetElapsedTime(_readySince) >= _tenure;

    private async ValueTask<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_gate);
    }

    private void BeginUse()
    {
        _uses++;
        _usesBegun++;
    }

    private void Start()
    {
        lock (_state)
        {
            _readySince = shared.TimeProvider.GetTimestamp();
            _tenures++;
            _isReady = true;
            BeginUse();
        }
    }

    /// <summary>Completes when the last use ends.</summary>
    private Task WaitUntilUnused()
    {
        lock (_state)
        {
            return _uses == 0
                ? Task.CompletedTask
                : (_unused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Refuses new uses from now on; <see langword="false"/>, and no change, while a use goes on.</summary>
    private bool TryStop()
    {
        lock (_state)
        {
            if (_isReady && _uses > 0)
                return false;
            _isReady = false;
            return true;
        }
    }

    private async ValueTask AcquireAsync(IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        lock (_state)
        {
            _isWanted = _isUrgent = false;
            // A worker that waits for a membership has asked for it once, and does not ask again while it is kept.
            _isMembershipWanted &= IsMember;
        }
        _membership ??= await LockAsync(
            _name, isShared: true, () => Want(ref _isMembershipWanted), progress, cancellationToken).ConfigureAwait(false);
        _lease = await LockAsync(LeaseName, isShared: false, Yield, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            await shared.Leased.AcquireAsync(path, progress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // A cancelled wait does not stop what it waited for: the files may be on their way here.
            await SuspendAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<IDisposable> LockAsync(
        string name, bool isShared, Action onWanted, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        if (await shared.Locks.TryAcquireAsync(name, isShared, onWanted).ConfigureAwait(false) is { } granted)
            return granted;
        WaitEpisode? episode = WaitEpisode.Of(progress);
        if (episode is { MayWait: false })
            throw new StorageException(StorageErrorKind.Busy, $"\"{path}\" is in use in another tab or worker.");
        episode?.Waits();
        return await shared.Locks.AcquireAsync(name, isShared, onWanted, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases everything unless the database is used, or prepared. A failure is only logged.</summary>
    private async Task ReleaseClosedAsync()
    {
        long begun;
        do
        {
            begun = Volatile.Read(ref _usesBegun);
            await Task.Delay(ClosedTime, shared.TimeProvider).ConfigureAwait(false);
        }
        while (begun != Volatile.Read(ref _usesBegun) && !shared.Files.IsOpen(path));
        Volatile.Write(ref _isClosing, 0);
        using Turn turn = await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        if (!IsPrepared && !shared.Files.IsOpen(path) && TryStop())
            await TryReleaseAllAsync().ConfigureAwait(false);
    }

    private void Want(ref bool what)
    {
        lock (_state)
            what = true;
        shared.Policy.Recall?.Invoke();
        YieldIfWanted();
    }

    /// <summary>Ends a use, in one step because every statement ends here.</summary>
    private void End(int locks)
    {
        TaskCompletionSource? unused = null;
        bool yields;
        lock (_state)
        {
            _locked -= locks;
            if (--_uses == 0)
                (unused, _unused) = (_unused, null);
            yields = BeginYielding();
        }
        unused?.SetResult();
        if (yields)
            _ = YieldAsync();
    }

    private void YieldIfWanted()
    {
        bool yields;
        lock (_state)
            yields = BeginYielding();
        if (yields)
            _ = YieldAsync();
    }

    private bool BeginYielding()
    {
        bool mayYield = _uses == 0 && !_isYielding
            && ((_isWanted || !shared.Policy.KeepsIdle) && _isReady || _isMembershipWanted && !shared.Files.IsOpen(path));
        _isYielding |= mayYield;
        return mayYield;
    }

    /// <summary>Gives up the locks that others wait for, unless the database is in use again before.</summary>
    private async Task YieldAsync()
    {
        if (await EndTenureAsync().ConfigureAwait(false) is not { } ended)
            return;
        using Turn turn = await TakeTurnAsync(CancellationToken.None).ConfigureAwait(false);
        // The lease may have been given up and taken again meanwhile: that is a new tenure with an end of its own.
        if (ended != _tenures || !TryStop())
            return;
        if (!_isMembershipWanted || shared.Files.IsOpen(path))
        {
            await SuspendAsync().ConfigureAwait(false);
            return;
        }
        await TryReleaseAllAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for a pause or the end of the tenure, and ends the tenure. If it is in use then, the end of that use yields again.</summary>
    /// <returns>The number of the tenure that has ended, or <see langword="null"/>.</returns>
    private async ValueTask<long?> EndTenureAsync()
    {
        long paused = -1;
        while (true)
        {
            lock (_state)
            {
                if (_uses > 0 || !_isReady || _isUrgent || IsTenureOver || paused == _usesBegun)
                {
                    _isYielding = false;
                    return _uses == 0 && TryStop() ? _tenures : null;
                }
                paused = _usesBegun;
            }
            await Task.Delay(_pause, shared.TimeProvider).ConfigureAwait(false);
        }
    }

    private async ValueTask SuspendAsync()
    {
        if (_lease is null)
            return;
        try
        {
            await shared.Leased.SuspendAsync(path).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            shared.Logger.SuspendFailed(path.Value, e);
        }
        finally
        {
            GiveUp(ref _lease);
        }
        shared.Logger.LeaseGivenUp(path.Value);
    }

    /// <summary>Releases everything. A failure is only logged: no caller could do anything about it.</summary>
    private async ValueTask TryReleaseAllAsync()
    {
        try
        {
            await ReleaseAllAsync().ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            shared.Logger.SuspendFailed(path.Value, e);
        }
    }

    private async ValueTask ReleaseAllAsync()
    {
        lock (_state)
            _isReady = false;
        try
        {
            if (_membership is not null)
                await shared.Leased.ReleaseAsync(path, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            GiveUp(ref _lease);
            GiveUp(ref _membership);
        }
    }

    private static void GiveUp(ref IDisposable? heldLock) => Interlocked.Exchange(ref heldLock, null)?.Dispose();

    /// <summary>The right to take or give up locks and files, until it is disposed.</summary>
    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
