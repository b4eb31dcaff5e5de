using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage;

/// <summary>Prepares the connections that a storage opens.</summary>
public static class StorageConnectionBuilderExtensions
{
    /// <summary>
    /// Runs something on every connection that <see cref="IIsarStorage"/> opens, before anybody else has it: adds
    /// <see href="https://learn.microsoft.com/dotnet/standard/data/sqlite/user-defined-functions">functions</see>, aggregates and collations,
    /// sets PRAGMAs. In a browser's worker the connections of its page are among them, so the page's SQL can call functions in C#.
    /// </summary>
    /// <remarks>
    /// Connections that are made from <see cref="IIsarStorage.GetConnectionString"/>, such as those of EF Core, are not: prepare those
    /// where they are made. What it throws is thrown by who opens, and nothing stays open. Called in the order of adding, on any thread.
    /// </remarks>
    /// <param name="builder">What <c>AddIsarStorage</c> returned.</param>
    /// <param name="configure">Gets the open connection, which it must not keep, close or leave in a transaction.</param>
    public static IIsarStorageBuilder ConfigureConnections(this IIsarStorageBuilder builder, Action<SqliteConnection> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.AddSingleton(new ConnectionConfiguration(configure));
        return builder;
    }
}
