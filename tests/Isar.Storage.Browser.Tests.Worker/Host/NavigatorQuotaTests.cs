using Xunit;

namespace Isar.Storage.Browser.Tests.Worker;

/// <summary>What this browser says about its space.</summary>
public sealed class NavigatorQuotaTests
{
    [Fact]
    public async Task A_browser_that_has_OPFS_tells_how_much_space_there_is()
    {
        StorageQuota? quota = await new NavigatorQuota().EstimateAsync(CancellationToken.None);
        Assert.NotNull(quota);
        Assert.True(quota.QuotaBytes > 1_000_000, $"{quota}");
        Assert.InRange(quota.UsageBytes, 0, quota.QuotaBytes);
    }

    [Fact]
    public async Task A_cancelled_question_is_not_waited_for() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await new NavigatorQuota().EstimateAsync(new CancellationToken(canceled: true)));
}
