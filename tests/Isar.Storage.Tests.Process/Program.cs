// A process of ours for tests: what the sqlite3 program does with a script, on our storage. Each line of the input is SQL, or one of the
// two commands ".print TEXT" and ".timeout MILLISECONDS".
using System.Globalization;
using Isar.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SQLitePCL;

await using ServiceProvider services = new ServiceCollection()
    .AddIsarStorage(options => options.Directory = args[0]).UseNative().Services.BuildServiceProvider();
await using SqliteConnection connection = await services.GetRequiredService<IIsarStorage>().OpenAsync(args[1]);
while (Console.ReadLine() is { } line)
{
    string[] parts = line.Split(' ', 2);
    if (parts[0] == ".print")
        Console.WriteLine(parts[1]);
    else if (parts[0] == ".timeout")
        raw.sqlite3_busy_timeout(connection.Handle, int.Parse(parts[1], CultureInfo.InvariantCulture));
    else
        Run(line);
}

void Run(string sql)
{
    int code = raw.sqlite3_exec(connection.Handle, sql, PrintRow, null, out string message);
    if (code != raw.SQLITE_OK)
        Console.WriteLine($"Runtime error: {message} ({raw.sqlite3_extended_errcode(connection.Handle)})");
}

static int PrintRow(object user, string[] values, string[] names)
{
    Console.WriteLine(string.Join('|', values));
    return 0;
}
