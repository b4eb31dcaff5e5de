using Xunit;

namespace Isar.Storage.Tests.Concurrency.Copies;

/// <summary>Copies that the <c>sqlite3</c> program makes while processes of ours write.</summary>
public sealed class StockCopyTests
{
    private const int Copies = 5;

    [Theory]
    [InlineData(".backup '{0}'")]
    [InlineData("VACUUM INTO '{0}'")]
    public async Task A_copy_by_sqlite3_is_a_committed_state_and_the_last_one_is_the_database(string command)
    {
        await using Ledger ledger = await Ledger.CreateAsync();
        await ledger.WriteAsync();
        for (int i = 0; i < Copies; i++)
        {
            await ledger.WaitForAsync(transfers: 3);
            int before = ledger.Acknowledged;
            int count = await Ledger.CountAsync(await CopyAsync($"copy{i}.db"));
            Assert.InRange(count, before, ledger.Possible);
        }
        await ledger.StopAsync();

        string last = await CopyAsync("last.db");
        Assert.Equal(ledger.Acknowledged, await Ledger.CountAsync(last));
        Assert.Equal(await Ledger.DumpAsync(ledger.Database.File), await Ledger.DumpAsync(last));

        async Task<string> CopyAsync(string name)
        {
            string copy = Path.Combine(ledger.Database.Folder, name);
            await StockProgram.MustAsync(
                "sqlite3", "-batch", "-cmd", ".timeout 100000", ledger.Database.File, string.Format(null, command, copy));
            return copy;
        }
    }
}
