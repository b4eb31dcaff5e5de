using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>The commits that were undone while no caller waited for them (<see cref="IDeferredCommits"/>). Safe for any threads.</summary>
internal sealed class UndoneCommits(ILogger logger)
{
    private readonly Lock _gate = new();

    /// <summary>The last one of each database until a flush of that has told it.</summary>
    private readonly Dictionary<StoragePath, (long Number, StorageException Reason)> _untold = [];
    private long _count;

    public event EventHandler<StorageException>? Added;

    public long Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    public void Add(StoragePath database, StorageException reason)
    {
        lock (_gate)
            _untold[database] = (++_count, reason);
        Added.RaiseEach(this, reason, nameof(IIsarStorage.CommitUndone), logger);
    }

    /// <summary>Throws if a commit of a database was undone, once.</summary>
    public void ThrowIfAny(StoragePath database)
    {
        (long Number, StorageException Reason) undone;
        lock (_gate)
        {
            if (!_untold.Remove(database, out undone))
                return;
        }
        throw undone.Reason;
    }

    /// <summary>Throws if a commit of any database was undone after there were so many.</summary>
    public void ThrowIfAnySince(long count)
    {
        StorageException? reason;
        lock (_gate)
            reason = _untold.Values.FirstOrDefault(undone => undone.Number > count).Reason;
        if (reason is not null)
            throw reason;
    }
}
