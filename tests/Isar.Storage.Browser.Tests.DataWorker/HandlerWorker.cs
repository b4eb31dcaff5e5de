using System.Text.Json.Serialization;
using Isar.Storage.DataAccess.Library;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;

namespace Isar.Storage.Browser.Tests.DataWorker;

/// <summary>The worker under the address <c>#handlers</c>: a host with handlers of its own, as a project publishes one.</summary>
internal static class HandlerWorker
{
    private const string Database = "library.db";

    public static Task RunAsync() => WorkerHost.RunAsync(static (storage, _) =>
    {
        storage.UseOpfs().UseIndexedDb();
        storage.ConfigureConnections(static connection =>
        {
            connection.CreateFunction("shout", static (string text) => text.ToUpperInvariant() + "!");
            Guard(connection);
            connection.CreateFunction("fails", static int (string why) => throw new InvalidOperationException(why));
        });
        storage.Services.AddSingleton<Meetings>();
        storage.Services.AddDbContext<LibraryContext>(static (services, options) =>
            options.UseSqlite(services.GetRequiredService<IIsarStorage>().GetConnectionString(Database)));
        AddLibrary(storage.Services);
        AddFailures(storage.Services);
        storage.Services.AddWorkerHandler(
            "transact", HandlerJson.Default.String, HandlerJson.Default.Int32, static async (services, failure, token) =>
            await services.GetRequiredService<IIsarStorage>().ExecuteInTransactionAsync("transacted.db", (connection, _) =>
            {
                using SqliteCommand command = connection.CreateCommand();
                command.CommandText = "INSERT INTO t VALUES (1)";
                int changes = command.ExecuteNonQuery();
                return failure == "" ? ValueTask.FromResult(changes) : throw new InvalidOperationException(failure);
            }, token));
        storage.Services.AddWorkerHandler("echo", HandlerJson.Default.Echo, HandlerJson.Default.Echo,
            static (_, echo, _) => ValueTask.FromResult(echo));
        storage.Services.AddWorkerHandler("meet", HandlerJson.Default.String, HandlerJson.Default.Int32,
            static async (services, name, token) => await services.GetRequiredService<Meetings>().MeetAsync(name, token));
    });

    /// <summary>Nobody reads the table <c>secret</c>, and a statement that calls <c>give_up</c> ends soon.</summary>
    private static void Guard(SqliteConnection connection)
    {
        bool givesUp = false;
        connection.CreateFunction("give_up", () => givesUp = true);
        raw.sqlite3_progress_handler(connection.Handle, 1000, _ => Interlocked.Exchange(ref givesUp, false) ? 1 : 0, null);
        raw.sqlite3_set_authorizer(
            connection.Handle,
            (strdelegate_authorizer)(static (_, action, table, _, _, _) =>
                action == raw.SQLITE_READ && table == "secret" ? raw.SQLITE_DENY : raw.SQLITE_OK),
            null);
    }

    private static void AddLibrary(IServiceCollection services)
    {
        services.AddWorkerHandler("library/add", HandlerJson.Default.StringArray, HandlerJson.Default.Int32, static async (services, names, token) =>
        {
            LibraryContext context = await OpenAsync(services, token);
            context.AddRange(names.Select(name => new Author { Name = name, Books = { new Book { Title = $"by {name}" } } }));
            await context.SaveChangesAsync(token);
            return await context.Authors.CountAsync(token);
        });
        services.AddWorkerHandler("library/list", HandlerJson.Default.EntryArray, static async (services, token) =>
        {
            LibraryContext context = await OpenAsync(services, token);
            return await context.Authors.OrderBy(author => author.Name)
                .Select(author => new Entry(author.Name, author.Books.Count))
                .ToArrayAsync(token);
        });
    }

    private static void AddFailures(IServiceCollection services)
    {
        services.AddWorkerHandler("fail/own", HandlerJson.Default.Int32, static ValueTask<int> (_, _) =>
            throw new InvalidOperationException("on purpose", new FormatException("the cause")));
        services.AddWorkerHandler("fail/cancelled", HandlerJson.Default.Int32, static ValueTask<int> (_, _) =>
            throw new OperationCanceledException("by itself"));
        services.AddWorkerHandler("fail/storage", HandlerJson.Default.Int32, static ValueTask<int> (_, _) =>
            throw new StorageException(StorageErrorKind.Full, "no space, on purpose"));
        services.AddWorkerHandler("fail/function", HandlerJson.Default.Int32, static async (services, token) =>
        {
            await using SqliteConnection connection = await services.GetRequiredService<IIsarStorage>().OpenAsync(Database, cancellationToken: token);
            connection.CreateFunction("fails", int () => throw new InvalidOperationException("out of cheese"));
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "SELECT fails()";
            return await command.ExecuteScalarAsync(token) is long ? 1 : 0;
        });
        services.AddWorkerHandler("fail/sqlite", HandlerJson.Default.Int32, static async (services, token) =>
        {
            await using SqliteConnection connection = await services.GetRequiredService<IIsarStorage>().OpenAsync(Database, cancellationToken: token);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE IF NOT EXISTS one (x UNIQUE); INSERT INTO one VALUES (1), (1)";
            return await command.ExecuteNonQueryAsync(token);
        });
    }

    private static async Task<LibraryContext> OpenAsync(IServiceProvider services, CancellationToken token)
    {
        await services.GetRequiredService<IIsarStorage>().PrepareAsync(Database, cancellationToken: token);
        LibraryContext context = services.GetRequiredService<LibraryContext>();
        await context.Database.MigrateAsync(token);
        return context;
    }

    /// <summary>Where two calls wait for each other, which they can only when both run.</summary>
    private sealed class Meetings
    {
        private readonly Dictionary<string, TaskCompletionSource<int>> _waiting = [];

        public Task<int> MeetAsync(string name, CancellationToken cancellationToken)
        {
            if (_waiting.Remove(name, out TaskCompletionSource<int>? first))
            {
                first.SetResult(1);
                return Task.FromResult(2);
            }
            var meeting = new TaskCompletionSource<int>();
            _waiting.Add(name, meeting);
            cancellationToken.Register(() => _waiting.Remove(name));
            return meeting.Task.WaitAsync(cancellationToken);
        }
    }
}

/// <summary>What comes back as it went.</summary>
internal sealed record Echo(string Text, double[] Numbers, Echo? Inner);

/// <summary>An author as the page sees one.</summary>
internal sealed record Entry(string Name, int Books);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Echo))]
[JsonSerializable(typeof(Entry[]))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(int))]
internal sealed partial class HandlerJson : JsonSerializerContext;
