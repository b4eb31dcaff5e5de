using Isar.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Isar.Storage.Conformance;

/// <summary>
/// What a backend's tests say about it: how it is registered and where one case's files live. A suite gets a new, empty one for each case.
/// </summary>
public abstract class BackendUnderTest : IAsyncDisposable
{
    /// <summary>Gets the directory for the options; no other object of this class uses it.</summary>
    public abstract string Directory { get; }

    /// <summary>
    /// Gets whether what is stored outlives the backend object; compared with the capabilities. Where it does not, as in memory, there
    /// is nothing to come back to: a suite that reopens then closes and opens the files, and releases and acquires their database, but
    /// keeps the backend.
    /// </summary>
    public abstract bool Persistent { get; }

    /// <summary>Gets whether a database must be acquired before its files are used: whether the backend is <see cref="ILeasedFiles"/>.</summary>
    public virtual bool IsLeased => false;

    /// <summary>Gets whether a file that was left empty is still there when its database is acquired again.</summary>
    public virtual bool KeepsEmptyFiles => true;

    /// <summary>Gets whether journals outlive the acquisition of their database; one that stores whole transactions stores no journal.</summary>
    public virtual bool StoresJournals => true;

    /// <summary>Gets whether new databases get a write-ahead log.</summary>
    public virtual bool BeginsLogs => false;

    /// <summary>Gets the bytes at an address in the memory of the SQLite engine, which <see cref="ISharedMemory.ShmMap"/> has returned.</summary>
    public virtual unsafe Span<byte> MemoryAt(nint address, int length) => new((void*)address, length);

    /// <summary>Adds the backend, as an app does. The same object may register several times and must find what it stored.</summary>
    public abstract void Register(IIsarStorageBuilder builder);

    /// <summary>
    /// Acquires a database as the storage service does, where there is something to acquire: files that were closed a moment ago may be
    /// held for a while, because a browser closes them in another process.
    /// </summary>
    public static async Task AcquireAsync(IStorageBackend backend, StoragePath database)
    {
        if (backend is not ILeasedFiles leased)
            return;
        await new PipelineSet(new IsarStorageOptions(), [], TimeProvider.System, NullLogger.Instance, new StorageInstruments(meters: null))
            .Open.ExecuteAsync(database, progress: null, async (_, token) =>
            {
                await leased.AcquireAsync(database, progress: null, token);
                return database;
            }, CancellationToken.None);
    }

    /// <summary>Removes what is stored; called after the last backend is disposed.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
