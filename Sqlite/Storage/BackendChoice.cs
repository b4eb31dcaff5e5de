using Microsoft.Extensions.Logging;

namespace Isar.Storage.Sqlite;

/// <summary>The backends that one storage may use, in their order, and which of them is for new databases.</summary>
/// <param name="backends">At least one.</param>
/// <param name="hasChoice">
/// Whether the next backend is tried when one is not available. Not without a record of homes: the next time, a database could be looked
/// for elsewhere.
/// </param>
/// <param name="reason">Why the first of them is the first, as a sentence for people.</param>
/// <param name="asSqliteDefault">Whether the backend for new databases also becomes SQLite's default.</param>
/// <param name="logger">The storage's logger.</param>
internal sealed class BackendChoice(IReadOnlyList<BackendStorage> backends, bool hasChoice, string reason, bool asSqliteDefault, ILogger logger)
{
    /// <summary>The candidates; only the first one where there is no choice.</summary>
    private readonly BackendStorage[] _candidates = hasChoice ? [.. backends] : [backends[0]];

    public string Names => string.Join(", ", _candidates.Select(backend => backend.Name));

    public IReadOnlyList<RejectedBackend> Rejected => [.. _candidates.Select(backend => backend.Rejection).OfType<RejectedBackend>()];

    public BackendStorage? Find(string name) => _candidates.FirstOrDefault(backend => backend.Name == name);

    /// <summary>Gets the backend for new databases: the first that is available.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no candidate is available.</exception>
    public async ValueTask<ReadyBackend> ChooseAsync(CancellationToken cancellationToken)
    {
        ReadyBackend chosen = await FindFirstAsync(cancellationToken).ConfigureAwait(false);
        Use(chosen);
        return chosen;
    }

    /// <summary>Gets the backend of a storage without a choice, or <see langword="null"/> while it is not ready.</summary>
    public ReadyBackend? ChooseAtOnce()
    {
        // Does not wait: an initialisation that has begun goes on for the next caller.
        Task<ReadyBackend> getting = _candidates[0].GetAsync(CancellationToken.None);
        if (!getting.IsCompleted)
            return null;
        ReadyBackend chosen = getting.GetAwaiter().GetResult();
        Use(chosen);
        return chosen;
    }

    /// <summary>Chooses the backend for new databases now, if SQLite's default depends on it.</summary>
    public async ValueTask MakeSqliteDefaultAsync(CancellationToken cancellationToken)
    {
        if (asSqliteDefault)
            await ChooseAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lists what is stored in all available backends, the one for new databases first.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no candidate is available.</exception>
    public ValueTask<IReadOnlyList<BackendContents>> ListAsync(CancellationToken cancellationToken) =>
        AskAllAsync(backend => BackendContents.ListAsync(backend, cancellationToken), cancellationToken);

    /// <summary>Looks for one database in all available backends, the one for new databases first.</summary>
    /// <exception cref="StorageException"><see cref="StorageErrorKind.Unavailable"/> when no candidate is available.</exception>
    public ValueTask<IReadOnlyList<FoundCopy>> FindAsync(StoragePath database, CancellationToken cancellationToken) =>
        AskAllAsync(backend => FoundCopy.FindAsync(backend, database, cancellationToken), cancellationToken);

    /// <summary>Gets why a backend is in use, as a sentence for people.</summary>
    public string ReasonOf(ReadyBackend backend)
    {
        BackendStorage[] before = [.. _candidates.TakeWhile(candidate => candidate.Name != backend.Name)];
        return before.Length == 0 ? reason
            : before.All(candidate => candidate.Rejection is not null)
                ? $"It is the first that is available; not available: {string.Join(", ", before.Select(candidate => candidate.Name))}."
            : "A database lives there.";
    }

    /// <summary>Logs a backend that is in use, once, and what it does not guarantee.</summary>
    public void Announce(ReadyBackend backend)
    {
        if (!backend.TryAnnounce())
            return;
        StorageCapabilities capabilities = backend.Backend.Capabilities;
        string why = ReasonOf(backend);
        logger.StorageChosen(backend.Name, backend.Backend.Location, why);
        if (!capabilities.Persistent)
            logger.StorageNotPersistent(backend.Name, why);
        else if (capabilities.Durability != StorageDurability.Full)
            logger.DurabilityReduced(backend.Name, capabilities.Durability);
    }

    private async ValueTask<IReadOnlyList<T>> AskAllAsync<T>(Func<ReadyBackend, ValueTask<T>> ask, CancellationToken cancellationToken)
    {
        await ChooseAsync(cancellationToken).ConfigureAwait(false);
        List<T> answers = [];
        foreach (BackendStorage candidate in _candidates)
        {
            if (await candidate.TryGetAsync(cancellationToken).ConfigureAwait(false) is { } ready)
                answers.Add(await ask(ready).ConfigureAwait(false));
        }
        return answers;
    }

    private void Use(ReadyBackend chosen)
    {
        Announce(chosen);
        if (asSqliteDefault)
            chosen.MakeSqliteDefault();
    }

    private async ValueTask<ReadyBackend> FindFirstAsync(CancellationToken cancellationToken)
    {
        if (_candidates.Length == 1)
            return await _candidates[0].GetAsync(cancellationToken).ConfigureAwait(false);
        foreach (BackendStorage candidate in _candidates)
        {
            if (await candidate.TryGetAsync(cancellationToken).ConfigureAwait(false) is { } ready)
                return ready;
        }
        throw new StorageException(StorageErrorKind.Unavailable,
            $"No storage is available here. {string.Join(" ", Rejected.Select(rejected => $"{rejected.Backend}: {rejected.Reason}"))}");
    }
}
