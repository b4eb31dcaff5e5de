namespace Isar.Storage.Browser;

/// <summary>
/// Sends the page the progress of a request: the first and the last report of each stage, and between them only as many as a person can
/// follow.
/// </summary>
internal sealed class ProgressSender(Action<StorageProgress> send, TimeProvider timeProvider) : IProgress<StorageProgress>
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(50);

    private StorageProgress? _last;
    private long _sentAt;

    public void Report(StorageProgress value)
    {
        if (value == _last)
            return;
        // Fewer bytes than before: the stage has begun again, for example in the next attempt to open.
        bool isFirst = _last is not { } last || last.Stage != value.Stage || value.Completed < last.Completed;
        bool isLast = value.Completed == value.Total;
        _last = value;
        if (!isFirst && !isLast && timeProvider.GetElapsedTime(_sentAt) < _interval)
            return;
        _sentAt = timeProvider.GetTimestamp();
        send(value);
    }
}
