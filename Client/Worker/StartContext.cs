namespace Isar.Storage.Client;

/// <summary>What a worker is started with.</summary>
/// <param name="Options">The options of the page.</param>
/// <param name="OnEnd">Told whenever the worker died, and when it was stopped.</param>
/// <param name="OnRestart">Told that another worker runs in the place of one that died, for the reason given.</param>
/// <param name="OnQuotaNearlyUsed">Told when the quota is nearly used.</param>
internal sealed record StartContext(
    IsarStorageClientOptions Options, Action<IsarException> OnEnd, Action<IsarException> OnRestart, Action<StorageQuota> OnQuotaNearlyUsed);
