namespace Isar.Storage.Client;

/// <summary>What a worker is started with.</summary>
/// <param name="Options">The options of the page.</param>
/// <param name="OnEnd">Told once, when the worker died or was stopped.</param>
/// <param name="OnQuotaNearlyUsed">Told when the quota is nearly used.</param>
internal sealed record WorkerStart(IsarStorageClientOptions Options, Action<IsarException> OnEnd, Action<StorageQuota> OnQuotaNearlyUsed);
