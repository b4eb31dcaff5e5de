using Isar.Storage.Sqlite;
using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Concurrency.Leases;

/// <summary>A database that tabs use by turns, over native files that only one of them can have at a time.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(30);

    private readonly Tabs _tabs = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _tabs.DisposeAsync();

    [Fact]
    public async Task No_increment_is_lost_and_no_error_reaches_anybody()
    {
        IIsarStorage[] storages = [.. Enumerable.Range(1, 4).Select(number => _tabs.Open($"tab {number}").Storage)];
        await storages[0].ExecuteInTransactionAsync(Database.Name, static (connection, _) =>
        {
            Database.Execute(connection, "CREATE TABLE c (n INTEGER); INSERT INTO c VALUES (0)");
            return ValueTask.CompletedTask;
        });
        await Task.WhenAll(storages.Select(storage => Task.Run(async () =>
        {
            for (int i = 0; i < 100; i++)
                await storage.ExecuteInTransactionAsync(Database.Name, IncrementAsync);
        }))).WaitAsync(TimeSpan.FromMinutes(2));
        await using SqliteConnection connection = await storages[3].OpenAsync(Database.Name);
        Assert.Equal(400L, Database.Execute(connection, "SELECT n FROM c"));
        Assert.Equal("ok", Database.Execute(connection, "PRAGMA integrity_check"));

        static ValueTask IncrementAsync(SqliteConnection connection, CancellationToken cancellationToken)
        {
            object? n = Database.Execute(connection, "SELECT n FROM c");
            Database.Execute(connection, $"UPDATE c SET n = {n} + 1");
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task The_lease_stays_until_somebody_asks_and_goes_when_nobody_uses_it()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Assert.Equal([Tabs.Membership, Tabs.Lease], _tabs.Locks.HeldBy("first"));
        await using SqliteConnection other = await second.Storage.OpenAsync(Database.Name).AsTask().WaitAsync(_soon);
        Assert.Equal([Tabs.Membership], _tabs.Locks.HeldBy("first"));
        Assert.Equal([Tabs.Membership, Tabs.Lease], _tabs.Locks.HeldBy("second"));
    }

    [Fact]
    public async Task SQL_without_the_lease_is_busy_and_works_again_once_it_is_back()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x)");
        await using SqliteConnection other = await second.Storage.OpenAsync(Database.Name);
        Assert.Equal(raw.SQLITE_BUSY, Run(mine, "SELECT count(*) FROM t"));
        Assert.Equal(raw.SQLITE_BUSY, Run(mine, "BEGIN IMMEDIATE"));
        var late = new SqliteConnection(first.Storage.GetConnectionString(Database.Name));
        Assert.Equal(raw.SQLITE_BUSY, Assert.Throws<SqliteException>(late.Open).SqliteErrorCode);

        Assert.Equal(raw.SQLITE_OK, Run(other, "INSERT INTO t VALUES (1)"));
        await first.Storage.PrepareAsync(Database.Name);
        Assert.Equal(1L, Database.Execute(mine, "SELECT count(*) FROM t"));
        Assert.Equal(raw.SQLITE_BUSY, Run(other, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_transaction_keeps_the_lease_and_the_waiter_gets_it_at_its_end()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x); BEGIN; SELECT count(*) FROM t");
        Task<SqliteConnection> waiting = second.Storage.OpenAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease).Length == 1);
        Database.Execute(mine, "INSERT INTO t VALUES (1)");
        Assert.False(waiting.IsCompleted);
        Database.Execute(mine, "COMMIT");
        await using SqliteConnection other = await waiting.WaitAsync(_soon);
        Assert.Equal(1L, Database.Execute(other, "SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_waits_too_long_hears_who_has_it(bool opens)
    {
        Session first = _tabs.Open("the page of the test");
        Session second = _tabs.Open("second", options => options.OpenTimeout = options.LeaseTimeout = TimeSpan.FromSeconds(3));
        if (!opens)
            await (await second.Storage.OpenAsync(Database.Name)).DisposeAsync();
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x); BEGIN IMMEDIATE");
        StorageException failure = await Assert.ThrowsAsync<StorageException>(async () => await (opens
            ? second.Storage.PrepareAsync(Database.Name)
            : second.Storage.ExecuteInTransactionAsync(Database.Name, static (_, _) => ValueTask.CompletedTask)));
        Assert.Equal(StorageErrorKind.Busy, failure.Kind);
        Assert.Contains("\"notes.db\" is still held by the page of the test after 3 s", failure.Message, StringComparison.Ordinal);
        Database.Execute(mine, "COMMIT");
        await second.Storage.PrepareAsync(Database.Name);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_leaves_the_lease_to_the_next()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        Session third = _tabs.Open("third");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "BEGIN IMMEDIATE");
        using var cancellation = new CancellationTokenSource();
        Task waiting = second.Storage.PrepareAsync(Database.Name, cancellationToken: cancellation.Token).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease) is ["second"]);
        Task next = third.Storage.PrepareAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease).Length == 2);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Database.Execute(mine, "COMMIT");
        await next.WaitAsync(_soon);
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("third"));
    }

    [Fact]
    public async Task Without_time_to_wait_it_fails_at_once_and_has_asked()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second", options => options.OpenTimeout = TimeSpan.Zero);
        await first.Storage.PrepareAsync(Database.Name);
        await Database.AssertFailsAsync(StorageErrorKind.Busy, async () => await second.Storage.PrepareAsync(Database.Name));
        await WaitUntilAsync(() => !_tabs.Locks.HeldBy("first").Contains(Tabs.Lease));
        await second.Storage.PrepareAsync(Database.Name);
    }

    [Fact]
    public async Task Files_that_are_not_free_yet_are_tried_again()
    {
        Session tab = _tabs.Open("tab");
        int failures = 0;
        tab.Faults.OnOperation = (_, operation, _) => operation == "acquire" && ++failures <= 3
            ? new StorageException(StorageErrorKind.Busy, "A page is just being closed.")
            : null;
        await tab.Storage.PrepareAsync(Database.Name);
        Assert.Equal(4, failures);
    }

    [Fact]
    public async Task A_failure_to_acquire_gives_the_lease_up()
    {
        Session tab = _tabs.Open("tab");
        tab.Faults.OnOperation = (_, operation, _) => operation == "acquire" ? new StorageException(StorageErrorKind.Io, "Broken.") : null;
        await Database.AssertFailsAsync(StorageErrorKind.Io, async () => await tab.Storage.PrepareAsync(Database.Name));
        Assert.DoesNotContain(Tabs.Lease, _tabs.Locks.HeldBy("tab"));
        await _tabs.Open("other").Storage.PrepareAsync(Database.Name).AsTask().WaitAsync(_soon);
    }

    [Fact]
    public async Task A_failure_to_give_files_up_is_logged_and_keeps_nobody_waiting()
    {
        Session first = _tabs.Open("first");
        first.Faults.OnOperation = (_, operation, _) => operation == "suspend" ? new StorageException(StorageErrorKind.Io, "Broken.") : null;
        await first.Storage.PrepareAsync(Database.Name);
        await _tabs.Open("second").Storage.PrepareAsync(Database.Name).AsTask().WaitAsync(_soon);
        Assert.Single(first.Log.Warnings, message => message.Contains("could not be stored properly", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_open_database_is_not_deleted_or_moved_by_others_and_a_closed_one_is()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second", options => options.OpenTimeout = TimeSpan.FromSeconds(3));
        SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x)");
        StorageException failure = await Database.AssertFailsAsync(
            StorageErrorKind.Busy, async () => await second.Storage.DeleteAsync(Database.Name));
        Assert.Contains("held by first", failure.Message, StringComparison.Ordinal);
        await Database.AssertFailsAsync(StorageErrorKind.Busy, async () => await second.Storage.MigrateAsync(Database.Name, "b"));
        await mine.DisposeAsync();
        await second.Storage.MigrateAsync(Database.Name, "b");
        Assert.DoesNotContain(Tabs.Membership, _tabs.Locks.HeldBy("first"));
        await using (SqliteConnection again = await first.Storage.OpenAsync(Database.Name))
            Assert.Equal(0L, Database.Execute(again, "SELECT count(*) FROM t"));
        Assert.True(await second.Storage.DeleteAsync(Database.Name));
        Assert.False(await first.Storage.ExistsAsync(Database.Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_does_not_get_what_recovery_needs_keeps_nobody_out(bool deletes)
    {
        Session first = _tabs.Open("first", options => options.OpenTimeout = TimeSpan.FromSeconds(3));
        Session second = _tabs.Open("second");
        await using (SqliteConnection connection = await second.Storage.OpenAsync(Database.Name))
            Database.Execute(connection, "CREATE TABLE t (x)");
        await using SqliteConnection partner = await second.Storage.OpenAsync("partner.db");
        Database.Execute(partner, "BEGIN IMMEDIATE");
        first.Faults.Links.Add(StoragePath.Parse(Database.Name), [StoragePath.Parse("partner.db")]);
        StorageException failure = await Database.AssertFailsAsync(StorageErrorKind.Busy, async () =>
        {
            if (deletes)
                await first.Storage.DeleteAsync(Database.Name);
            else
                await first.Storage.PrepareAsync(Database.Name);
        });
        Assert.Contains("held by", failure.Message, StringComparison.Ordinal);
        await second.Storage.PrepareAsync(Database.Name).AsTask().WaitAsync(_soon);

        Database.Execute(partner, "COMMIT");
        await first.Storage.PrepareAsync(Database.Name);
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("first"));
        Assert.Contains(Tabs.Lease.Replace(Database.Name, "partner.db", StringComparison.Ordinal), _tabs.Locks.HeldBy("first"));
        Assert.Empty(first.Faults.Links);
    }

    [Fact]
    public async Task Deleting_waits_until_the_others_have_closed_it()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x)");
        Task<bool> deleting = second.Storage.DeleteAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Membership) is ["second"]);
        Database.Execute(mine, "INSERT INTO t VALUES (1)");
        mine.Close();
        Assert.True(await deleting.WaitAsync(_soon));
    }

    [Fact]
    public async Task Who_may_be_stopped_at_any_moment_keeps_no_lease_that_it_does_not_use()
    {
        Session tab = _tabs.Open("tab");
        IDatabaseEdges edges = Assert.IsType<IsarStorage>(tab.Storage);
        await using SqliteConnection connection = await tab.Storage.OpenAsync(Database.Name);
        Database.Execute(connection, "CREATE TABLE t (x); BEGIN IMMEDIATE");
        edges.KeepIdle(false);
        Database.Execute(connection, "INSERT INTO t VALUES (1)");
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("tab"));
        Database.Execute(connection, "COMMIT");
        await WaitUntilAsync(() => !_tabs.Locks.HeldBy("tab").Contains(Tabs.Lease));
        await tab.Storage.ExecuteInTransactionAsync(Database.Name, static (connection, _) =>
        {
            Database.Execute(connection, "INSERT INTO t VALUES (2)");
            return ValueTask.CompletedTask;
        });
        await WaitUntilAsync(() => !_tabs.Locks.HeldBy("tab").Contains(Tabs.Lease));
        edges.KeepIdle(true);
        await tab.Storage.PrepareAsync(Database.Name);
        Assert.Equal(2L, Database.Execute(connection, "SELECT count(*) FROM t"));
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("tab"));
    }

    [Fact]
    public async Task A_database_that_is_closed_gives_everything_back_unless_code_has_prepared_it()
    {
        var clock = new FakeTimeProvider();
        Session tab = _tabs.Open("tab", clock: clock);
        SqliteConnection connection = await tab.Storage.OpenAsync(Database.Name);
        SqliteConnection second = await tab.Storage.OpenAsync(Database.Name);
        await connection.DisposeAsync();
        clock.Advance(DatabaseLease.ClosedTime);
        await second.DisposeAsync();
        await (await tab.Storage.OpenAsync(Database.Name)).DisposeAsync();
        Assert.Equal([Tabs.Membership, Tabs.Lease], _tabs.Locks.HeldBy("tab"));
        await WaitUntilGivenBackAsync();

        await tab.Storage.ExecuteInTransactionAsync(Database.Name, static (_, _) => ValueTask.CompletedTask);
        Assert.Equal([Tabs.Membership, Tabs.Lease], _tabs.Locks.HeldBy("tab"));
        await WaitUntilGivenBackAsync();

        await tab.Storage.PrepareAsync(Database.Name);
        await (await tab.Storage.OpenAsync(Database.Name)).DisposeAsync();
        clock.Advance(DatabaseLease.ClosedTime);
        using var prepared = new SqliteConnection(tab.Storage.GetConnectionString(Database.Name));
        prepared.Open();
        Assert.Equal(0L, Database.Execute(prepared, "SELECT count(*) FROM sqlite_schema"));
        Assert.Equal([Tabs.Membership, Tabs.Lease], _tabs.Locks.HeldBy("tab"));

        // A use within the time begins it anew.
        Task WaitUntilGivenBackAsync() => WaitUntilAsync(() =>
        {
            clock.Advance(DatabaseLease.ClosedTime);
            return _tabs.Locks.HeldBy("tab").Length == 0;
        });
    }

    [Theory]
    [InlineData("DETACH one; DETACH two", new string[0])]
    [InlineData("DETACH one; ATTACH 'one.db' AS one", new[] { "one.db", "two.db" })]
    [InlineData("ATTACH 'one.db' AS again; DETACH two", new[] { "one.db" })]
    public async Task What_is_detached_needs_no_lease_any_more(string sql, string[] needed)
    {
        Session tab = _tabs.Open("tab");
        await using SqliteConnection connection = await tab.Storage.OpenAsync(Database.Name);
        DatabaseEdge edge = Assert.IsType<IsarStorage>(tab.Storage).CreateEdge(Database.Name);
        foreach (string name in (string[])["one", "two"])
        {
            await tab.Storage.PrepareAsync($"{name}.db");
            Run($"ATTACH '{name}.db' AS {name}");
        }
        Run(sql);
        Session other = _tabs.Open("other");
        foreach (string database in (string[])["one.db", "two.db"])
        {
            await other.Storage.PrepareAsync(database);
            Assert.Equal(!needed.Contains(database), edge.TryEnter());
            edge.Leave();
            await tab.Storage.PrepareAsync(database);
        }

        void Run(string statement)
        {
            VfsCall.Begin();
            Database.Execute(connection, statement);
            Assert.False(edge.NoteNeeds());
        }
    }

    [Fact]
    public async Task The_end_of_a_tab_leaves_no_lock()
    {
        Session first = _tabs.Open("first");
        await using (SqliteConnection connection = await first.Storage.OpenAsync(Database.Name))
            Database.Execute(connection, "CREATE TABLE t (x)");
        await first.DisposeAsync();
        Assert.Empty(_tabs.Locks.HeldBy("first"));
    }

    [Fact]
    public async Task Within_its_tenure_only_a_pause_ends_it()
    {
        var clock = new FakeTimeProvider();
        Session first = _tabs.Open("first", clock: clock);
        Session second = _tabs.Open("second");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        DatabaseEdge edge = Assert.IsType<IsarStorage>(first.Storage).CreateEdge(Database.Name);
        Assert.True(edge.TryEnter());
        Task waiting = second.Storage.PrepareAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease).Length == 1);
        for (int use = 0; use < 10; use++)
        {
            edge.Leave();
            Assert.True(edge.TryEnter(), "A use right after another one is no pause.");
            clock.Advance(TimeSpan.FromMilliseconds(4));
        }
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("first"));
        Database.Execute(mine, "BEGIN; SELECT count(*) FROM sqlite_master");
        edge.Leave();
        clock.Advance(TimeSpan.FromMilliseconds(20));
        Assert.True(edge.TryEnter(), "Inside a transaction the end of the tenure does not matter.");
        edge.Leave();
        Database.Execute(mine, "COMMIT");
        await waiting.WaitAsync(_soon);
        Assert.False(edge.TryEnter());
    }

    [Fact]
    public async Task A_pause_within_the_tenure_ends_it()
    {
        var clock = new FakeTimeProvider();
        Session first = _tabs.Open("first", clock: clock);
        Session second = _tabs.Open("second");
        await first.Storage.PrepareAsync(Database.Name);
        Task waiting = second.Storage.PrepareAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease).Length == 1);
        Assert.Contains(Tabs.Lease, _tabs.Locks.HeldBy("first"));
        clock.Advance(TimeSpan.FromMilliseconds(2));
        await waiting.WaitAsync(_soon);
    }

    [Fact]
    public async Task The_end_of_one_tenure_does_not_end_the_next()
    {
        var clock = new FakeTimeProvider();
        Session first = _tabs.Open("first", clock: clock);
        Session second = _tabs.Open("second", clock: clock);
        await first.Storage.PrepareAsync(Database.Name);
        clock.Advance(TimeSpan.FromMilliseconds(49));
        Task waiting = second.Storage.PrepareAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease) is ["second"]);
        // The tenure is over, and what waits for a pause in it does not know yet that it is handed over here.
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Task again = first.Storage.PrepareAsync(Database.Name).AsTask();
        await waiting.WaitAsync(_soon);
        await WaitUntilAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            return again.IsCompleted;
        });
        DatabaseEdge edge = Assert.IsType<IsarStorage>(first.Storage).CreateEdge(Database.Name);
        for (int use = 0; use < 1000; use++)
        {
            Assert.True(edge.TryEnter(), "Nobody waits for it.");
            edge.Leave();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_killed_tab_leaves_the_lease_to_the_next_which_rolls_back()
    {
        Session first = _tabs.Open("first");
        Session second = _tabs.Open("second");
        await using SqliteConnection mine = await first.Storage.OpenAsync(Database.Name);
        Database.Execute(mine, "CREATE TABLE t (x); PRAGMA cache_size = 2; BEGIN IMMEDIATE");
        Task<SqliteConnection> waiting = second.Storage.OpenAsync(Database.Name).AsTask();
        await WaitUntilAsync(() => _tabs.Locks.WaitingFor(Tabs.Lease).Length == 1);
        first.Faults.KillAfter(0);
        Assert.NotEqual(raw.SQLITE_OK, Run(mine, "INSERT INTO t SELECT randomblob(1000) FROM sqlite_master"));
        _tabs.Kill("first");
        await using SqliteConnection other = await waiting.WaitAsync(_soon);
        Assert.Equal(0L, Database.Execute(other, "SELECT count(*) FROM t"));
        Assert.Equal("ok", Database.Execute(other, "PRAGMA integrity_check"));
    }

    /// <summary>Runs SQL once: a command would wait for the lock.</summary>
    private static int Run(SqliteConnection connection, string sql) => raw.sqlite3_exec(connection.Handle!, sql);

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var over = new CancellationTokenSource(_soon);
        while (!condition())
            await Task.Delay(1, over.Token);
    }
}
