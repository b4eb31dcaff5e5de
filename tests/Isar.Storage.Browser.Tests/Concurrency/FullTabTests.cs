using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Concurrency;

/// <summary>
/// Two tabs with one database, of which one can store nothing more: what it could not store is forgotten, whoever has the database then.
/// <c>tabs.mjs</c> has the tabs and the model.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class FullTabTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private static readonly int _rounds = TestRun.IsLong ? 5000 : 200;

    /// <summary>What a checkpoint could not store is still in the log, also when a reader keeps it from coming to its end.</summary>
    [Fact]
    public async Task A_checkpoint_that_could_not_be_stored_is_made_again() => await (await TakeEmptyAsync()).RunAsync("""
        globalThis.backend = 'opfs';
        const { startTabs } = await import('/test/tabs.mjs');
        const [a, b] = await startTabs('full.db');
        const [mine, beside] = a.connections;
        await mine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text)');
        await mine.execMany('INSERT INTO t (text) VALUES (?)', Array.from({ length: 5000 }, (_, i) => [`row number ${i}`]));
        const stream = beside.stream('SELECT text FROM t');
        await stream.next();
        await mine.exec("UPDATE t SET text = 'changed' WHERE id % 100 = 0");
        await a.setFull(true);
        await mine.query('PRAGMA wal_checkpoint(PASSIVE)').catch(() => {});
        assertEqual((await fail(mine.exec("UPDATE t SET text = 'lost'"))).code, 13);
        await a.setFull(false);
        await stream.return();
        await mine.query('PRAGMA wal_checkpoint(TRUNCATE)');
        for (const connection of [beside, b.connections[0]]) {
          assertEqual(await connection.query("SELECT count(*) AS rows, sum(text = 'changed') AS changed FROM t"), [{ rows: 5000, changed: 50 }]);
          await assertWhole(connection);
        }
        for (const tab of [a, b]) tab.stop();
        """);

    [Fact]
    public async Task A_commit_that_could_not_be_stored_is_seen_by_nobody_also_without_a_flush() => await (await TakeEmptyAsync()).RunAsync("""
        globalThis.backend = 'opfs';
        const { startTabs } = await import('/test/tabs.mjs');
        const [a, b] = await startTabs('full.db');
        const [mine, beside] = a.connections;
        const count = connection => value('SELECT count(*) FROM t', connection);
        await mine.exec('CREATE TABLE t (text); INSERT INTO t VALUES (1); PRAGMA synchronous = NORMAL');
        assertEqual(await count(beside), 1);
        await a.setFull(true);
        for (let i = 0; i < 2; i++) {
          assertEqual((await fail(mine.exec('INSERT INTO t VALUES (2)'))).code, 13);
          assertEqual([await count(beside), await count(mine)], [1, 1]);
        }
        await a.setFull(false);
        await mine.exec('INSERT INTO t VALUES (2)');
        for (const connection of [beside, mine, b.connections[0]]) {
          assertEqual(await count(connection), 2);
          await assertWhole(connection);
        }
        for (const tab of [a, b]) tab.stop();
        """);

    /// <summary>
    /// What cannot be stored has the same change counter, and a new table the same number of the schema, as what the other tab stores then.
    /// </summary>
    [Theory]
    [InlineData("opfs", "UPDATE t SET text = 'lost-'")]
    [InlineData("opfs with journal", "UPDATE t SET text = 'lost-'")]
    [InlineData("indexeddb", "UPDATE t SET text = 'lost-'")]
    [InlineData("opfs", "CREATE TABLE lost (x)")]
    [InlineData("opfs with journal", "CREATE TABLE lost (x)")]
    [InlineData("indexeddb", "CREATE TABLE lost (x)")]
    public async Task What_a_tab_could_not_store_is_forgotten_when_it_gets_the_database_back(string backend, string sql) =>
        await (await TakeEmptyAsync()).RunAsync($$"""
            globalThis.backend = '{{backend}}';
            const { startTabs } = await import('/test/tabs.mjs');
            const [a, b] = await startTabs('full.db');
            const [mine, theirs] = [a.connections[0], b.connections[0]];
            const texts = async connection => (await connection.query('SELECT text FROM t ORDER BY id')).map(row => row.text).join();
            await mine.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text); INSERT INTO t (text) VALUES ('first'), ('first')");
            assertEqual(await texts(theirs), 'first,first');
            assertEqual(await texts(mine), 'first,first');
            await a.setFull(true);
            assertEqual((await fail(mine.exec("{{sql}}"))).code, 13);
            assertEqual(await texts(theirs), 'first,first', 'What the other tab reads');
            assertEqual(await texts(mine), 'first,first', 'What the tab reads when it has the database back');
            await a.setFull(false);
            await theirs.exec("UPDATE t SET text = 'other' WHERE id = 1");
            await theirs.exec("CREATE TABLE other (x)");
            assertEqual(await texts(mine), 'other,first', 'What the tab reads of the other');
            await mine.exec("UPDATE t SET text = 'mine-' WHERE id = 2");
            await mine.exec("INSERT INTO other VALUES ('mine')");
            assertEqual(await texts(theirs), 'other,mine-', 'What both have written');
            assertEqual(await value('SELECT x FROM other', theirs), 'mine');
            for (const { connections, storage } of [a, b]) {
              for (const connection of connections) await assertWhole(connection);
              storage.stop();
            }
            """);

    [Theory]
    [InlineData("opfs")]
    [InlineData("opfs with journal")]
    [InlineData("indexeddb")]
    public async Task A_random_history_of_two_tabs_that_are_full_now_and_then_is_that_of_a_model(string backend)
    {
        int seed = CreateRandom().Next();
        await (await TakeEmptyAsync()).RunAsync($$"""
            globalThis.backend = '{{backend}}';
            const { runHistory } = await import('/test/tabs.mjs');
            await runHistory('history.db', {{seed}}, {{_rounds}});
            """, TimeSpan.FromMinutes(30));
    }
}
