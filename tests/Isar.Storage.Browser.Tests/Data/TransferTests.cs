using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A page exports and imports databases as files.</summary>
[Collection(DataTests.Name)]
public sealed class TransferTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_a_page_exports_others_can_read_and_a_page_can_import(string backend)
    {
        TestPage tab = await TakeAsync(backend);
        byte[] file = await tab.RunAsync<byte[]>("""
            await fill('a.db', 'old', 1000);
            const reports = [];
            const exported = await storage.export(at('a.db'), { onProgress: progress => reports.push(progress) });
            globalThis.blob = await exported.blob();
            assertEqual([exported.size, exported.name, blob.type], [blob.size, at('a.db'), 'application/vnd.sqlite3']);
            assertEqual([...new Set(reports.map(report => report.stage))], ['copying', 'exporting']);
            assertEqual(reports.at(-1), { stage: 'exporting', completed: blob.size, total: blob.size });
            assertEqual((await (await storage.export(at('a.db'))).file()).name, 'a.db');
            return await base64(blob);
            """);
        const string Questions = "PRAGMA integrity_check; SELECT count(*) FROM old; PRAGMA journal_mode";
        Assert.Equal("ok\n1000\ndelete", await Programs.AskSqliteAsync(file, Questions));
        await tab.RunAsync("""
            const buffer = await blob.arrayBuffer();
            const larger = new Uint8Array(buffer.byteLength + 7);
            larger.set(new Uint8Array(buffer), 5);
            const sources = {
              blob, buffer, file: new File([blob], 'x.db'), bytes: new Uint8Array(buffer), part: larger.subarray(5, 5 + buffer.byteLength),
              stream: streamOf(blob), large: streamOf(blob, 1_500_000), small: streamOf(blob, 10_007),
              export: (await storage.export(at('a.db'))).stream,
            };
            for (const [name, source] of Object.entries(sources)) {
              const reports = [];
              await storage.import(at(`${name}.db`), source, { onProgress: progress => reports.push(progress) });
              assertEqual(await kindOf(`${name}.db`), 'ok old 1000');
              assertEqual([...new Set(reports.map(report => report.stage))], ['importing', 'verifying', 'replacing']);
              for (const stage of ['importing', 'verifying', 'replacing']) {
                const last = reports.findLast(report => report.stage === stage);
                assertEqual(last, { stage, completed: blob.size, total: blob.size });
              }
              await storage.delete(at(`${name}.db`));
            }
            assertEqual(buffer.byteLength, blob.size);
            await storage.backup(at('a.db'), at('dir/b.db'));
            assertEqual(await kindOf('dir/b.db'), 'ok old 1000');
            await fill('a.db', 'new');
            await storage.backup(at('a.db'), at('dir/b.db'));
            assertEqual(await kindOf('dir/b.db'), 'ok new 300');
            assertEqual([await names(), await staged()], ['a.db,dir/b.db', 0]);
            """);
    }

    [Fact]
    public async Task What_the_engine_of_the_worker_has_not_is_named_and_can_be_imported_unchecked()
    {
        TestPage tab = await TakeAsync("opfs");
        string text = await MakeAsync("CREATE VIRTUAL TABLE words USING fts4(x); INSERT INTO words VALUES ('a')");
        string utf16 = await MakeAsync("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x); INSERT INTO t VALUES ('a')");
        await tab.RunAsync($$"""
            const [text, utf16] = ['{{text}}', '{{utf16}}'].map(file => Uint8Array.fromBase64(file));
            await fail(storage.import(at('a.db'), text), 'unavailable', 'no such module: fts4');
            await fail(storage.import(at('a.db'), utf16), 'unavailable', 'UTF-16');
            await fail(storage.import(at('a.db'), utf16, { checkIntegrity: false }), 'unavailable', 'UTF-16');
            assertEqual(await names(), '');
            await storage.import(at('a.db'), text, { checkIntegrity: false });
            const db = await storage.open(at('a.db'));
            assertEqual(await db.queryOne('SELECT c0x FROM words_content'), { c0x: 'a' });
            await db.close();
            """);
    }

    [Fact]
    public async Task A_text_in_double_quotes_means_what_it_means_elsewhere()
    {
        TestPage tab = await TakeAsync("opfs");
        string file = await MakeAsync("""
            CREATE TABLE t (x); CREATE TABLE log (what); CREATE VIEW v AS SELECT x FROM t WHERE x <> "none";
            CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES ("added"); END
            """);
        await tab.RunAsync($$"""
            await storage.import(at('a.db'), Uint8Array.fromBase64('{{file}}'));
            const db = await storage.open(at('a.db'));
            await db.exec("INSERT INTO t VALUES ('one')");
            assertEqual(await db.query('SELECT x, what FROM v, log'), [{ x: 'one', what: 'added' }]);
            await db.close();
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_bad_file_is_refused_and_leaves_the_old_database(string backend)
    {
        TestPage tab = await TakeAsync(backend);
        await tab.RunAsync("""
            await fill('b.db', 'new', 1000);
            const good = new Uint8Array(await (await (await storage.export(at('b.db'))).blob()).arrayBuffer());
            await storage.delete(at('b.db'));
            await fill('a.db', 'old');
            const changed = change => { const copy = good.slice(); change(copy); return copy; };
            const pageSize = good[16] << 8 | good[17];
            const bad = {
              'it is empty': new Uint8Array(0),
              'does not begin with "SQLite format 3"': new TextEncoder().encode('This is a text. '.repeat(100_000)),
              'within the header': good.slice(0, 50),
              [`it has 100 of ${good.length} bytes`]: good.slice(0, 100),
              [`it has ${good.length - 1} of ${good.length} bytes`]: good.slice(0, -1),
              [`it has ${good.length - pageSize} of ${good.length} bytes`]: good.slice(0, -pageSize),
              'integrity check': changed(copy => copy.subarray(20 * pageSize, 21 * pageSize).forEach((byte, i, page) => page[i] = byte ^ 0xff)),
              'integrity check: ': changed(copy => copy.fill(0xff, 100, 300)),
            };
            for (const [text, bytes] of Object.entries(bad)) {
              for (const source of [bytes, new Blob([bytes]), streamOf(new Blob([bytes]))]) {
                for (const name of ['a.db', 'fresh.db']) {
                  if (source instanceof ReadableStream && source.locked) continue;
                  await fail(storage.import(at(name), source), 'corrupt', text);
                  if (source instanceof ReadableStream) break;
                }
              }
            }
            assertEqual([await kindOf('a.db'), await names(), await staged()], ['ok old 300', 'a.db', 0]);
            await storage.import(at('a.db'), changed(copy => copy[18] = copy[19] = 2));
            const db = await storage.open(at('a.db'));
            assertEqual(await value('PRAGMA journal_mode', db), (await storage.report()).backend === 'opfs' ? 'wal' : 'delete');
            assertEqual(await kindOf('a.db', db), 'ok new 1000');
            await db.exec("INSERT INTO new (content) VALUES ('x')");
            await fail(storage.import(at('a.db'), 'text'), 'usage');
            await fail(storage.import(at('a.db-journal'), good), 'pathInvalid');
            await fail(storage.export(at('none.db')), 'notFound');
            await fail(storage.backup(at('none.db'), at('c.db')), 'notFound');
            const pulled = pull => storage.import(at('a.db'), new ReadableStream({ pull }));
            await fail(pulled(() => { throw new RangeError('The source failed.'); }), 'RangeError', 'The source failed.');
            await fail(pulled(controller => controller.enqueue('text')), 'usage');
            assertEqual([await names(), await staged()], ['a.db', 0]);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Open_connections_and_another_tab_see_the_new_content(string backend)
    {
        TestPage[] tabs = await TakeAllAsync(backend, 2);
        await tabs[0].RunAsync("""
            await fill('b.db', 'new', 3000);
            globalThis.blob = await (await storage.export(at('b.db'))).blob();
            await fill('a.db', 'old');
            globalThis.db = await storage.open(at('a.db'));
            assertEqual(await kindOf('a.db', db), 'ok old 300');
            """);
        await tabs[1].RunAsync("""
            globalThis.db = await storage.open(at('a.db'));
            assertEqual(await kindOf('a.db', db), 'ok old 300');
            """);
        await tabs[0].RunAsync("await storage.import(at('a.db'), blob)");
        foreach (TestPage tab in tabs)
        {
            await tab.RunAsync("""
                assertEqual(await kindOf('a.db', db), 'ok new 3000');
                await db.exec("INSERT INTO new (content) VALUES ('x')");
                """);
        }
        await tabs[1].RunAsync("""
            assertEqual(await value('SELECT count(*) FROM new'), 3002);
            await db.close();
            """);
        await tabs[0].RunAsync("await db.close(); assertEqual([await names(), await staged()], ['a.db,b.db', 0])");
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Others_go_on_while_an_export_is_read_and_a_transaction_keeps_an_import_away(string backend)
    {
        TestPage[] tabs = await TakeAllAsync(backend, 2);
        await tabs[0].RunAsync("""
            await fill('a.db', 'old', 3000);
            globalThis.reader = (await storage.export(at('a.db'))).stream.getReader();
            globalThis.parts = [(await reader.read()).value];
            """);
        await tabs[1].RunAsync("""
            const db = await storage.open(at('a.db'));
            await db.exec("UPDATE old SET content = id || 'old'; DELETE FROM old WHERE id > 300");
            await db.close();
            """);
        await tabs[0].RunAsync("""
            for (let part; !(part = await reader.read()).done;) parts.push(part.value);
            assert(parts.length > 3, `There are ${parts.length} parts.`);
            await storage.import(at('b.db'), new Blob(parts));
            assertEqual(await kindOf('b.db'), 'ok old 3000');
            assertEqual(await kindOf('a.db'), 'ok old 300');
            const impatient = await startAnother({ transactionTimeoutMs: 500 });
            const db = await impatient.open(at('a.db'));
            await db.transaction(async tx => {
              await tx.exec('DELETE FROM old');
              await fail(impatient.export(at('a.db')), 'busy');
              await fail(impatient.import(at('a.db'), new Blob(parts)), 'busy');
              await tx.exec("INSERT INTO old (content) VALUES ('1old')");
            });
            assertEqual(await kindOf('a.db', db), 'ok old 1');
            impatient.stop();
            assertEqual(await staged(), 0);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_signal_ends_an_export_or_an_import_at_any_moment(string backend)
    {
        TestPage tab = await TakeAsync(backend);
        await tab.RunAsync("""
            await fill('b.db', 'new', 3000);
            const blob = await (await storage.export(at('b.db'))).blob();
            await fill('a.db', 'old');
            const stages = new Set();
            for (let moment = 0; ; moment++) {
              const controller = new AbortController();
              const reason = new Error('Enough.');
              let reports = 0, stage;
              const onProgress = progress => {
                if (reports++ !== moment) return;
                stages.add(stage = progress.stage);
                controller.abort(reason);
              };
              const source = moment % 2 ? blob : streamOf(blob);
              const error = await storage.import(at('a.db'), source, { onProgress, signal: controller.signal }).catch(error => error);
              // What has been replaced before the worker hears of it stays.
              if (error === undefined && reports <= moment) break;
              if (error === undefined) {
                assert(['verifying', 'replacing'].includes(stage), `It was replaced while ${stage}.`);
                assertEqual(await kindOf('a.db'), 'ok new 3000');
                await fill('a.db', 'old');
                continue;
              }
              if (error !== reason) throw error;
              assertEqual([await kindOf('a.db'), await staged()], ['ok old 300', 0]);
            }
            assertEqual([...stages], ['importing', 'verifying', 'replacing']);
            assertEqual(await kindOf('a.db'), 'ok new 3000');
            for (const parts of [0, 1, 2]) {
              const controller = new AbortController();
              const reader = (await storage.export(at('b.db'), { signal: controller.signal })).stream.getReader();
              for (let i = 0; i < parts; i++) await reader.read();
              controller.abort(new Error('Enough.'));
              await fail(reader.read(), 'Error', 'Enough.');
              const other = (await storage.export(at('b.db'))).stream;
              await other.cancel();
            }
            const aborted = { signal: AbortSignal.abort(new Error('Before.')) };
            await fail(storage.import(at('a.db'), blob, aborted), 'Error', 'Before.');
            await fail(storage.export(at('a.db'), aborted), 'Error', 'Before.');
            await storage.exists(at('a.db'));
            assertEqual([await names(), await staged()], ['a.db,b.db', 0]);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Whatever_ends_a_page_or_worker_during_an_import_the_database_is_the_old_one_or_the_new(string backend)
    {
        Random random = CreateRandom();
        TestPage tab = await OpenAsync(backend);
        double duration = await tab.RunAsync<double>("""
            await start();
            await fill('b.db', 'new', 2000);
            await fill('a.db', 'old');
            const blob = await (await storage.export(at('b.db'))).blob();
            const began = performance.now();
            await storage.import(at('c.db'), blob);
            await storage.delete(at('c.db'));
            return performance.now() - began;
            """);
        int old = 0;
        int ends = TestRun.IsLong ? 100 : 5;
        for (int end = 0; end < ends; end++)
        {
            bool reloads = end % 3 == 0;
            await tab.RunAsync($$"""
                const blob = await (await storage.export(at('b.db'))).blob();
                go(storage.import(at('a.db'), blob));
                await sleep({{(end == 1 ? 0 : random.Next((int)(duration * 1.2)))}});
                {{(reloads ? "" : "storage.stop(); await start();")}}
                """);
            if (reloads)
            {
                await tab.ReloadAsync();
                await tab.RunAsync("await start()");
            }
            string kind = await tab.RunAsync<string>("""
                const kind = await kindOf('a.db');
                // Who was ended may hold its files for a moment longer; every open looks again.
                while (await staged() > 0) await kindOf('a.db');
                assertEqual(await names(), 'a.db,b.db');
                if (kind !== 'ok old 300') await fill('a.db', 'old');
                return kind;
                """);
            Assert.Contains(kind, (string[])["ok old 300", "ok new 2000"]);
            old += kind == "ok old 300" ? 1 : 0;
        }
        Output.WriteLine($"{old} of {ends} ended before the database was replaced, within {duration:0} ms.");
        Assert.NotEqual(0, old);
    }

    private static async Task<string> MakeAsync(string sql) => Convert.ToBase64String(await Programs.MakeDatabaseAsync(sql));
}
