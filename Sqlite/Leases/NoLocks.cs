namespace Isar.Storage.Sqlite;

/// <summary>The locks of a platform without locks: no other holder is known, so each is granted and never asked back.</summary>
internal sealed class NoLocks : IStorageLocks, IDisposable
{
    public ValueTask<IDisposable?> TryAcquireAsync(string name, bool shared, Action onWanted) => new(this);

    public ValueTask<IDisposable> AcquireAsync(string name, bool shared, Action onWanted, CancellationToken cancellationToken) => new(this);

    public ValueTask<string?> DescribeHolderAsync(string name, CancellationToken cancellationToken) => default;

    public void Dispose()
    {
    }
}
