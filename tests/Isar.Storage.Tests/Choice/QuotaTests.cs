using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Isar.Storage.Tests.Choice;

/// <summary>When the app is told that the platform's quota is nearly used, on a clock of its own.</summary>
public sealed class QuotaTests : IAsyncLifetime, IStorageQuota
{
    private readonly World _world = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly List<StorageQuota> _told = [];
    private Func<StorageQuota?> _estimate = static () => new StorageQuota(10, 100, Persisted: false);
    private int _estimates;
    private Session _session = null!;

    public async Task InitializeAsync()
    {
        _session = _world.Start(options => options.QuotaWarningRatio = 0.5, builder =>
        {
            builder.Services.AddSingleton<IStorageQuota>(this);
            builder.Services.AddSingleton<TimeProvider>(_clock);
        });
        _session.Storage.QuotaNearlyUsed += (_, quota) => _told.Add(quota);
        await _session.Storage.PrepareAsync("x.db");
    }

    public async Task DisposeAsync()
    {
        await _session.DisposeAsync();
        _world.Dispose();
    }

    public ValueTask<StorageQuota?> EstimateAsync(CancellationToken cancellationToken)
    {
        _estimates++;
        return new(_estimate());
    }

    [Fact]
    public async Task It_is_told_once_until_less_is_used_again()
    {
        await UseAsync(49);
        Assert.Empty(_told);
        await UseAsync(50);
        await UseAsync(99);
        Assert.Equal(new StorageQuota(50, 100, false), Assert.Single(_told));
        await UseAsync(10);
        await UseAsync(51);
        Assert.Equal([50, 51], _told.Select(quota => quota.UsageBytes));
        const string Warning = "of 100 bytes that the platform grants are used";
        Assert.Equal(2, _session.Log.Warnings.Count(warning => warning.EndsWith(Warning, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task It_looks_at_most_every_ten_seconds()
    {
        int before = _estimates;
        for (int second = 0; second < 9; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await _session.Storage.FlushAsync("x.db");
        }
        Assert.Equal(before, _estimates);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _session.Storage.FlushAsync("x.db");
        await _session.Storage.FlushAsync("x.db");
        Assert.Equal(before + 1, _estimates);
    }

    [Fact]
    public async Task Opening_looks_too()
    {
        int before = _estimates;
        _clock.Advance(TimeSpan.FromSeconds(10));
        await using SqliteConnection connection = await _session.Storage.OpenAsync("x.db");
        Assert.Equal(before + 1, _estimates);
    }

    [Fact]
    public async Task What_throws_breaks_no_commit_and_no_other_handler()
    {
        int heard = 0;
        _session.Storage.QuotaNearlyUsed += (_, _) => throw new InvalidTimeZoneException();
        _session.Storage.QuotaNearlyUsed += (_, _) => heard++;
        await UseAsync(60);
        Assert.Equal((1, 1), (heard, _told.Count));
        Assert.Contains("A handler of QuotaNearlyUsed threw", _session.Log.Warnings);
        _estimate = static () => throw new InvalidTimeZoneException();
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _session.Storage.FlushAsync("x.db");
        Assert.Contains("The platform did not say how much space there is", _session.Log.Warnings);
        Assert.Null((await _session.Storage.GetReportAsync()).Quota);
    }

    [Fact]
    public async Task A_handler_that_left_is_not_told()
    {
        int heard = 0;
        EventHandler<StorageQuota> handler = (_, _) => heard++;
        _session.Storage.QuotaNearlyUsed += handler;
        _session.Storage.QuotaNearlyUsed -= handler;
        await UseAsync(60);
        Assert.Equal(0, heard);
    }

    [Fact]
    public async Task A_platform_that_does_not_say_is_no_warning()
    {
        _estimate = static () => null;
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _session.Storage.FlushAsync("x.db");
        _estimate = static () => new StorageQuota(5, 0, Persisted: false);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _session.Storage.FlushAsync("x.db");
        Assert.Empty(_told);
        Assert.Empty(_session.Log.Warnings);
    }

    [Fact]
    public async Task The_report_has_it()
    {
        Assert.Equal(new StorageQuota(10, 100, false), (await _session.Storage.GetReportAsync()).Quota);
        await using Session without = _world.Start();
        Assert.Null((await without.Storage.GetReportAsync()).Quota);
        without.Storage.QuotaNearlyUsed += (_, _) => { };
    }

    private async Task UseAsync(long bytes)
    {
        _estimate = () => new StorageQuota(bytes, 100, Persisted: false);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await _session.Storage.FlushAsync("x.db");
    }
}
