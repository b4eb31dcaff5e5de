using System.Text.RegularExpressions;

namespace Isar.Storage.Tests.Conformance;

/// <summary>A backend with one defect, over memory. Without a defect it keeps the contract.</summary>
internal sealed partial class BrokenBackend(BrokenUnderTest place) : IStorageBackend, ILeasedFiles
{
    private readonly HashSet<StoragePath> _acquired = [];
    private readonly StoredState _state = new(place.Stored);
    private bool _disposed;

    public StorageCapabilities Capabilities => new()
    {
        Persistent = Defect != Defect.CapabilitiesLie,
        Durability = StorageDurability.Full,
        Sharing = StorageSharing.ByTurns,
        WriteAheadLog = Defect != Defect.LogDenied,
        MaxFileLength = place.MaxFileLength,
    };

    public string Location => Defect == Defect.LocationEmpty ? "" : "a broken place";

    private Defect Defect => place.Defect;

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        await place.Stored.InitializeAsync(cancellationToken);
        await _state.RememberAsync(Defect);
    }

    public ValueTask AcquireAsync(StoragePath database, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        CheckAlive();
        if (!_acquired.Add(database) && Defect == Defect.AcquireTwiceRefused)
            throw new StorageException(StorageErrorKind.Busy, "It is acquired already.");
        if (Defect == Defect.AcquireCreates)
            place.Stored.Open(database, StorageOpenMode.Create).Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask SuspendAsync(StoragePath database)
    {
        _acquired.Remove(database);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (!_acquired.Remove(database) && Defect == Defect.ReleaseOfUnknownRefused)
            throw new StorageException(StorageErrorKind.Unavailable, "It is not acquired.");
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(StoragePath database, CancellationToken cancellationToken)
    {
        if (Defect == Defect.FlushOfUnknownFails && !_acquired.Contains(database))
            throw new StorageException(StorageErrorKind.Unavailable, "It is not acquired.");
        if (Defect == Defect.FlushEmptiesTheDatabase)
            StoredState.Write(place.Stored, database, []);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<IReadOnlyList<StorageEntry>> ListAsync(StoragePath? at, CancellationToken cancellationToken)
    {
        CheckAlive();
        if (Defect == Defect.ListIgnoresWhere)
            at = null;
        IReadOnlyList<StorageEntry> entries = await place.Stored.ListAsync(at, cancellationToken);
        return Defect switch
        {
            Defect.ListUnordered => [.. entries.OrderBy(entry => entry.Path.Value, StringComparer.InvariantCultureIgnoreCase)],
            Defect.ListStale => [.. entries.Select(entry => entry with { Length = place.StateOf(entry.Path).FlushedLength })],
            Defect.ListOnlyAcquired => [.. entries.Where(entry => _acquired.Contains(DatabaseOf(entry.Path)))],
            Defect.LengthRoundedUp => [.. entries.Select(entry => entry with { Length = BrokenFile.RoundUp(entry.Length) })],
            _ => entries,
        };
    }

    public IStorageFile Open(StoragePath path, StorageOpenMode mode)
    {
        CheckAlive();
        if (Defect != Defect.OpensUnacquired && !_acquired.Contains(DatabaseOf(path)))
            throw new StorageException(StorageErrorKind.Unavailable, $"\"{path}\" is not acquired.");
        PathState state = place.StateOf(path);
        path = NameOf(path);
        bool exists = place.Stored.Exists(path);
        if (Defect == Defect.MissingFileUnnamed && !exists && mode != StorageOpenMode.Create)
            throw new StorageException(StorageErrorKind.Io, $"\"{path}\" could not be opened.");
        if (Defect == Defect.MissingFileOpened || (Defect == Defect.ReadOnlyWritten && exists))
            mode = StorageOpenMode.Create;
        if (Defect == Defect.DeletedBytesReturn && !exists && state.Deleted is { } deleted)
            StoredState.Write(place.Stored, path, deleted);
        if (Defect == Defect.CreateEmptiesTheFile && mode == StorageOpenMode.Create)
            StoredState.Write(place.Stored, path, []);
        return new BrokenFile(OpenStored(path, mode), state, Defect);
    }

    public long? GetLength(StoragePath path)
    {
        CheckAlive();
        if (Defect == Defect.JournalsUnseen && path.Value.EndsWith("-journal", StringComparison.Ordinal))
            return null;
        PathState state = place.StateOf(path);
        if (Defect == Defect.DeletedFileExists && state.Deleted is { } deleted)
            return deleted.Length;
        path = NameOf(path);
        if (Defect == Defect.NewFileUnseen && !_state.Had(path))
            return null;
        long? length = place.Stored.GetLength(path);
        return Defect == Defect.LengthRoundedUp && length is { } exact ? BrokenFile.RoundUp(exact) : length;
    }

    public void Delete(StoragePath path, bool flush)
    {
        CheckAlive();
        PathState state = place.StateOf(path);
        path = NameOf(path);
        if (Defect == Defect.DeleteOfMissingAccepted && !place.Stored.Exists(path))
            return;
        if (place.Stored.Exists(path) && Defect is Defect.DeletedBytesReturn or Defect.DeletedFileExists)
            state.Deleted = StoredState.Read(place.Stored, path);
        place.Stored.Delete(path, flush);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _state.LoseAsync(Defect);
    }

    /// <summary>Gets the database that a journal belongs to.</summary>
    private static StoragePath DatabaseOf(StoragePath path) => StoragePath.Parse(Companion().Replace(path.Value, ""));

    [GeneratedRegex("-(journal|wal|shm|mj[0-9A-F]{9})$")]
    private static partial Regex Companion();

    private StoragePath NameOf(StoragePath path) => Defect switch
    {
        Defect.JournalSharesTheDatabase => DatabaseOf(path),
        Defect.NamesFolded => StoragePath.Parse(path.Value.ToLowerInvariant()),
        Defect.NamesShortened => StoragePath.Parse(
            string.Join('/', path.Value.Split('/').Select(segment => segment[..Math.Min(segment.Length, 100)]))),
        _ => path,
    };

    private IStorageFile OpenStored(StoragePath path, StorageOpenMode mode)
    {
        try
        {
            return place.Stored.Open(path, mode);
        }
        catch (StorageException e) when (e.Kind == StorageErrorKind.NotAFile && Defect == Defect.DirectoryAccepted)
        {
            return place.Stored.Open(StoragePath.Parse(path.Value + "-file"), mode);
        }
    }

    private void CheckAlive()
    {
        if (_disposed && Defect != Defect.WorksAfterDispose)
            throw new StorageException(StorageErrorKind.Unavailable, "The backend is disposed.");
    }
}
