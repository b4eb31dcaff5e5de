namespace Isar.Storage.Tests.Worlds;

/// <summary>The world's record as one session sees it.</summary>
internal sealed class SessionHomes(World world, Session session) : IStorageHomes
{
    public ValueTask<StorageHome?> GetAsync(StoragePath database, CancellationToken cancellationToken)
    {
        Meet(cancellationToken);
        return new(world.Record.GetValueOrDefault(database));
    }

    public ValueTask<IReadOnlyDictionary<StoragePath, StorageHome>> ListAsync(CancellationToken cancellationToken)
    {
        Meet(cancellationToken);
        return new(world.Record.ToDictionary());
    }

    public ValueTask<bool> TryReplaceAsync(StoragePath database, StorageHome? expected, StorageHome? home, CancellationToken cancellationToken)
    {
        Meet(cancellationToken);
        bool replaced = (expected, home) switch
        {
            (null, null) => !world.Record.ContainsKey(database),
            (null, { } added) => world.Record.TryAdd(database, added),
            ({ } known, null) => world.Record.TryRemove(KeyValuePair.Create(database, known)),
            ({ } known, { } changed) => world.Record.TryUpdate(database, changed, known),
        };
        // The process may end after it was stored, but before anybody hears of it.
        return session.Faults.Count() ? new(replaced) : throw Faults.Dead();
    }

    private void Meet(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!session.Faults.Count())
            throw Faults.Dead();
        if (session.Faults.RecordFails)
            throw new StorageException(StorageErrorKind.Unavailable, "The record is not readable in this test.");
    }
}
