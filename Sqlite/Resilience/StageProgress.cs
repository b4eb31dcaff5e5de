namespace Isar.Storage.Sqlite;

/// <summary>Reports the progress of work as that of another stage, which the work is a part of.</summary>
/// <param name="Inner">The receiver.</param>
/// <param name="Stage">The other stage.</param>
internal sealed record StageProgress(IProgress<StorageProgress> Inner, StorageStage Stage) : IProgress<StorageProgress>
{
    public void Report(StorageProgress value) => Inner.Report(value with { Stage = Stage });
}
