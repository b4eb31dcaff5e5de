using Isar.Storage.Tests.Worlds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SQLitePCL;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>Who is at work on a database.</summary>
public enum Who
{
    /// <summary>A connection of this process.</summary>
    Us,

    /// <summary>Another process of ours.</summary>
    OurProcess,

    /// <summary>The <c>sqlite3</c> program.</summary>
    Stock,
}

/// <summary>A database in a folder of its own, and everybody who has it open.</summary>
internal sealed class SharedDatabase : IAsyncDisposable
{
    public const string Name = "shared.db";

    private readonly List<ISqlSession> _sessions = [];
    private readonly ServiceProvider _services;

    public SharedDatabase() => _services = CreateServices();

    /// <summary>Gets what this process logs.</summary>
    public LogCapture Log { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("isar-concurrency-").FullName;

    public string File => Path.Combine(Folder, Name);

    public string Journal => File + "-journal";

    public IIsarStorage Storage => _services.GetRequiredService<IIsarStorage>();

    public static async Task<SharedDatabase> CreateAsync(string sql)
    {
        var database = new SharedDatabase();
        await using SqlProcess stock = SqlProcess.StartStock(database.File);
        await stock.MustAsync(sql);
        await stock.EndAsync();
        return database;
    }

    /// <summary>Makes other services over the same folder, which do not wait.</summary>
    public ServiceProvider CreateServices() => new ServiceCollection()
        .AddLogging(logging => logging.AddProvider(Log))
        .AddIsarStorage(options =>
        {
            options.Directory = Folder;
            options.OpenTimeout = TimeSpan.Zero;
        })
        .UseNative().Services.BuildServiceProvider();

    /// <summary>Opens a connection that lives as long as this, unless it is closed before.</summary>
    public ISqlSession Open(Who who)
    {
        ISqlSession session = who == Who.Us ? OpenConnection() : OpenProcess(who);
        _sessions.Add(session);
        return session;
    }

    public SqlProcess OpenProcess(Who who)
    {
        SqlProcess process = who == Who.Stock ? SqlProcess.StartStock(File) : SqlProcess.StartOurs(File);
        _sessions.Add(process);
        return process;
    }

    /// <summary>Opens a connection by a URI with a parameter (<see href="https://sqlite.org/uri.html">Uniform Resource Identifiers</see>).</summary>
    public ISqlSession OpenUri(Who who, string parameter)
    {
        string uri = $"file:{File}?{parameter}";
        ISqlSession session = who == Who.Stock ? SqlProcess.StartStock(uri) : OpenConnection(uri);
        _sessions.Add(session);
        return session;
    }

    private Connection OpenConnection(string? source = null)
    {
        var settings = new SqliteConnectionStringBuilder(Storage.GetConnectionString(Name));
        settings.DataSource = source ?? settings.DataSource;
        var connection = new SqliteConnection(settings.ToString());
        connection.Open();
        return new Connection(connection);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ISqlSession session in _sessions)
            await session.DisposeAsync();
        await _services.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Executes on a thread of its own, where SQLite may wait for a lock.</summary>
    private sealed class Connection(SqliteConnection connection) : ISqlSession
    {
        public Task<SqlAnswer> RunAsync(string sql) => Task.Run(() => Run(sql)).WaitAsync(SqlProcess.Patience);

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private SqlAnswer Run(string sql)
        {
            List<string> rows = [];
            int code = raw.sqlite3_exec(connection.Handle, sql, (_, values, _) => Add(rows, values), null, out _);
            return new SqlAnswer(code == raw.SQLITE_OK ? code : raw.sqlite3_extended_errcode(connection.Handle), rows);
        }

        private static int Add(List<string> rows, string[] values)
        {
            rows.Add(string.Join('|', values));
            return 0;
        }
    }
}
