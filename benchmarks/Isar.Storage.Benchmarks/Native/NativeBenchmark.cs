using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Isar.Storage.Benchmarks.Native;

/// <summary>The same SQL through the native backend and through SQLite's own VFS, in one process and in turns.</summary>
internal static class NativeBenchmark
{
    private const int Rounds = 101;

    /// <summary>Not counted: they compile the code and fill the caches.</summary>
    private const int WarmUpRounds = 3;

    private const int Scale = 2;
    private const string Ours = "this library";
    private const string Stock = "SQLite alone";

    public static BenchmarkResult Run(Arguments arguments)
    {
        int scale = arguments.IsQuick ? 1 : Scale;
        DateTimeOffset started = DateTimeOffset.Now;
        double[]? loadBefore = MachineFacts.ReadLoad();
        MachineFacts machine = MachineFacts.Read();
        string directory = Directory.CreateTempSubdirectory("isar-benchmark-").FullName;
        try
        {
            using ServiceProvider services = new ServiceCollection()
                .AddIsarStorage(options => options.Directory = directory).UseNative().Services.BuildServiceProvider();
            using NativeSide ours = StartOurs(services.GetRequiredService<IIsarStorage>());
            using NativeSide stock = StartStock(Path.Combine(directory, "stock.db"));
            string engine = EngineOf(ours);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Arguments.Native}, {engine}, {machine.System}, {started:d MMMM yyyy}"));
            ResultTable table = Measure(arguments.IsQuick ? 1 : Rounds, scale, ours, stock);
            double[]? loadAfter = MachineFacts.ReadLoad();
            Console.WriteLine(machine.Describe(loadBefore, loadAfter));
            table.Print(Console.Out);
            return new BenchmarkResult(
                Arguments.Native, engine, started, arguments.Page, machine, loadBefore, loadAfter, [table.ToResult()], [], Error: null);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static ResultTable Measure(int rounds, int scale, NativeSide ours, NativeSide stock)
    {
        var table = new ResultTable("Native files; in brackets SQLite's time through ours", "ms", [Ours, Stock], reference: Ours, mean: true);
        IReadOnlyList<NativeScenario> scenarios = NativeScenario.All(scale);
        foreach (NativeSide side in (NativeSide[])[ours, stock])
            NativeScenario.CreateTables(side, scale);
        // Not in turns but by chance, the same in each run: garbage is collected at regular times, and should not meet always the same.
        var order = new Random(1);
        for (int round = -WarmUpRounds; round < rounds; round++)
        {
            foreach (NativeScenario scenario in scenarios)
            {
                foreach (NativeSide side in order.Next(2) == 0 ? (NativeSide[])[ours, stock] : [stock, ours])
                {
                    double time = Time(scenario, side);
                    if (round >= 0)
                        table.Add(scenario.Name, side.Name, time);
                }
            }
        }
        return table;
    }

    private static double Time(NativeScenario scenario, NativeSide side)
    {
        scenario.Before?.Invoke(side);
        long start = Stopwatch.GetTimestamp();
        scenario.Run(side);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static NativeSide StartOurs(IIsarStorage storage)
    {
        const string Name = "ours.db";
        return new NativeSide(
            Ours,
            storage.GetConnectionString(Name),
            () => Wait(storage.OpenAsync(Name)),
            work => Wait(storage.ExecuteInTransactionAsync(Name, (connection, _) =>
            {
                work(connection);
                return ValueTask.FromResult(true);
            })));
    }

    private static NativeSide StartStock(string path)
    {
        string source = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();
        return new NativeSide(Stock, source, Open, work =>
        {
            using SqliteConnection connection = Open();
            NativeSide.Execute(connection, "PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE");
            work(connection);
            NativeSide.Execute(connection, "COMMIT");
        });

        SqliteConnection Open()
        {
            var connection = new SqliteConnection(source);
            connection.Open();
            return connection;
        }
    }

    /// <summary>A program without a browser may wait; native files have little to wait for.</summary>
    private static T Wait<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static string EngineOf(NativeSide side)
    {
        using SqliteCommand command = side.Connection.CreateCommand();
        command.CommandText = "SELECT 'SQLite ' || sqlite_version()";
        return (string)command.ExecuteScalar()!;
    }
}
