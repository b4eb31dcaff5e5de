using Isar.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage;

/// <summary>Prepares the connections that a storage opens.</summary>
public static class StorageConnectionBuilderExtensions
{
    /// <summary>
    /// Runs code on every connection that <see cref="IIsarStorage"/> opens, before it is handed out: adds
    /// <see href="https://learn.microsoft.com/dotnet/standard/data/sqlite/user-defined-functions">functions</see>, aggregates and collations,
    /// sets PRAGMAs. In a browser's worker this includes the connections of its page, so the page's SQL can call functions in C#.
    /// </summary>
    /// <remarks>
    /// Connections made from <see cref="IIsarStorage.GetConnectionString"/>, such as those of EF Core, are not included: prepare those where
    /// they are made. An exception from the code fails the opening, and the connection is closed. Called in the order of adding, on any thread.
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
