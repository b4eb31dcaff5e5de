using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Isar.Storage.Sqlite;

/// <summary>The instruments and the activities of <see cref="StorageTelemetry"/>.</summary>
internal sealed class StorageInstruments
{
    private static readonly ActivitySource _activities = new(StorageTelemetry.Name);
    private static readonly Lazy<Meter> _meterOfProcess = new(static () => new Meter(StorageTelemetry.Name));
    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60],
    };

    private readonly Counter<long> _retries;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _transactions;

    /// <param name="meters">The services' factory, which owns the meter; without it there is one meter for the process.</param>
    public StorageInstruments(IMeterFactory? meters)
    {
        Meter meter = meters?.Create(StorageTelemetry.Name) ?? _meterOfProcess.Value;
        _retries = meter.CreateCounter<long>(StorageTelemetry.RetriesCounter, "{attempt}", "Attempts after the first.");
        _waits = meter.CreateHistogram(
            StorageTelemetry.WaitHistogram, "s", "Time from the first attempt to the end, if there was a wait.", tags: null, _seconds);
        _transactions = meter.CreateCounter<long>(StorageTelemetry.TransactionsCounter, "{transaction}", "Transactions.");
    }

    public static Activity? StartTransaction() => _activities.StartActivity(StorageTelemetry.TransactionActivity);

    public void CountRetry(string pipeline) => _retries.Add(1, new KeyValuePair<string, object?>(StorageTelemetry.PipelineTag, pipeline));

    public void CountTransaction(string outcome) => _transactions.Add(1, new KeyValuePair<string, object?>(StorageTelemetry.OutcomeTag, outcome));

    public void RecordWait(string pipeline, string outcome, TimeSpan duration) => _waits.Record(
        duration.TotalSeconds,
        new KeyValuePair<string, object?>(StorageTelemetry.PipelineTag, pipeline),
        new KeyValuePair<string, object?>(StorageTelemetry.OutcomeTag, outcome));

    /// <summary>Emits the activity of a wait after its end: before, it is not known whether there will be a wait.</summary>
    public static void EmitWait(Episode episode, DateTimeOffset start, DateTimeOffset end, string outcome)
    {
        using Activity? activity = _activities.StartActivity(
            StorageTelemetry.WaitActivity, ActivityKind.Internal, parentContext: default, startTime: start);
        if (activity is null)
            return;
        Describe(activity, episode, outcome);
        activity.SetEndTime(end.UtcDateTime);
    }

    public static void Describe(Activity activity, Episode episode, string outcome)
    {
        activity.SetTag(StorageTelemetry.DatabaseTag, episode.Database.Value);
        activity.SetTag(StorageTelemetry.PipelineTag, episode.Pipeline);
        activity.SetTag(StorageTelemetry.AttemptsTag, episode.Attempts);
        activity.SetTag(StorageTelemetry.OutcomeTag, outcome);
        if (outcome is StorageTelemetry.TimedOut or StorageTelemetry.Failed)
            activity.SetStatus(ActivityStatusCode.Error);
    }
}
