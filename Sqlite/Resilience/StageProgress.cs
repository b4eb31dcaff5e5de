namespace Isar.Storage.Sqlite;

/// <summary>Tells a progress of another stage: what is done is a part of something else.</summary>
/// <param name="Inner">Who is told.</param>
/// <param name="Stage">The stage that it is a part of.</param>
internal sealed record StageProgress(IProgress<StorageProgress> Inner, StorageStage Stage) : IProgress<StorageProgress>
{
    public void Report(StorageProgress value) => Inner.Report(value with { Stage = Stage });
}
