using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Isar.Storage.Client;
using Isar.Storage.Protocol;
using SQLitePCL;
using Xunit;

namespace Isar.Storage.Tests.Client;

/// <summary>
/// Stands in for the worker: the messages of the client's tests, run by SQLite in this process. Databases live in memory and are shared by
/// name, and take no turns: that is the worker's. Every call is answered later, as a worker does. After a death the next call starts it again.
/// </summary>
internal sealed class NativeWorker : IWorker
{
    private readonly Dictionary<int, sqlite3> _connections = [];

    /// <summary>The connections that were not used since the last death.</summary>
    private readonly HashSet<int> _lost = [];
    private readonly string _id = Guid.NewGuid().ToString("N");
    private int _last;

    static NativeWorker() => Batteries_V2.Init();

    /// <summary>Gets the SQL that databases were opened with.</summary>
    public Dictionary<string, string> Setups { get; } = [];

    /// <summary>Gets what was sent, such as <c>run BEGIN</c>.</summary>
    public List<string> Log { get; } = [];

    /// <summary>Gets how long each call that begins a transaction or runs statements may wait for its turn; zero for ever.</summary>
    public List<TimeSpan> Timeouts { get; } = [];

    /// <summary>Gets how often the page's other tasks could run.</summary>
    public int Pauses { get; private set; }

    /// <summary>Gets or sets what the answers wait for.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    private IsarException? _death;
    private bool _dead;

    public static (IsarStorageClient Client, NativeWorker Worker) CreateClient()
    {
        var worker = new NativeWorker();
        return (new IsarStorageClient(new(), start => worker.StartAsync(start)), worker);
    }

    /// <summary>Gets what the client was started with.</summary>
    public StartContext? Started { get; private set; }

    public async Task<JsonElement> RequestAsync(
        string method, string fields, IProgress<StorageProgress>? progress, CancellationToken cancellationToken)
    {
        JsonElement sent = JsonDocument.Parse(fields).RootElement;
        bool isLost = sent.TryGetProperty("database", out JsonElement database) && _lost.Contains(database.GetInt32());
        if (!isLost)
        {
            bool isDeferred = sent.TryGetProperty("deferred", out JsonElement deferred) && deferred.GetBoolean();
            if (method == "begin")
                Timeouts.Add(sent.TryGetProperty("waitMs", out JsonElement wait) ? TimeSpan.FromMilliseconds(wait.GetDouble()) : TimeSpan.Zero);
            await AnswerLaterAsync(isDeferred ? $"{method} deferred" : method);
            if (method == "begin")
                cancellationToken.ThrowIfCancellationRequested();
        }
        else if (method == "commit")
        {
            throw _death!;
        }
        string result = method switch
        {
            "open" => Open(sent.GetProperty("name").GetString()!, sent.GetProperty("setup").GetString()!),
            "begin" => Begin(sent.GetProperty("database").GetInt32(), sent.GetProperty("deferred").GetBoolean()),
            "commit" => Commit(sent.GetProperty("database").GetInt32()),
            "rollback" => Rollback(sent.GetProperty("database").GetInt32()),
            "close" => Close(sent.GetProperty("database").GetInt32()),
            "delete" or "exists" => "true",
            "diagnostics" => """{ "sqliteVersion": "3.99.0" }""",
            _ => throw new InvalidOperationException(method),
        };
        return JsonDocument.Parse(result).RootElement;
    }

    public async Task<RunResult> RunAsync(
        int database, string sql, ReadOnlyMemory<byte> parameters, bool transaction, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (transaction && _lost.Contains(database))
            throw _death!;
        Timeouts.Add(timeout);
        await AnswerLaterAsync($"run {sql}");
        _lost.Remove(database);
        cancellationToken.ThrowIfCancellationRequested();
        sqlite3 connection = Find(database);
        if (transaction && raw.sqlite3_get_autocommit(connection) != 0)
            throw new IsarException(IsarErrorKind.Sqlite, 4, 516, "The transaction is over.");
        return new NativeRun(this, connection, parameters.Span).Run(sql);
    }

    public Task<(byte[] Bytes, bool Done)> PullAsync(int stream, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> PushAsync(int stream, ArraySegment<byte> bytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task LetOthersRunAsync()
    {
        Pauses++;
        return Task.CompletedTask;
    }

    public Task<bool> PersistAsync() => Task.FromResult(true);

    public void Stop() => Die(new IsarException(IsarErrorKind.Closed, 21, 21, "The storage was stopped."));

    /// <summary>Ends as a worker does that dies.</summary>
    public void Die(IsarException error)
    {
        _death = error;
        _dead = true;
        foreach ((int number, sqlite3 connection) in _connections)
        {
            _lost.Add(number);
            if (raw.sqlite3_get_autocommit(connection) == 0)
                Assert.True(raw.sqlite3_exec(connection, "ROLLBACK") == raw.SQLITE_OK);
        }
    }

    private Task<IWorker> StartAsync(StartContext start)
    {
        Started = start;
        Log.Add("start");
        return Task.FromResult<IWorker>(this);
    }

    private async Task AnswerLaterAsync(string call)
    {
        Revive();
        Log.Add(call);
        IsarException? before = _death;
        await Task.Yield();
        await Before(call);
        if (_death != before)
            throw _death!;
    }

    private void Revive()
    {
        if (!_dead)
            return;
        if (_death!.Kind == IsarErrorKind.Closed)
            throw _death;
        _dead = false;
        Log.Add("restart");
        Started!.OnRestart(_death);
    }

    private sqlite3 Find(int database) => _connections.TryGetValue(database, out sqlite3? connection)
        ? connection
        : throw new IsarException(IsarErrorKind.Closed, 21, 21, $"There is no open database {database}.");

    private string Open(string name, string setup)
    {
        Setups[name] = setup;
        const int ReadWriteCreateUri = 2 | 4 | 0x40;
        string uri = $"file:{_id}-{name}?mode=memory&cache=shared";
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(uri, out sqlite3 connection, ReadWriteCreateUri, null));
        _connections.Add(++_last, connection);
        return $"{_last}";
    }

    private string Begin(int database, bool deferred)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(Find(database), deferred ? "BEGIN" : "BEGIN IMMEDIATE"));
        return "null";
    }

    private string Commit(int database)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(Find(database), "COMMIT"));
        return "null";
    }

    private string Rollback(int database)
    {
        if (raw.sqlite3_get_autocommit(Find(database)) == 0)
            Assert.True(raw.sqlite3_exec(Find(database), "ROLLBACK") == raw.SQLITE_OK);
        return "null";
    }

    private string Close(int database)
    {
        Assert.True(raw.sqlite3_close_v2(Find(database)) == raw.SQLITE_OK);
        _connections.Remove(database);
        return "null";
    }
}

/// <summary>One request to run statements, as <c>connection.ts</c> serves it.</summary>
internal sealed class NativeRun
{
    private readonly IWorker _worker;
    private readonly sqlite3 _connection;
    private readonly List<(string Name, Tag Tag, byte[] Bytes)> _parameters = [];
    private readonly MemoryStream _results = new();

    public NativeRun(IWorker worker, sqlite3 connection, ReadOnlySpan<byte> parameters)
    {
        _worker = worker;
        _connection = connection;
        int at = sizeof(int);
        for (int left = BinaryPrimitives.ReadInt32LittleEndian(parameters); left > 0; left--)
        {
            string name = Encoding.UTF8.GetString(Cut(parameters, ref at));
            var tag = (Tag)parameters[at++];
            int length = tag switch { Tag.Int32 => 4, Tag.Int64 or Tag.Float64 => 8, _ => 0 };
            _parameters.Add((name, tag, tag is Tag.Text or Tag.Blob ? Cut(parameters, ref at).ToArray() : parameters.Slice(at, length).ToArray()));
            at += length;
        }
        Assert.Equal(parameters.Length, at);
    }

    public RunResult Run(string sql)
    {
        long changes = -1;
        for (string? rest = sql; !string.IsNullOrWhiteSpace(rest);)
        {
            Check(raw.sqlite3_prepare_v2(_connection, rest, out sqlite3_stmt statement, out rest));
            if (statement.IsInvalid)
                continue;
            using (statement)
            {
                int before = raw.sqlite3_total_changes(_connection);
                Bind(statement);
                Step(statement);
                int changed = raw.sqlite3_total_changes(_connection) == before ? 0 : raw.sqlite3_changes(_connection);
                if (raw.sqlite3_stmt_readonly(statement) == 0)
                    changes = Math.Max(changes, 0) + changed;
            }
        }
        return new RunResult(_results.ToArray(), changes, _worker);
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> block, ref int at)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(block[at..]);
        ReadOnlySpan<byte> bytes = block.Slice(at + sizeof(int), length);
        at += sizeof(int) + length;
        return bytes;
    }

    private void Bind(sqlite3_stmt statement)
    {
        for (int i = 1; i <= raw.sqlite3_bind_parameter_count(statement); i++)
        {
            string? name = raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string();
            int index = name is null ? i - 1 : _parameters.FindIndex(parameter => parameter.Name == name[1..]);
            if (index < 0)
                throw new IsarException(IsarErrorKind.Usage, 21, 21, $"Parameter {i} ({name}) has no value.");
            (_, Tag tag, byte[] bytes) = _parameters[index];
            Check(tag switch
            {
                Tag.Null => raw.sqlite3_bind_null(statement, i),
                Tag.Int32 => raw.sqlite3_bind_int(statement, i, BinaryPrimitives.ReadInt32LittleEndian(bytes)),
                Tag.Int64 => raw.sqlite3_bind_int64(statement, i, BinaryPrimitives.ReadInt64LittleEndian(bytes)),
                Tag.Float64 => raw.sqlite3_bind_double(statement, i, BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
                Tag.Text => raw.sqlite3_bind_text(statement, i, bytes.AsSpan()),
                _ => bytes.Length == 0 ? raw.sqlite3_bind_zeroblob(statement, i, 0) : raw.sqlite3_bind_blob(statement, i, bytes),
            });
        }
    }

    private void Step(sqlite3_stmt statement)
    {
        int columns = raw.sqlite3_column_count(statement);
        var names = Enumerable.Range(0, columns).ToList();
        using var rows = new MemoryStream();
        int count = 0;
        int code;
        while ((code = raw.sqlite3_step(statement)) == raw.SQLITE_ROW)
        {
            count++;
            names.ForEach(column => WriteValue(rows, statement, column));
        }
        if (code != raw.SQLITE_DONE)
            Check(code);
        if (columns == 0)
            return;
        WriteCount(_results, columns);
        names.ForEach(column => WriteText(_results, raw.sqlite3_column_decltype(statement, column).utf8_to_string()));
        WriteCount(_results, columns);
        WriteCount(_results, count);
        names.ForEach(column => WriteText(_results, raw.sqlite3_column_name(statement, column).utf8_to_string()));
        rows.WriteTo(_results);
    }

    private static void WriteValue(Stream stream, sqlite3_stmt statement, int column)
    {
        switch (raw.sqlite3_column_type(statement, column))
        {
            case raw.SQLITE_INTEGER:
                long integer = raw.sqlite3_column_int64(statement, column);
                bool isShort = integer is >= int.MinValue and <= int.MaxValue;
                stream.WriteByte((byte)(isShort ? Tag.Int32 : Tag.Int64));
                stream.Write(isShort ? BitConverter.GetBytes((int)integer) : BitConverter.GetBytes(integer));
                break;
            case raw.SQLITE_FLOAT:
                stream.WriteByte((byte)Tag.Float64);
                stream.Write(BitConverter.GetBytes(raw.sqlite3_column_double(statement, column)));
                break;
            case raw.SQLITE_TEXT:
            case raw.SQLITE_BLOB:
                stream.WriteByte((byte)(raw.sqlite3_column_type(statement, column) == raw.SQLITE_TEXT ? Tag.Text : Tag.Blob));
                ReadOnlySpan<byte> bytes = raw.sqlite3_column_blob(statement, column);
                WriteCount(stream, bytes.Length);
                stream.Write(bytes);
                break;
            default:
                stream.WriteByte((byte)Tag.Null);
                break;
        }
    }

    private static void WriteText(Stream stream, string? text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
        WriteCount(stream, bytes.Length);
        stream.Write(bytes);
    }

    private static void WriteCount(Stream stream, int count) => stream.Write(BitConverter.GetBytes(count));

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errmsg(_connection).utf8_to_string();
            throw new IsarException(IsarErrorKind.Sqlite, code & 0xff, raw.sqlite3_extended_errcode(_connection), message);
        }
    }
}
