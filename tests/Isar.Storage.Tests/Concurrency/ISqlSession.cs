using System.Text.RegularExpressions;
using Xunit;

namespace Isar.Storage.Tests.Concurrency;

/// <summary>Somebody with a connection to a database: in this process, in another one of ours, or the <c>sqlite3</c> program.</summary>
internal interface ISqlSession : IAsyncDisposable
{
    Task<SqlAnswer> RunAsync(string sql);
}

/// <summary>What SQL gave: SQLite's code, 0 for success, and the rows, their columns separated by <c>|</c>.</summary>
internal sealed partial record SqlAnswer(int Code, IReadOnlyList<string> Rows)
{
    public static SqlAnswer Parse(IReadOnlyCollection<string> lines)
        => new(lines.Select(CodeOf).FirstOrDefault(code => code != 0), [.. lines.Where(line => CodeOf(line) == 0)]);

    /// <summary>Gets the code of a line that reports an error, 0 of any other.</summary>
    public static int CodeOf(string line)
        => ErrorLine().Match(line) is { Success: true } error ? int.Parse(error.Groups[1].ValueSpan) : 0;

    [GeneratedRegex(@"^(?:Runtime|Parse) error.*\((\d+)\)$")]
    private static partial Regex ErrorLine();
}

internal static class SqlSessionExtensions
{
    public static async Task<string> MustAsync(this ISqlSession session, string sql)
    {
        SqlAnswer answer = await session.RunAsync(sql);
        Assert.True(answer.Code == 0, $"\"{sql}\" gave {answer.Code}.");
        return string.Join(' ', answer.Rows);
    }

    public static async Task<int> TryAsync(this ISqlSession session, string sql) => (await session.RunAsync(sql)).Code;
}
