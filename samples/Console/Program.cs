using Isar.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

ServiceCollection services = new();
services.AddIsarStorage(options => options.Directory = "notes").UseNative();
await using ServiceProvider provider = services.BuildServiceProvider();
IIsarStorage storage = provider.GetRequiredService<IIsarStorage>();

await using SqliteConnection connection = await storage.OpenAsync("notes.db");
using SqliteCommand create = connection.CreateCommand();
create.CommandText = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";
create.ExecuteNonQuery();

using (SqliteTransaction transaction = connection.BeginTransaction())
{
    using SqliteCommand insert = connection.CreateCommand();
    insert.CommandText = "INSERT INTO note (text) VALUES ($text)";
    SqliteParameter text = insert.Parameters.Add("$text", SqliteType.Text);
    foreach (string line in args.DefaultIfEmpty($"Written on {DateTime.Now:F}"))
    {
        text.Value = line;
        insert.ExecuteNonQuery();
    }

    transaction.Commit();
}

using SqliteCommand select = connection.CreateCommand();
select.CommandText = "SELECT id, text FROM note ORDER BY id";
using (SqliteDataReader reader = select.ExecuteReader())
{
    while (reader.Read())
        Console.WriteLine($"{reader.GetInt64(0),4}  {reader.GetString(1)}");
}

StorageReport report = await storage.GetReportAsync();
Console.WriteLine($"""

    Backend     {report.Backend}: {report.Reason}
    Location    {report.Location}
    Durability  {report.Durability}
    Size        {report.UsedBytes} bytes
    """);
