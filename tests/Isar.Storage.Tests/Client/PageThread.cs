namespace Isar.Storage.Tests.Client;

/// <summary>Runs what a test awaits one piece after another, as on a page, which has one thread.</summary>
internal sealed class PageThread : SynchronizationContext
{
    private readonly TaskFactory _factory = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

    /// <summary>Call it in the constructor of a test.</summary>
    public static void Enter() => SetSynchronizationContext(new PageThread());

    public override void Post(SendOrPostCallback d, object? state) => _factory.StartNew(() =>
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            d(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    });

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
}
