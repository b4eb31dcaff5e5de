namespace Isar.Storage;

/// <summary>A backend whose files other processes may have open, and which can find that out.</summary>
public interface IOtherProcesses
{
    /// <summary>
    /// Tells whether another process, or another backend object of this one, has a database open. Asked before a database is deleted or moved,
    /// while it is closed here.
    /// </summary>
    bool IsOpenElsewhere(StoragePath database);
}
