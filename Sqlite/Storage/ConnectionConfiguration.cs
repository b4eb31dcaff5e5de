using Microsoft.Data.Sqlite;

namespace Isar.Storage.Sqlite;

/// <summary>What the app does with every connection before it is handed out.</summary>
internal sealed record ConnectionConfiguration(Action<SqliteConnection> Configure);
