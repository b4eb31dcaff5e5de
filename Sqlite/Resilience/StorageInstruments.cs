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

    /// <summary>Made when the first of them is needed: a worker that starts has nothing to measure.</summary>
    private readonly Lazy<Instruments> _instruments;

    /// <param name="meters">The services' factory, which owns the meter; without it there is one meter for the process.</param>
    public StorageInstruments(IMeterFactory? meters) => _instruments = new Lazy<Instruments>(() =>
    {
        Meter meter = meters?.Create(StorageTelemetry.Name) ?? _meterOfProcess.Value;
        return new Instruments(
            meter.CreateCounter<long>(StorageTelemetry.RetriesCounter, "{attempt}", "Attempts after the first."),
            meter.CreateHistogram(
                StorageTelemetry.WaitHistogram, "s", "Time from the first attempt to the end, if there was a wait.", tags: null, _seconds),
            meter.CreateCounter<long>(StorageTelemetry.TransactionsCounter, "{transaction}", "Transactions."));
    });

    public static Activity? StartTransaction() => _activities.StartActivity(StorageTelemetry.TransactionActivity);

    public void CountRetry(string pipeline) =>
        _instruments.Value.Retries.Add(1, new KeyValuePair<string, object?>(StorageTelemetry.PipelineTag, pipeline));

    public void CountTransaction(string outcome) =>
        _instruments.Value.Transactions.Add(1, new KeyValuePair<string, object?>(StorageTelemetry.OutcomeTag, outcome));

    public void RecordWait(string pipeline, string outcome, TimeSpan duration) => _instruments.Value.Waits.Record(
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

    private sealed record Instruments(Counter<long> Retries, Histogram<double> Waits, Counter<long> Transactions);
}
