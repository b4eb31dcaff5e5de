namespace Isar.Storage.Client;

/// <summary>The options and callbacks of a worker.</summary>
/// <param name="Options">The options of the page.</param>
/// <param name="OnRestart">Called with the reason when another worker runs in the place of one that died.</param>
/// <param name="OnQuotaNearlyUsed">Called when the quota is nearly used.</param>
/// <param name="OnCommitUndone">Called when a commit was undone that no call waited for.</param>
internal sealed record StartContext(
    IsarStorageClientOptions Options,
    Action<IsarException> OnRestart,
    Action<StorageQuota> OnQuotaNearlyUsed,
    Action<IsarException> OnCommitUndone);
