using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>Workers that end in the middle of something, and callers that do several things at once.</summary>
[Collection(BrowserTests.Name)]
public sealed class RecoveryTests(BrowserFixture fixture)
{
    [Fact]
    public Task A_worker_that_ends_inside_a_transaction_over_two_databases_leaves_both_alike() => RunAsync("""
        const directory = 'recovery-two';
        for (let round = 0; round < 12; round++) {
          const storage = await IsarStorage.start({ directory });
          const names = round % 2 ? ['b.db', 'a.db'] : ['a.db', 'b.db'];
          const counts = {};
          const open = {};
          for (const name of names) {
            open[name] = await storage.open(name);
            await open[name].exec('CREATE TABLE IF NOT EXISTS t (x)');
            counts[name] = (await open[name].query('SELECT count(*) AS n FROM t'))[0].n;
            const [{ integrity_check }] = await open[name].query('PRAGMA integrity_check');
            if (integrity_check !== 'ok') throw new Error(`${name}: ${integrity_check}`);
          }
          if (counts['a.db'] !== counts['b.db']) throw new Error(`Round ${round}: ${JSON.stringify(counts)}`);
          await open['b.db'].close();
          const db = open['a.db'];
          await db.exec("ATTACH 'b.db' AS b");
          const insert = () => db.exec('BEGIN; INSERT INTO main.t VALUES (randomblob(20000)); INSERT INTO b.t VALUES (randomblob(20000)); COMMIT');
          for (let i = 0; i < round; i++) await insert();
          const [first] = [insert(), insert(), insert()].map(call => call.catch(() => {}));
          if (round % 3 === 0) await first;
          storage.stop();
        }
        """);

    [Fact]
    public Task Deleting_while_opening_never_empties_an_open_database() => RunAsync("""
        const storage = await IsarStorage.start({ directory: 'recovery-delete' });
        for (let round = 0; round < 10; round++) {
          const name = `race${round}.db`;
          const setup = await storage.open(name);
          await setup.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
          await setup.close();
          const calls = round % 2 ? [storage.delete(name), storage.open(name)] : [storage.open(name), storage.delete(name)];
          const results = await Promise.allSettled(calls);
          const [opened, deleted] = round % 2 ? results.reverse() : results;
          if (opened.status === 'rejected') throw opened.reason;
          const tables = (await opened.value.query("SELECT count(*) AS n FROM sqlite_schema WHERE name = 't'"))[0].n;
          if (deleted.status === 'rejected' && (deleted.reason.kind !== 'busy' || tables !== 1)) throw new Error(`${deleted.reason} ${tables}`);
          if (deleted.status === 'fulfilled' && tables !== 0) throw new Error('It was deleted, and is still there.');
          await opened.value.close();
        }
        storage.stop();
        """);

    [Fact]
    public Task Workers_that_take_turns_opening_and_deleting_only_wait() => RunAsync("""
        const storages = await Promise.all([1, 2].map(() => IsarStorage.start({ directory: 'recovery-turns' })));
        await Promise.all(storages.map(async storage => {
          for (let i = 0; i < 15; i++) {
            const db = await storage.open('turns.db');
            await db.exec('CREATE TABLE IF NOT EXISTS t (x)');
            await db.close();
            await storage.delete('turns.db');
          }
        }));
        storages.forEach(storage => storage.stop());
        """);

    [Theory]
    [InlineData("persist")]
    [InlineData("truncate")]
    [InlineData("delete")]
    [InlineData("memory")]
    public Task Without_flushing_a_commit_still_outlives_its_worker(string journalMode) => RunAsync($$"""
        const directory = 'recovery-off-{{journalMode}}';
        for (let round = 0; round < 4; round++) {
          const storage = await IsarStorage.start({ directory });
          const db = await storage.open('off.db');
          await db.query('PRAGMA journal_mode = {{journalMode}}');
          await db.exec('PRAGMA synchronous = OFF; CREATE TABLE IF NOT EXISTS t (x)');
          const rows = (await db.query('SELECT count(*) AS n FROM t'))[0].n;
          if (rows !== round) throw new Error(`${rows} rows instead of ${round}`);
          await db.exec('INSERT INTO t VALUES (1)');
          storage.stop();
        }
        """);

    [Fact]
    public Task A_name_with_an_invisible_mark_is_another_name() => RunAsync("""
        const storage = await IsarStorage.start({ directory: 'recovery-names' });
        const plain = await storage.open('b.db');
        await plain.exec('CREATE TABLE IF NOT EXISTS plain (x)');
        const marked = await storage.open('\uFEFFb.db');
        if ((await marked.query('SELECT count(*) AS n FROM sqlite_schema'))[0].n !== 0) throw new Error('It opened another file.');
        storage.stop();
        """);

    private async Task RunAsync(string script)
    {
        IPage page = await fixture.OpenPageAsync();
        await page.EvaluateAsync($"async () => {{ {script} }}");
        await page.CloseAsync();
    }
}
