using System.Runtime.InteropServices.JavaScript;

namespace Isar.Storage.Browser;

/// <summary><see href="https://w3c.github.io/web-locks/">Web Locks</see>, which all tabs and workers of an origin share.</summary>
internal sealed class WebLocks : IStorageLocks
{
    private static readonly Dictionary<int, Action> _onWanted = [];
    private static int _lastId;

    public static void NotifyWanted(int id) => _onWanted.GetValueOrDefault(id)?.Invoke();

    public async ValueTask<IDisposable?> TryAcquireAsync(string name, bool shared, Action onWanted)
    {
        int id = ++_lastId;
        return await LockAsync(id, LockInterop.TryAcquireAsync(id, name, shared), onWanted).ConfigureAwait(false);
    }

    public async ValueTask<IDisposable> AcquireAsync(string name, bool shared, Action onWanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int id = ++_lastId;
        using CancellationTokenRegistration registration = cancellationToken.Register(() => LockInterop.Cancel(id));
        return await LockAsync(id, LockInterop.AcquireAsync(id, name, shared), onWanted).ConfigureAwait(false)
            ?? throw new OperationCanceledException(cancellationToken);
    }

    public async ValueTask<string?> DescribeHolderAsync(string name, CancellationToken cancellationToken) =>
        await LockInterop.DescribeHolderAsync(name).WaitAsync(cancellationToken).ConfigureAwait(false);

    private static async Task<HeldLock?> LockAsync(int id, Task<bool> granting, Action onWanted)
    {
        _onWanted.Add(id, onWanted);
        bool isGranted = false;
        try
        {
            isGranted = await granting.ConfigureAwait(false);
            return isGranted ? new HeldLock(id) : null;
        }
        catch (JSException e)
        {
            throw new StorageException(StorageErrorKind.Unavailable,
                $"Web Locks cannot be used here: they need a secure context. The browser says: {e.Message}", e);
        }
        finally
        {
            if (!isGranted)
                _onWanted.Remove(id);
        }
    }

    private sealed class HeldLock(int id) : IDisposable
    {
        public void Dispose()
        {
            if (_onWanted.Remove(id))
                LockInterop.Release(id);
        }
    }
}
