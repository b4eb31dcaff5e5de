using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Isar.Storage.Tests.Resilience;

/// <summary>Hears the instruments of the meters that it makes, and the activities of one database.</summary>
internal sealed class TelemetryCapture : IMeterFactory
{
    private readonly MeterListener _instruments = new();
    private readonly ActivityListener _activities;
    private readonly ConcurrentQueue<string> _measurements = [];
    private readonly ConcurrentQueue<Activity> _stopped = [];

    public TelemetryCapture(string database)
    {
        _instruments.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
                listener.EnableMeasurementEvents(instrument);
        };
        _instruments.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _instruments.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _instruments.Start();
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == StorageTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem(StorageTelemetry.DatabaseTag) is string name && name == database)
                    _stopped.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>Gets what was measured, as <c>instrument value tag tag</c>, in order.</summary>
    public string[] Measurements => [.. _measurements];

    public Activity[] Activities => [.. _stopped];

    /// <summary>Gets the activities as <c>name pipeline attempts outcome</c>.</summary>
    public string[] ActivityTexts => [.. _stopped.Select(activity => string.Join(' ',
        activity.OperationName,
        activity.GetTagItem(StorageTelemetry.PipelineTag),
        activity.GetTagItem(StorageTelemetry.AttemptsTag),
        activity.GetTagItem(StorageTelemetry.OutcomeTag)))];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return new Meter(options);
    }

    public void Dispose()
    {
        _instruments.Dispose();
        _activities.Dispose();
    }

    private void Add<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new List<string> { instrument.Name, FormattableString.Invariant($"{value}") };
        foreach (KeyValuePair<string, object?> tag in tags)
            texts.Add((string)tag.Value!);
        _measurements.Enqueue(string.Join(' ', texts));
    }
}
