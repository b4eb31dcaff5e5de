namespace Isar.Storage;

/// <summary>The names in the telemetry of waits and transactions. Reading and writing a database emits nothing.</summary>
/// <remarks>
/// The meter comes from the services' <see cref="System.Diagnostics.Metrics.IMeterFactory"/> where there is one, as in every .NET host.
/// Databases are named in activities only: as a tag of an instrument they would make a series each.
/// </remarks>
public static class StorageTelemetry
{
    /// <summary>The name of the <see cref="System.Diagnostics.Metrics.Meter"/> and of the <see cref="System.Diagnostics.ActivitySource"/>.</summary>
    public const string Name = "Isar.Storage";

    /// <summary>Counts attempts after the first, by <see cref="PipelineTag"/>.</summary>
    public const string RetriesCounter = "isar.storage.retries";

    /// <summary>
    /// The seconds from the first attempt to the end, by <see cref="PipelineTag"/> and <see cref="OutcomeTag"/>; only if there was a wait.
    /// </summary>
    public const string WaitHistogram = "isar.storage.wait.duration";

    /// <summary>Counts calls of <see cref="IIsarStorage.ExecuteInTransactionAsync{T}"/>, by <see cref="OutcomeTag"/>.</summary>
    public const string TransactionsCounter = "isar.storage.transactions";

    /// <summary>The activity of a wait in the pipelines <c>open</c> and <c>lease</c>, with all four tags; there is none without a wait.</summary>
    public const string WaitActivity = "isar.storage.wait";

    /// <summary>The activity of a call of <see cref="IIsarStorage.ExecuteInTransactionAsync{T}"/>, with all four tags.</summary>
    public const string TransactionActivity = "isar.storage.transaction";

    /// <summary>The tag for the pipeline: a name of <see cref="StoragePipelines"/>.</summary>
    public const string PipelineTag = "isar.storage.pipeline";

    /// <summary>The tag for the outcome: one of the four below.</summary>
    public const string OutcomeTag = "isar.storage.outcome";

    /// <summary>The tag for the database's name.</summary>
    public const string DatabaseTag = "isar.storage.database";

    /// <summary>The tag for the number of attempts.</summary>
    public const string AttemptsTag = "isar.storage.attempts";

    /// <summary>The outcome when the operation succeeded.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>The outcome when other holders or connections were in the way for too long.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The outcome when the caller cancelled.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The outcome when the operation failed, and neither timed out nor was cancelled.</summary>
    public const string Failed = "failed";
}
