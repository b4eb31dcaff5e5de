using System.Diagnostics;
using Isar.Storage.Browser.Tests.Concurrency;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>A page exports and imports databases as files.</summary>
[Collection(DataTests.Name)]
public sealed class TransferTests(BrowserFixture fixture, ITestOutputHelper output) : TabsTestBase(fixture, output)
{
    private const string Start = FileHelpers.Script + "await start();";

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task What_a_page_exports_others_can_read_and_a_page_can_import(string backend)
    {
        Tab tab = await OpenTabAsync(backend);
        string base64 = await tab.RunAsync<string>(Start + """
            await fill('a.db', 'old', 3000);
            const reports = [];
            const exported = await storage.export('a.db', { onProgress: progress => reports.push(progress) });
            globalThis.blob = await exported.blob();
            expect([exported.size, exported.name, blob.type], [blob.size, 'a.db', 'application/vnd.sqlite3']);
            expect([...new Set(reports.map(report => report.stage))], ['copying', 'exporting']);
            expect(reports.at(-1), { stage: 'exporting', completed: blob.size, total: blob.size });
            expect((await (await storage.export('a.db')).file()).name, 'a.db');
            const bytes = new Uint8Array(await blob.arrayBuffer());
            let text = '';
            for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
            return btoa(text);
            """);
        Assert.Equal("ok\n3000\ndelete", await QueryAsync(Convert.FromBase64String(base64), "PRAGMA integrity_check; SELECT count(*) FROM old; PRAGMA journal_mode"));
        await tab.RunAsync("""
            const buffer = await blob.arrayBuffer();
            const larger = new Uint8Array(buffer.byteLength + 7);
            larger.set(new Uint8Array(buffer), 5);
            const sources = {
              blob, buffer, file: new File([blob], 'x.db'), bytes: new Uint8Array(buffer), part: larger.subarray(5, 5 + buffer.byteLength), stream: streamOf(blob),
              large: streamOf(blob, undefined, 1_500_000), small: streamOf(blob, undefined, 10_007), export: (await storage.export('a.db')).stream,
            };
            for (const [name, source] of Object.entries(sources)) {
              const reports = [];
              await storage.import(`${name}.db`, source, { onProgress: progress => reports.push(progress) });
              expect(await kindOf(`${name}.db`), 'ok old 3000');
              expect([...new Set(reports.map(report => report.stage))], ['importing', 'verifying', 'replacing']);
              for (const stage of ['importing', 'verifying', 'replacing']) {
                const last = reports.findLast(report => report.stage === stage);
                expect(last, { stage, completed: blob.size, total: blob.size });
              }
              await storage.delete(`${name}.db`);
            }
            expect(buffer.byteLength, blob.size);
            await storage.backup('a.db', 'dir/b.db');
            expect(await kindOf('dir/b.db'), 'ok old 3000');
            await fill('a.db', 'new');
            await storage.backup('a.db', 'dir/b.db');
            expect(await kindOf('dir/b.db'), 'ok new 300');
            expect([await names(), await staged()], ['a.db,dir/b.db', 0]);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_bad_file_is_refused_and_leaves_the_old_database(string backend)
    {
        Tab tab = await OpenTabAsync(backend);
        await tab.RunAsync(Start + """
            await fill('b.db', 'new', 3000);
            const good = new Uint8Array(await (await (await storage.export('b.db')).blob()).arrayBuffer());
            await storage.delete('b.db');
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
                  const { kind, message } = await fail(storage.import(name, source));
                  if (kind !== 'corrupt' || !message.includes(text)) throw new Error(`${text}: ${kind}: ${message}`);
                  if (source instanceof ReadableStream) break;
                }
              }
            }
            expect([await kindOf(), await names(), await staged()], ['ok old 300', 'a.db', 0]);
            await storage.import('a.db', changed(copy => copy[18] = copy[19] = 2));
            const db = await storage.open('a.db');
            expect(Object.values((await db.query('PRAGMA journal_mode'))[0]), ['delete']);
            expect(await kindOf('a.db', db), 'ok new 3000');
            await db.exec("INSERT INTO new (content) VALUES ('x')");
            expect((await fail(storage.import('a.db', 'text'))).kind, 'usage');
            expect((await fail(storage.import('a.db-journal', good))).kind, 'pathInvalid');
            expect((await fail(storage.export('none.db'))).kind, 'notFound');
            expect((await fail(storage.backup('none.db', 'c.db'))).kind, 'notFound');
            expect((await fail(storage.import('a.db', new ReadableStream({ pull() { throw new RangeError('The source failed.'); } })))).message, 'The source failed.');
            expect((await fail(storage.import('a.db', new ReadableStream({ pull(controller) { controller.enqueue('text'); } })))).kind, 'usage');
            expect([await names(), await staged()], ['a.db', 0]);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Open_connections_and_another_tab_see_the_new_content(string backend)
    {
        Tab[] tabs = await OpenTabsAsync(backend);
        await tabs[0].RunAsync(Start + """
            await fill('b.db', 'new', 3000);
            globalThis.blob = await (await storage.export('b.db')).blob();
            await fill('a.db', 'old');
            globalThis.db = await storage.open('a.db');
            expect(await kindOf('a.db', db), 'ok old 300');
            """);
        await tabs[1].RunAsync(Start + """
            globalThis.db = await storage.open('a.db');
            expect(await kindOf('a.db', db), 'ok old 300');
            """);
        await tabs[0].RunAsync("await storage.import('a.db', blob)");
        foreach (Tab tab in tabs)
        {
            await tab.RunAsync("""
                expect(await kindOf('a.db', db), 'ok new 3000');
                await db.exec("INSERT INTO new (content) VALUES ('x')");
                """);
        }
        await tabs[1].RunAsync("""
            expect((await db.query('SELECT count(*) AS n FROM new'))[0].n, 3002);
            await db.close();
            """);
        await tabs[0].RunAsync("await db.close(); expect([await names(), await staged()], ['a.db,b.db', 0])");
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Others_go_on_while_an_export_is_read_and_a_transaction_keeps_an_import_away(string backend)
    {
        Tab[] tabs = await OpenTabsAsync(backend);
        await tabs[0].RunAsync(Start + """
            await fill('a.db', 'old', 3000);
            globalThis.reader = (await storage.export('a.db')).stream.getReader();
            globalThis.parts = [(await reader.read()).value];
            """);
        await tabs[1].RunAsync(Start + """
            const db = await storage.open('a.db');
            await db.exec("UPDATE old SET content = id || 'old'; DELETE FROM old WHERE id > 300");
            await db.close();
            """);
        await tabs[0].RunAsync("""
            for (let part; !(part = await reader.read()).done;) parts.push(part.value);
            expect(parts.length > 3, true);
            await storage.import('b.db', new Blob(parts));
            expect(await kindOf('b.db'), 'ok old 3000');
            expect(await kindOf('a.db'), 'ok old 300');
            storage.stop();
            await start({ transactionTimeoutMs: 500 });
            const db = await storage.open('a.db');
            await db.transaction(async tx => {
              await tx.exec('DELETE FROM old');
              expect((await fail(storage.export('a.db'))).kind, 'busy');
              expect((await fail(storage.import('a.db', new Blob(parts)))).kind, 'busy');
              await tx.exec("INSERT INTO old (content) VALUES ('1old')");
            });
            expect(await kindOf('a.db', db), 'ok old 1');
            await db.close();
            expect(await staged(), 0);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task A_signal_ends_an_export_or_an_import_at_any_moment(string backend)
    {
        Tab tab = await OpenTabAsync(backend);
        await tab.RunAsync(Start + """
            await fill('b.db', 'new', 3000);
            const blob = await (await storage.export('b.db')).blob();
            await fill('a.db', 'old');
            const stages = new Set();
            for (let at = 0; ; at++) {
              const controller = new AbortController();
              const reason = new Error('Enough.');
              let reports = 0, stage;
              const onProgress = progress => {
                if (reports++ !== at) return;
                stages.add(stage = progress.stage);
                controller.abort(reason);
              };
              const error = await storage.import('a.db', at % 2 ? blob : streamOf(blob), { onProgress, signal: controller.signal }).catch(error => error);
              // What has been replaced before the worker hears of it stays.
              if (error === undefined && reports <= at) break;
              if (error === undefined) {
                expect(['verifying', 'replacing'].includes(stage), true);
                expect(await kindOf(), 'ok new 3000');
                await fill('a.db', 'old');
                continue;
              }
              if (error !== reason) throw error;
              expect([await kindOf(), await staged()], ['ok old 300', 0]);
            }
            expect([...stages], ['importing', 'verifying', 'replacing']);
            expect(await kindOf(), 'ok new 3000');
            for (const parts of [0, 1, 2]) {
              const controller = new AbortController();
              const reader = (await storage.export('b.db', { signal: controller.signal })).stream.getReader();
              for (let i = 0; i < parts; i++) await reader.read();
              controller.abort(new Error('Enough.'));
              expect((await fail(reader.read())).message, 'Enough.');
              const other = (await storage.export('b.db')).stream;
              await other.cancel();
            }
            const aborted = { signal: AbortSignal.abort(new Error('Before.')) };
            expect((await fail(storage.import('a.db', blob, aborted))).message, 'Before.');
            expect((await fail(storage.export('a.db', aborted))).message, 'Before.');
            await storage.exists('a.db');
            expect([await names(), await staged()], ['a.db,b.db', 0]);
            """);
    }

    [Theory]
    [InlineData("opfs")]
    [InlineData("indexeddb")]
    public async Task Whatever_ends_a_page_or_worker_during_an_import_the_database_is_the_old_one_or_the_new(string backend)
    {
        Random random = CreateRandom();
        Tab tab = await OpenTabAsync(backend);
        double duration = await tab.RunAsync<double>(Start + """
            await fill('b.db', 'new', 5000);
            await fill('a.db', 'old');
            const blob = await (await storage.export('b.db')).blob();
            const began = performance.now();
            await storage.import('c.db', blob);
            await storage.delete('c.db');
            return performance.now() - began;
            """);
        int old = 0;
        int ends = IsLong ? 100 : 5;
        for (int end = 0; end < ends; end++)
        {
            bool reloads = end % 3 == 0;
            await tab.RunAsync($$"""
                const blob = await (await storage.export('b.db')).blob();
                go(storage.import('a.db', blob));
                await new Promise(resolve => setTimeout(resolve, {{(end == 1 ? 0 : random.Next((int)(duration * 1.2)))}}));
                {{(reloads ? "" : "storage.stop(); await start();")}}
                """);
            if (reloads)
            {
                await tab.ReloadAsync();
                await tab.RunAsync(Start);
            }
            string kind = await tab.RunAsync<string>("""
                const kind = await kindOf();
                // Who was ended may hold its files for a moment longer; every open looks again.
                while (await staged() > 0) await kindOf();
                expect(await names(), 'a.db,b.db');
                if (kind !== 'ok old 300') await fill('a.db', 'old');
                return kind;
                """);
            Assert.Contains(kind, (string[])["ok old 300", "ok new 5000"]);
            old += kind == "ok old 300" ? 1 : 0;
        }
        Output.WriteLine($"{old} of {ends} ended before the database was replaced, within {duration:0} ms.");
        Assert.NotEqual(0, old);
    }

    /// <summary>Asks the <c>sqlite3</c> program.</summary>
    private static async Task<string> QueryAsync(byte[] database, string sql)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, database);
            string program = Programs.Find("SQLITE3_PATH", "sqlite3") ?? throw new InvalidOperationException("There is no sqlite3 program on this machine.");
            using Process process = Process.Start(new ProcessStartInfo(program, ["-batch", file, sql]) { RedirectStandardOutput = true })!;
            string answer = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return answer.Trim();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
