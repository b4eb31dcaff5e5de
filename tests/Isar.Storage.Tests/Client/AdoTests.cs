using System.Data;
using System.Data.Common;
using System.Reflection;
using Isar.Storage.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>Connections, commands and transactions over a worker that runs SQLite in this process.</summary>
public sealed class AdoTests : IAsyncLifetime
{
    private readonly IsarStorageClient _client;
    private readonly NativeWorker _worker;
    private IsarConnection _db = null!;

    public AdoTests()
    {
        PageThread.Enter();
        (_client, _worker) = NativeWorker.CreateClient();
    }

    public async Task InitializeAsync()
    {
        _db = await _client.OpenAsync("a.db");
        await ExecuteAsync(_db, "CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
        _worker.Log.Clear();
    }

    public async Task DisposeAsync() => await _db.DisposeAsync();

    [Fact]
    public async Task A_batch_gives_the_changes_of_all_and_the_results_of_those_that_have_any()
    {
        const string Sql = "INSERT INTO t (x) VALUES ($x), ($x); SELECT last_insert_rowid(); UPDATE t SET x = 3; SELECT x, id FROM t";
        var command = new IsarCommand(Sql, _db);
        command.Parameters.AddWithValue("$x", 7);
        await using IsarDataReader reader = await command.ExecuteReaderAsync();
        Assert.Equal(4, reader.RecordsAffected);
        Assert.True(reader.HasRows);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(2, reader.GetInt32(0));
        Assert.True(await reader.NextResultAsync());
        Assert.Equal(2, reader.FieldCount);
        Assert.True(reader.Read());
        Assert.True(reader.Read());
        Assert.Equal(3L, reader["x"]);
        Assert.Equal(2L, reader["ID"]);
        Assert.False(reader.Read());
        Assert.False(reader.NextResult());
        Assert.Equal(0, reader.FieldCount);
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
        Assert.Equal("run " + Sql, Assert.Single(_worker.Log));
    }

    [Theory]
    [InlineData(300, 0)]
    [InlineData(10_000, 30)]
    public async Task Many_rows_are_read_in_parts_between_which_other_tasks_run(int rows, int pauses)
    {
        string sql = $"WITH c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < {rows}) SELECT i, zeroblob(91) FROM c";
        await using IsarDataReader reader = await new IsarCommand(sql + ";" + sql, _db).ExecuteReaderAsync();
        int count = 0;
        while (await reader.ReadAsync())
            count++;
        Assert.Equal(rows, count);
        Assert.Equal(pauses, _worker.Pauses);
        Assert.True(await reader.ReadAsync() || await reader.NextResultAsync());
        Assert.True(await reader.ReadAsync());
        Assert.False(await reader.NextResultAsync());
        Assert.True(_worker.Pauses >= 2 * pauses);
    }

    [Fact]
    public async Task Scalars_and_counts()
    {
        Assert.Null(await ScalarAsync(_db, "SELECT x FROM t"));
        Assert.Equal(DBNull.Value, await ScalarAsync(_db, "SELECT NULL"));
        Assert.Null(await ScalarAsync(_db, "INSERT INTO t (x) VALUES (1)"));
        Assert.Equal(-1, await ExecuteAsync(_db, "SELECT x FROM t"));
        Assert.Equal(0, await ExecuteAsync(_db, "DELETE FROM t WHERE x = 5"));
        Assert.Equal(1, await ExecuteAsync(_db, "DELETE FROM t"));
    }

    [Fact]
    public async Task Values_by_position()
    {
        var command = new IsarCommand("SELECT ? || ?", _db);
        command.Parameters.AddWithValue(null, "a");
        command.Parameters.AddWithValue("", "b");
        Assert.Equal("ab", await command.ExecuteScalarAsync());
        command.Parameters.AddWithValue("@c", "c");
        await AssertFailsAsync<InvalidOperationException>("name all of them or none", () => command.ExecuteScalarAsync());
        command.Parameters.RemoveAt(0);
        command.Parameters[0].ParameterName = ":c";
        await AssertFailsAsync<InvalidOperationException>("more than one parameter \"c\"", () => command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task What_is_wrong_with_a_command_is_said_before_anything_is_sent()
    {
        var command = new IsarCommand();
        await AssertRefusedAsync("no connection");
        command.Connection = _db;
        await AssertRefusedAsync("no text");
        command.CommandText = "SELECT @a";
        command.Parameters.Add(new IsarParameter("@a", null));
        await AssertRefusedAsync("Parameter @a has no value; use DBNull.Value");
        command.Connection = _client.CreateConnection("b.db");
        await AssertRefusedAsync("The connection to \"b.db\" is not open: await OpenAsync first");
        Assert.Empty(_worker.Log);

        Task AssertRefusedAsync(string message) => AssertFailsAsync<InvalidOperationException>(message, () => command.ExecuteNonQueryAsync());
    }

    [Fact]
    public async Task A_transaction_commits_or_rolls_back()
    {
        await using (IsarTransaction transaction = await _db.BeginTransactionAsync())
        {
            Assert.Equal(IsolationLevel.Serializable, transaction.IsolationLevel);
            Assert.Same(_db, transaction.Connection);
            await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (1)");
            await transaction.CommitAsync();
            Assert.Null(transaction.Connection);
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.RollbackAsync());
        }
        await using (IsarTransaction transaction = await _db.BeginTransactionAsync())
        {
            await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (2)");
            await transaction.RollbackAsync();
        }
        await using (await _db.BeginTransactionAsync())
            await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (3)");
        await using (DbTransaction transaction = await _db.BeginTransactionAsync(IsolationLevel.ReadUncommitted))
            Assert.Contains("begin deferred", _worker.Log);
        Assert.Equal("1", await ScalarAsync(_db, "SELECT group_concat(x) FROM t"));
        Assert.Contains("begin", _worker.Log);
    }

    [Fact]
    public async Task Savepoints()
    {
        await using IsarTransaction transaction = await _db.BeginTransactionAsync();
        await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (1)");
        await transaction.SaveAsync("a \"b\"");
        await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (2)");
        await transaction.RollbackAsync("a \"b\"");
        await transaction.ReleaseAsync("a \"b\"");
        await transaction.CommitAsync();
        Assert.Equal("1", await ScalarAsync(_db, "SELECT group_concat(x) FROM t"));
    }

    [Fact]
    public async Task A_transaction_that_is_disposed_without_waiting_is_rolled_back_before_the_next_call()
    {
        IsarTransaction transaction = await _db.BeginTransactionAsync();
        await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (1)");
        var answers = new TaskCompletionSource();
        _worker.Before = call => call == "rollback" ? answers.Task : Task.CompletedTask;
        transaction.Dispose();
        Task<object?> count = ScalarAsync(_db, "SELECT count(*) FROM t");
        Assert.False(count.IsCompleted);
        answers.SetResult();
        Assert.Equal(0L, await count);
        Assert.Equal(["rollback", "run SELECT count(*) FROM t"], _worker.Log[^2..]);
        await using IsarTransaction next = await _db.BeginTransactionAsync();
    }

    [Fact]
    public async Task The_error_of_a_rollback_that_nobody_awaited_comes_with_the_next_call()
    {
        IsarTransaction transaction = await _db.BeginTransactionAsync();
        _worker.Before = call => call == "rollback" ? throw new IsarException(IsarErrorKind.Io, 10, 10, "It burns.") : Task.CompletedTask;
        transaction.Dispose();
        Assert.Equal("It burns.", (await Assert.ThrowsAsync<IsarException>(() => ScalarAsync(_db, "SELECT 1"))).Message);
        Assert.Equal(1L, await ScalarAsync(_db, "SELECT 1"));
    }

    [Fact]
    public async Task Calls_are_sent_as_they_are_made_and_say_how_long_they_may_wait_for_transactions()
    {
        await using IsarConnection other = await _client.OpenAsync("a.db");
        other.DefaultTimeout = 7;
        _worker.Log.Clear();
        _worker.Timeouts.Clear();
        Task<IsarTransaction> begun = _db.BeginTransactionAsync().AsTask();
        Task<object?> patient = new IsarCommand("SELECT 1", other) { CommandTimeout = 0 }.ExecuteScalarAsync();
        Task<object?> impatient = new IsarCommand("SELECT 2", other) { CommandTimeout = 5 }.ExecuteScalarAsync();
        Assert.Equal(["begin", "run SELECT 1", "run SELECT 2"], _worker.Log);
        await Task.WhenAll(patient, impatient);
        await using (IsarTransaction transaction = await begun)
        {
            Assert.Equal(3L, await ScalarAsync(_db, "SELECT 3"));
            await transaction.CommitAsync();
        }
        await using (await other.BeginTransactionAsync(deferred: true))
            Assert.Equal(["run SELECT 3", "commit", "begin deferred"], _worker.Log[3..]);
        int[] seconds = [30, 0, 5, 0, 7];
        Assert.Equal(seconds.Select(second => TimeSpan.FromSeconds(second)), _worker.Timeouts);
    }

    [Fact]
    public async Task A_wait_ends_with_its_token()
    {
        var turn = new TaskCompletionSource();
        _worker.Before = _ => turn.Task;
        using var cancellation = new CancellationTokenSource();
        IsarCommand command = new("SELECT 1", _db);
        Task<object?> cancelledToo = command.ExecuteScalarAsync();
        Task[] cancelled =
        [
            new IsarCommand("SELECT 2", _db).ExecuteScalarAsync(cancellation.Token),
            _db.BeginTransactionAsync(cancellation.Token).AsTask(),
        ];
        await cancellation.CancelAsync();
        command.Cancel();
        turn.SetResult();
        foreach (Task call in cancelled)
            Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call)).CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelledToo);
        await using IsarTransaction next = await _db.BeginTransactionAsync();
    }

    [Fact]
    public async Task What_is_cancelled_before_it_starts_is_not_sent()
    {
        var cancelled = new CancellationToken(canceled: true);
        await using IsarTransaction transaction = await _db.BeginTransactionAsync();
        _worker.Log.Clear();
        IsarCommand command = new("INSERT INTO t (x) VALUES (1)", _db);
        Task[] calls =
        [
            command.ExecuteNonQueryAsync(cancelled), command.ExecuteScalarAsync(cancelled), command.ExecuteReaderAsync(cancelled),
            command.PrepareAsync(cancelled),
            transaction.CommitAsync(cancelled), transaction.RollbackAsync(cancelled), transaction.SaveAsync("a", cancelled),
            _client.CreateConnection("b.db").OpenAsync(cancelled), _client.DeleteAsync("b.db", cancelled).AsTask(),
            _client.StartAsync(cancelled).AsTask(),
        ];
        foreach (Task call in calls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Empty(_worker.Log);
    }

    [Fact]
    public async Task A_command_needs_the_transaction_of_its_connection()
    {
        IsarCommand before = new("SELECT 1", _db);
        await using IsarTransaction transaction = await _db.BeginTransactionAsync();
        await AssertFailsAsync<InvalidOperationException>("set the command's Transaction", () => before.ExecuteScalarAsync());
        IsarCommand inside = _db.CreateCommand();
        inside.CommandText = "SELECT 1";
        await inside.ExecuteScalarAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _db.BeginTransactionAsync());
        await transaction.CommitAsync();
        await before.ExecuteScalarAsync();
        await AssertFailsAsync<InvalidOperationException>("has ended", () => inside.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_connection_that_is_closed_without_waiting_has_let_go_before_the_database_is_deleted()
    {
        IsarConnection other = await _client.OpenAsync("a.db");
        List<ConnectionState> states = [];
        other.StateChange += (_, change) => states.Add(change.CurrentState);
        IsarTransaction transaction = await other.BeginTransactionAsync();
        Task<object?> waiting = ScalarAsync(_db, "SELECT 1");
        _worker.Log.Clear();
        other.Close();
        other.Close();
        Assert.Equal([ConnectionState.Closed], states);
        Assert.True(await _client.DeleteAsync("a.db"));
        Assert.Equal(["close", "delete"], _worker.Log);
        Assert.Equal(1L, await waiting);
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
        await transaction.DisposeAsync();
        await other.OpenAsync();
        Assert.Equal(1L, await ScalarAsync(other, "SELECT 1"));
        await other.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_is_disposed_while_it_opens_is_not_open_afterwards(bool isOpenedAllTheSame)
    {
        var opened = new TaskCompletionSource();
        _worker.Before = call => call == "open" ? opened.Task : Task.CompletedTask;
        IsarConnection connection = _client.CreateConnection("b.db");
        Task opening = connection.OpenAsync();
        Task closing = connection.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        if (isOpenedAllTheSame)
            opened.SetResult();
        else
            opened.SetException(new OperationCanceledException());
        IsarException error = await Assert.ThrowsAsync<IsarException>(() => opening);
        Assert.Equal(IsarErrorKind.Closed, error.Kind);
        Assert.Contains("\"b.db\" was closed while it was being opened", error.Message, StringComparison.Ordinal);
        await closing;
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal(isOpenedAllTheSame, _worker.Log.Contains("close"));
        _worker.Before = _ => Task.CompletedTask;
        await connection.OpenAsync();
        Assert.Equal(1L, await ScalarAsync(connection, "SELECT 1"));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task The_death_of_the_worker_ends_every_call_and_every_wait()
    {
        await using IsarConnection other = await _client.OpenAsync("a.db");
        var never = new TaskCompletionSource();
        _worker.Before = call => call == "run SELECT 'long'" ? never.Task : Task.CompletedTask;
        await using IsarTransaction transaction = await _db.BeginTransactionAsync();
        Task<object?> running = ScalarAsync(_db, "SELECT 'long'");
        Task<object?> waiting = ScalarAsync(other, "SELECT 1");
        _worker.Die(new IsarException(IsarErrorKind.Worker, 0, 0, "It died."));
        never.SetResult();
        foreach (Task<object?> call in (Task<object?>[])[running, waiting, ScalarAsync(_db, "SELECT 1")])
        {
            IsarException error = await Assert.ThrowsAsync<IsarException>(() => call);
            Assert.Equal(IsarErrorKind.Worker, error.Kind);
            Assert.Equal("It died.", error.Message);
        }
    }

    [Fact]
    public async Task After_the_death_of_the_worker_the_next_call_works_but_not_in_the_transaction()
    {
        await using IsarConnection other = await _client.OpenAsync("a.db");
        List<string> reasons = [];
        _client.WorkerRestarted += (_, reason) => reasons.Add(reason.Message);
        IsarTransaction transaction = await _db.BeginTransactionAsync();
        await ExecuteAsync(_db, "INSERT INTO t (x) VALUES (1)");
        _worker.Die(new IsarException(IsarErrorKind.Worker, 0, 0, "It died."));
        Assert.Equal(0L, await ScalarAsync(other, "SELECT count(*) FROM t"));
        Assert.Equal(["It died."], reasons);
        await using (IsarTransaction next = await other.BeginTransactionAsync())
        {
            Func<Task>[] calls = [() => ScalarAsync(_db, "SELECT 1"), () => transaction.SaveAsync("a"), () => transaction.CommitAsync()];
            foreach (Func<Task> call in calls)
                Assert.Equal("It died.", (await Assert.ThrowsAsync<IsarException>(call)).Message);
            await transaction.DisposeAsync();
            await ExecuteAsync(other, "INSERT INTO t (x) VALUES (2)");
            await next.CommitAsync();
        }
        await (await _db.BeginTransactionAsync()).DisposeAsync();
        Assert.Equal(1L, await ScalarAsync(_db, "SELECT count(*) FROM t"));
        Assert.Single(_worker.Log, "restart");
    }

    [Fact]
    public async Task A_death_while_the_first_database_is_opened_does_not_break_the_next_opening()
    {
        (IsarStorageClient client, NativeWorker worker) = NativeWorker.CreateClient();
        worker.Before = call =>
        {
            if (worker.Log.Count == 2)
                worker.Die(new IsarException(IsarErrorKind.Worker, 0, 0, "It died."));
            return Task.CompletedTask;
        };
        Assert.Equal("It died.", (await Assert.ThrowsAsync<IsarException>(() => client.OpenAsync("a.db").AsTask())).Message);
        await using IsarConnection connection = await client.OpenAsync("a.db");
        Assert.Equal("3.99.0", connection.ServerVersion);
    }

    [Fact]
    public async Task A_database_is_opened_with_the_set_up_of_its_connection_string()
    {
        await using IsarConnection connection = _client.CreateConnection("b.db");
        connection.ConnectionString =
            "Data Source=b.db;Foreign Keys=True;Recursive Triggers=true;Setup=\"PRAGMA cache_size = 100; PRAGMA temp_store = 1\"";
        await connection.OpenAsync();
        Assert.Equal("PRAGMA foreign_keys = 1;PRAGMA recursive_triggers = 1;PRAGMA cache_size = 100; PRAGMA temp_store = 1", _worker.Setups["b.db"]);
        Assert.Equal("", _worker.Setups["a.db"]);
        await using IsarConnection without = _client.CreateConnection("c.db");
        without.ConnectionString = "Data Source=c.db;Foreign Keys=False;Recursive Triggers=0";
        await without.OpenAsync();
        Assert.Equal("PRAGMA foreign_keys = 0;", _worker.Setups["c.db"]);
        await using IsarConnection broken = _client.CreateConnection("d.db");
        broken.ConnectionString = "Data Source=d.db;Setup=\"SELECT '\ud800'\"";
        await AssertFailsAsync<InvalidOperationException>("The set-up is a text with half", () => broken.OpenAsync());
        Assert.Throws<ArgumentException>(() => new IsarConnectionStringBuilder("Foreign Keys=perhaps"));
        var builder = new IsarConnectionStringBuilder("Foreign Keys=1;Setup=x");
        Assert.True(builder.ForeignKeys);
        Assert.Equal("x", builder["setup"]);
        builder.ForeignKeys = null;
        builder.RecursiveTriggers = true;
        Assert.Equal("Recursive Triggers=True;Setup=x", builder.ConnectionString);
    }

    [Fact]
    public async Task A_client_that_is_disposed_stops_its_worker()
    {
        _client.Dispose();
        Assert.Equal(IsarErrorKind.Closed, (await Assert.ThrowsAsync<IsarException>(() => ScalarAsync(_db, "SELECT 1"))).Kind);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _client.OpenAsync("a.db").AsTask());
    }

    [Fact]
    public async Task The_worker_starts_with_the_first_call_and_once()
    {
        (IsarStorageClient client, NativeWorker worker) = NativeWorker.CreateClient();
        IsarConnection closed = client.CreateConnection("a.db");
        Assert.Empty(worker.Log);
        await Task.WhenAll(closed.OpenAsync(), client.StartAsync().AsTask(), client.ExistsAsync("a.db").AsTask());
        Assert.Single(worker.Log, "start");
    }

    [Fact]
    public async Task A_start_that_failed_is_tried_again()
    {
        int starts = 0;
        using var client = new IsarStorageClient(new(), start => ++starts == 1
            ? Task.FromException<IWorker>(new IsarException(IsarErrorKind.Worker, 0, 0, "offline"))
            : Task.FromResult<IWorker>(new NativeWorker()));
        await Assert.ThrowsAsync<IsarException>(() => client.StartAsync().AsTask());
        await client.StartAsync();
        await client.StartAsync();
        Assert.Equal(2, starts);
    }

    [Fact]
    public async Task Names_that_are_none_are_refused()
    {
        foreach (string name in (string[])["../a.db", "a\u0001.db", "\ud800.db", "a//b"])
            Assert.Equal(IsarErrorKind.PathInvalid, (await Assert.ThrowsAsync<IsarException>(() => _client.OpenAsync(name).AsTask())).Kind);
        await Assert.ThrowsAsync<ArgumentException>(() => _client.OpenAsync("").AsTask());
    }

    [Fact]
    public async Task The_schema_table_says_what_is_known()
    {
        await ExecuteAsync(_db, "CREATE TABLE s (a VARCHAR(20), b INTEGER, c DECIMAL(5,2), d); INSERT INTO s VALUES ('x', NULL, NULL, 1.5)");
        await using IsarDataReader reader = await new IsarCommand("SELECT a, b, c, d, b + 1 AS e FROM s", _db).ExecuteReaderAsync();
        await reader.ReadAsync();
        DataTable table = (await reader.GetSchemaTableAsync())!;
        Assert.Equal(
            ["a 0 VARCHAR String", "b 1 INTEGER Int64", "c 2 DECIMAL String", "d 3 REAL Double", "e 4 BLOB Byte[]"],
            table.Rows.Cast<DataRow>()
                .Select(row => $"{row["ColumnName"]} {row["ColumnOrdinal"]} {row["DataTypeName"]} {((Type)row["DataType"]).Name}"));
        Assert.All(table.Rows.Cast<DataRow>(), row => Assert.Equal(DBNull.Value, row["AllowDBNull"]));
        Assert.False(table.Columns.Contains("BaseTableName"));
        Assert.Equal(5, (await reader.GetColumnSchemaAsync()).Count);
        using DataTable loaded = new();
        loaded.Load(await new IsarCommand("SELECT a, d FROM s", _db).ExecuteReaderAsync());
        Assert.Equal(["x", 1.5], loaded.Rows[0].ItemArray);
    }

    [Fact]
    public async Task A_reader_that_closes_the_connection()
    {
        IsarConnection other = await _client.OpenAsync("a.db");
        await using (DbDataReader reader = await new IsarCommand("SELECT 1", other).ExecuteReaderAsync(CommandBehavior.CloseConnection))
            Assert.Equal(ConnectionState.Open, other.State);
        Assert.Equal(ConnectionState.Closed, other.State);
        await Assert.ThrowsAsync<ArgumentException>(() => new IsarCommand("SELECT 1", _db).ExecuteReaderAsync(CommandBehavior.SchemaOnly));
    }

    [Fact]
    public async Task A_closed_reader_and_one_off_its_rows_say_so()
    {
        IsarDataReader reader = await new IsarCommand("SELECT 1 AS a", _db).ExecuteReaderAsync();
        Assert.Contains("not on a row", Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0)).Message, StringComparison.Ordinal);
        Assert.True(reader.Read());
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetInt32(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetInt32(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetOrdinal("b"));
        Assert.False(reader.Read());
        Assert.Throws<InvalidOperationException>(() => reader.GetInt32(0));
        reader.Close();
        Assert.Throws<InvalidOperationException>(() => reader.Read());
        Assert.Throws<InvalidOperationException>(() => reader.FieldCount);
    }

    [Fact]
    public async Task Bytes_and_characters_in_parts()
    {
        await using IsarDataReader reader = await new IsarCommand("SELECT x'00010203', 'abcd'", _db).ExecuteReaderAsync();
        reader.Read();
        var bytes = new byte[3];
        Assert.Equal(4, reader.GetBytes(0, 0, null, 0, 0));
        Assert.Equal(2, reader.GetBytes(0, 2, bytes, 1, 5));
        Assert.Equal([0, 2, 3], bytes);
        Assert.Equal(0, reader.GetBytes(0, 9, bytes, 0, 3));
        var chars = new char[2];
        Assert.Equal(2, reader.GetChars(1, 1, chars, 0, 2));
        Assert.Equal("bc", new string(chars));
    }

    [Fact]
    public void Connection_strings()
    {
        Assert.Equal("a.db", new IsarConnectionStringBuilder("Data Source=a.db;Default Timeout=5").DataSource);
        Assert.Equal(5, new IsarConnectionStringBuilder("Filename=a.db;Command Timeout=5").DefaultTimeout);
        Assert.Equal(30, new IsarConnectionStringBuilder().DefaultTimeout);
        Assert.Equal(
            "Data Source=a.db;Default Timeout=0",
            new IsarConnectionStringBuilder { DataSource = "a.db", DefaultTimeout = 0 }.ConnectionString);
        foreach (string wrong in (string[])["Mode=Memory", "Default Timeout=-1", "Default Timeout=soon", "Password=x"])
            Assert.Throws<ArgumentException>(() => new IsarConnectionStringBuilder(wrong));
        Assert.Throws<InvalidOperationException>(() => _db.ConnectionString = "Data Source=b.db");
        Assert.Equal("3.99.0", _db.ServerVersion);
    }

    [Fact]
    public async Task A_factory_makes_all_of_it()
    {
        using ServiceProvider services = new ServiceCollection().AddIsarStorageClient(options => options.Directory = "d").BuildServiceProvider();
        Assert.Same(services.GetRequiredService<IIsarStorageClient>(), services.GetRequiredService<IsarStorageClient>());
        DbProviderFactory factory = services.GetRequiredService<IsarProviderFactory>();
        using DbConnection connection = factory.CreateConnection()!;
        await AssertFailsAsync<InvalidOperationException>("no database", () => connection.OpenAsync());
        connection.ConnectionString = "Data Source=a.db";
        await AssertFailsAsync<PlatformNotSupportedException>("in a browser only", () => connection.OpenAsync());
        Assert.Same(factory, DbProviderFactories.GetFactory(connection));
        Assert.IsType<IsarCommand>(factory.CreateCommand());
        Assert.IsType<IsarParameter>(factory.CreateParameter());
        Assert.IsType<IsarConnectionStringBuilder>(factory.CreateConnectionStringBuilder());
    }

    [Fact]
    public async Task Every_synchronous_member_that_would_wait_throws_and_names_the_other()
    {
        IsarTransaction transaction = await _db.BeginTransactionAsync();
        IsarCommand command = _db.CreateCommand();
        command.CommandText = "SELECT 1";
        Dictionary<string, Action> members = new()
        {
            ["OpenAsync"] = _client.CreateConnection("b.db").Open,
            ["BeginTransactionAsync"] = () => ((DbConnection)_db).BeginTransaction(),
            ["ExecuteNonQueryAsync"] = () => command.ExecuteNonQuery(),
            ["ExecuteScalarAsync"] = () => command.ExecuteScalar(),
            ["ExecuteReaderAsync"] = () => ((DbCommand)command).ExecuteReader(),
            ["CommitAsync"] = transaction.Commit,
            ["RollbackAsync"] = transaction.Rollback,
            ["SaveAsync"] = () => transaction.Save("a"),
            ["ReleaseAsync"] = () => transaction.Release("a"),
        };
        _worker.Log.Clear();
        foreach ((string instead, Action member) in members)
            Assert.EndsWith($"use {instead}.", Assert.Throws<NotSupportedException>(member).Message, StringComparison.Ordinal);
        Assert.Contains("use RollbackAsync", Assert.Throws<NotSupportedException>(() => transaction.Rollback("a")).Message, StringComparison.Ordinal);
        NotSupportedException refusal = Assert.Throws<NotSupportedException>(
            () => ((DbConnection)_db).BeginTransaction(IsolationLevel.Serializable));
        Assert.Contains("BeginTransactionAsync", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => _db.ChangeDatabase("b.db"));
        Assert.Throws<NotSupportedException>(() => _db.GetSchema());
        Assert.Throws<NotSupportedException>(() => _db.CreateBatch());
        Assert.Empty(_worker.Log);
    }

    /// <summary>A base class may do without waiting, or with a made-up value, what nobody thought of here.</summary>
    [Fact]
    public void Every_virtual_member_is_either_overridden_or_known()
    {
        string[] known =
        [
            // Of all: what a component has, and what .NET itself does with what is overridden.
            "CanRaiseEvents", "Container", "DesignMode", "Dispose", "DisposeAsync", "Equals", "Finalize", "GetHashCode", "GetLifetimeService",
            "GetService", "InitializeLifetimeService", "OnStateChange", "Site", "StateChange", "ToString",
            // Throw NotSupportedException, or refuse.
            "CanCreateBatch", "CreateDbBatch", "EnlistTransaction", "GetSchema", "GetSchemaAsync", "GetDbDataReader", "GetSchemaTableAsync",
            // Use what is overridden.
            "GetColumnSchemaAsync", "GetProviderSpecificFieldType", "GetProviderSpecificValue", "GetProviderSpecificValues", "VisibleFieldCount",
            "ChangeDatabaseAsync", "PrepareAsync",
            // Of a parameter: numbers that SQLite has no use for.
            "Precision", "Scale", "SourceVersion",
            // Of a collection: what .NET's lists say of themselves.
            "IsFixedSize", "IsReadOnly", "IsSynchronized",
        ];
        Type[] types =
        [
            typeof(IsarConnection), typeof(IsarCommand), typeof(IsarDataReader), typeof(IsarTransaction), typeof(IsarParameter),
            typeof(IsarParameterCollection),
        ];
        foreach (Type type in types)
        {
            IEnumerable<string> inherited = type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Where(method => method.IsVirtual && !method.IsFinal && method.DeclaringType != type)
                .Select(method => method.Name.Split('_', 2) is ["get" or "set" or "add" or "remove", var property] ? property : method.Name);
            Assert.Empty(inherited.Except(known).Select(name => $"{type.Name}.{name}"));
        }
    }

    private static async Task AssertFailsAsync<T>(string words, Func<Task> action)
        where T : Exception => Assert.Contains(words, (await Assert.ThrowsAsync<T>(action)).Message, StringComparison.Ordinal);

    private static async Task<int> ExecuteAsync(IsarConnection connection, string sql)
    {
        await using IsarCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(IsarConnection connection, string sql)
    {
        await using IsarCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
