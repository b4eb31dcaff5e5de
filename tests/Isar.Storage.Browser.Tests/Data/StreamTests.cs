using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>Results that are larger than what a page wants in its memory.</summary>
[Collection(DataTests.Name)]
public sealed class StreamTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const int Rows = 100_000;

    /// <summary>How much a page and its worker may grow, mostly by what is not collected yet; the rows that are read take 360 MB.</summary>
    private const long Bound = 250_000_000;

    private const int Times = 3;

    [Fact]
    public async Task Rows_are_streamed_in_little_memory()
    {
        await using (ChromiumBrowser first = await ChromiumBrowser.StartAsync(Profile))
        {
            TestPage writer = await OpenAsync(first);
            await writer.RunAsync($$"""
                await open();
                await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, share REAL, data BLOB, note TEXT)');
                await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {{Rows}})
                  INSERT INTO t SELECT i, 'name ' || i, i / 7.0, randomblob(600), hex(randomblob(300)) FROM c`);
                await db.close();
                """);
            await first.CloseAsync();
        }
        await ReadAsync("at once", "");
        await ReadAsync("slowly", "if (rows % 500 === 0) await sleep(5);");

        async Task ReadAsync(string how, string consume)
        {
            // Another start, whose memory has seen nothing of the rows yet.
            await using ChromiumBrowser browser = await ChromiumBrowser.StartAsync(Profile);
            TestPage reader = await OpenAsync(browser);
            await reader.RunAsync("await open()");
            long before = await browser.GetPeakMemoryAsync();
            double bytes = await reader.RunAsync<double>($$"""
                let bytes = 0;
                for (let time = 0; time < {{Times}}; time++) {
                  let rows = 0;
                  for await (const { id, name, share, data, note } of db.stream('SELECT id, name, share, data, note FROM t')) {
                    rows++;
                    const isRight = id === rows && name === `name ${rows}` && share === rows / 7;
                    if (!isRight) assertEqual([id, name, share], [rows, `name ${rows}`, rows / 7]);
                    bytes += data.length + note.length;
                    {{consume}}
                  }
                  assertEqual(rows, {{Rows}}, 'The number of rows');
                }
                return bytes;
                """);
            long growth = await browser.GetPeakMemoryAsync() - before;
            Output.WriteLine(
                $"Measured: {Times} x {Rows} rows x 5 columns, {bytes / 1e6:0} MB, streamed and read {how}: {growth / 1e6:0} MB more memory at "
                + "the peak.");
            Assert.InRange(growth, 0, Bound);
        }
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_stream_keeps_other_tabs_out_until_it_ends(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend);
        await tabs[0].RunAsync("""
            await db.execMany('INSERT INTO t (content) VALUES (?)', Array.from({ length: 50000 }, (_, i) => [`row ${i}`]));
            globalThis.stream = db.stream('SELECT id, content FROM t');
            await stream.next();
            """);
        await tabs[1].RunAsync("go(db.exec('DELETE FROM t'))");
        Assert.Equal(50_003, await tabs[0].RunAsync<int>("""
            let rows = 1;
            for await (const row of stream) {
              rows++;
              if (rows % 10000 === 0) await sleep(20);
            }
            return rows;
            """));
        Assert.Equal(0, await tabs[1].RunAsync<int>("await going; return await value('SELECT count(*) FROM t')"));
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_the_page_writes_while_it_reads_is_stored_when_it_is_told(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 1);
        await tabs[0].RunAsync("""
            await db.execMany('INSERT INTO t (content) VALUES (?)', Array.from({ length: 30000 }, (_, i) => [`row ${i}`]));
            let rows = 0;
            for await (const { id } of db.stream('SELECT id, content FROM t')) {
              if (++rows === 100) await db.exec("UPDATE t SET content = 'alone' WHERE id = ?", [id]);
              if (rows === 200) await db.transaction(tx => tx.exec("UPDATE t SET content = 'together' WHERE id = ?", [id]));
              if (rows === 300) {
                await fail(db.transaction(async tx => {
                  await tx.exec("UPDATE t SET content = 'never'");
                  throw new Error('mine');
                }), 'Error', 'mine');
              }
              if (rows === 400) break;
            }
            storage.stop();
            await start();
            await open();
            """);
        Assert.Equal("1 1 0 ok", await tabs[0].RunAsync<string>("""
            const count = content => value(`SELECT count(*) FROM t WHERE content = '${content}'`);
            return [await count('alone'), await count('together'), await count('never'), await value('PRAGMA integrity_check')].join(' ');
            """));
    }

    /// <summary>
    /// With a rollback journal a commit that the stream keeps waiting lets no new reader in: that makes the request wait, which can then be done in
    /// part.
    /// </summary>
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_a_stream_lets_be_done_only_in_part_is_not_done_again(string backend)
    {
        TestPage[] tabs = await TakeSharedAsync(backend, 1);
        Failure failure = await tabs[0].RunAsync<Failure>("""
            await db.query('PRAGMA journal_mode = DELETE');
            await db.execMany('INSERT INTO t (content) VALUES (?)', Array.from({ length: 50000 }, (_, i) => [`row number ${i}`]));
            await db.exec('CREATE TEMP TABLE log (x)');
            const [reader, writer] = [await storage.open(at('shared.db')), await storage.open(at('shared.db'))];
            globalThis.stream = reader.stream('SELECT * FROM t');
            await stream.next();
            let release;
            const committing = fail(writer.transaction(async tx => {
              await tx.exec("UPDATE t SET content = 'changed' WHERE id = 1");
              await fail(tx.exec('COMMIT'));
              await new Promise(resolve => release = resolve);
              throw new Error('Enough.');
            }));
            await until(() => release);
            const writing = fail(db.exec("INSERT INTO temp.log SELECT count(*) FROM t; INSERT INTO t (content) VALUES ('written')"));
            await storage.diagnostics();
            release();
            await committing;
            return await writing;
            """);
        Assert.Equal("sqlite", failure.Kind);
        Assert.Contains("locked", failure.Message, StringComparison.Ordinal);
        Assert.Equal("1 50003", await tabs[0].RunAsync<string>("""
            await stream.return();
            return `${await value('SELECT count(*) FROM temp.log')} ${await value('SELECT count(*) FROM t')}`;
            """));
    }

    [Fact]
    public async Task A_stream_that_nobody_reads_lets_other_tabs_go_on()
    {
        TestPage[] tabs = await TakeSharedAsync("opfs", 2, "{ streamLimitMs: 200 }");
        await tabs[0].RunAsync("""
            await db.execMany('INSERT INTO t (content) VALUES (?)', Array.from({ length: 50000 }, (_, i) => [`row ${i}`]));
            globalThis.stream = db.stream('SELECT id, content FROM t');
            await stream.next();
            """);
        await tabs[1].RunAsync("await db.exec('DELETE FROM t')");
        Failure failure = await tabs[0].RunAsync<Failure>("return await fail((async () => { for await (const row of stream); })())");
        Assert.Equal("timeout", failure.Kind);
        Assert.Contains("no row was read for 200 ms", failure.Message, StringComparison.Ordinal);
    }
}
