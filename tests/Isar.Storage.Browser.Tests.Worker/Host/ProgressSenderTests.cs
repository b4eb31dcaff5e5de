using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>How much of what a backend tells about its progress reaches the page.</summary>
public sealed class ProgressSenderTests
{
    private readonly ManualTime _time = new();
    private readonly List<StorageProgress> _sent = [];
    private readonly ProgressSender _sender;

    public ProgressSenderTests() => _sender = new ProgressSender(_sent.Add, _time);

    [Fact]
    public void The_first_and_the_last_of_each_stage_are_sent_however_fast_they_come()
    {
        foreach (StorageStage stage in new[] { StorageStage.Copying, StorageStage.Verifying })
        {
            for (int completed = 0; completed <= 1000; completed++)
                _sender.Report(new StorageProgress(stage, completed, 1000));
        }
        Assert.Equal(
            [
                new(StorageStage.Copying, 0, 1000), new(StorageStage.Copying, 1000, 1000),
                new(StorageStage.Verifying, 0, 1000), new(StorageStage.Verifying, 1000, 1000),
            ],
            _sent);
    }

    [Fact]
    public void Between_them_one_is_sent_about_every_50_ms()
    {
        for (int completed = 0; completed <= 100; completed++)
        {
            _sender.Report(new StorageProgress(StorageStage.Loading, completed, 100));
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }
        Assert.Equal(Enumerable.Range(0, 21).Select(count => count * 5L), _sent.Select(progress => progress.Completed));
    }

    [Fact]
    public void What_was_said_is_not_said_again()
    {
        for (int count = 0; count < 3; count++)
        {
            _sender.Report(new StorageProgress(StorageStage.Loading, 0, 0));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal([new(StorageStage.Loading, 0, 0)], _sent);
    }

    [Fact]
    public void A_stage_that_begins_again_is_a_new_one()
    {
        foreach (int completed in new[] { 0, 5, 1, 2 })
            _sender.Report(new StorageProgress(StorageStage.Loading, completed, 100));
        Assert.Equal([0L, 1L], _sent.Select(progress => progress.Completed));
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
