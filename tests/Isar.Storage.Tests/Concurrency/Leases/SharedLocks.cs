namespace Isar.Storage.Tests.Concurrency.Leases;

/// <summary>What a browser's Web Locks are to its tabs: locks granted in the order of asking, and a word to who is in the way.</summary>
internal sealed class SharedLocks
{
    private readonly Lock _gate = new();
    private readonly List<Request> _requests = [];

    /// <summary>Gets the locks as one tab sees them.</summary>
    public IStorageLocks Of(string tab) => new TabLocks(this, tab);

    /// <summary>Gets the names of the locks that a tab has.</summary>
    public string[] HeldBy(string tab)
    {
        lock (_gate)
            return [.. _requests.Where(request => request.Tab == tab && request.IsGranted).Select(request => request.Name)];
    }

    /// <summary>Gets the tabs that wait for a lock.</summary>
    public string[] WaitingFor(string name)
    {
        lock (_gate)
            return [.. _requests.Where(request => request.Name == name && !request.IsGranted).Select(request => request.Tab)];
    }

    /// <summary>Ends a tab: nobody answers for it any more, and what it had is free.</summary>
    public void Kill(string tab)
    {
        Request[] ended;
        lock (_gate)
            ended = [.. _requests.Where(request => request.Tab == tab)];
        Array.ForEach(ended, Remove);
    }

    private bool TryGrant(Request request)
    {
        lock (_gate)
        {
            IEnumerable<Request> before = _requests.TakeWhile(other => other != request).Where(other => other.Name == request.Name);
            return request.IsGranted |= before.All(other => other.Shared && request.Shared);
        }
    }

    /// <summary>Lets a request wait, or forgets it unless it is granted at once; who is in the way is told.</summary>
    private void Add(Request request, bool mayWait)
    {
        Request[] inTheWay;
        lock (_gate)
        {
            _requests.Add(request);
            inTheWay = TryGrant(request) ? [] : [.. _requests.Where(other => other.Name == request.Name && other.IsGranted && !request.Shared)];
            if (!request.IsGranted && !mayWait)
                _requests.Remove(request);
        }
        if (request.IsGranted)
            request.Granted.TrySetResult();
        Array.ForEach(inTheWay, other => other.OnWanted());
    }

    private void Remove(Request request)
    {
        Request[] granted;
        bool isWaitedFor;
        lock (_gate)
        {
            if (!_requests.Remove(request))
                return;
            granted = [.. _requests.Where(other => other.Name == request.Name && !other.IsGranted && TryGrant(other))];
            isWaitedFor = _requests.Any(other => other.Name == request.Name && !other.IsGranted);
        }
        foreach (Request next in granted)
        {
            next.Granted.TrySetResult();
            if (isWaitedFor)
                next.OnWanted();
        }
    }

    private sealed class Request(SharedLocks locks, string tab, string name, bool shared, Action onWanted) : IDisposable
    {
        public string Tab => tab;

        public string Name => name;

        public bool Shared => shared;

        public Action OnWanted => onWanted;

        public bool IsGranted { get; set; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => locks.Remove(this);
    }

    private sealed class TabLocks(SharedLocks locks, string tab) : IStorageLocks
    {
        public ValueTask<IDisposable?> TryAcquireAsync(string name, bool shared, Action onWanted)
        {
            var request = new Request(locks, tab, name, shared, onWanted);
            locks.Add(request, mayWait: false);
            return ValueTask.FromResult<IDisposable?>(request.IsGranted ? request : null);
        }

        public async ValueTask<IDisposable> AcquireAsync(string name, bool shared, Action onWanted, CancellationToken cancellationToken)
        {
            var request = new Request(locks, tab, name, shared, onWanted);
            locks.Add(request, mayWait: true);
            try
            {
                await request.Granted.Task.WaitAsync(cancellationToken);
                return request;
            }
            catch
            {
                locks.Remove(request);
                throw;
            }
        }

        public ValueTask<string?> DescribeHolderAsync(string name, CancellationToken cancellationToken)
        {
            lock (locks._gate)
                return ValueTask.FromResult(locks._requests.FirstOrDefault(request => request.Name == name && request.IsGranted)?.Tab);
        }
    }
}
