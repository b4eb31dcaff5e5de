using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace Isar.Storage.Browser.Tests;

/// <summary>What goes wrong reaches the page as an error that names the cause, and the worker goes on.</summary>
[Collection(BrowserTests.Name)]
public sealed class ErrorTests(BrowserFixture fixture)
{
    /// <summary>Removes what a test leaves and puts files where the library cannot.</summary>
    private const string Helpers = """
        globalThis.failure = async action => {
          try { await action(); } catch (error) {
            return JSON.stringify({ Kind: error.kind ?? error.name, Code: error.code ?? 0, ExtendedCode: error.extendedCode ?? 0, Message: error.message });
          }
          throw new Error('It was expected to fail.');
        };
        globalThis.directory = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('errors', { create: true });
        """;

    [Fact]
    public async Task A_constraint_gives_SQLites_codes_and_message()
    {
        Failure failure = await FailAsync("""
            const storage = await IsarStorage.start({ directory: 'errors' });
            const db = await storage.open('unique.db');
            await db.exec('CREATE TABLE IF NOT EXISTS t (x UNIQUE); DELETE FROM t; INSERT INTO t VALUES (1)');
            return await failure(() => db.exec('INSERT INTO t VALUES (1)'));
            """);
        Assert.Equal((19, 2067), (failure.Code, failure.ExtendedCode));
        Assert.Contains("UNIQUE constraint failed: t.x", failure.Message);
    }

    [Fact]
    public async Task An_unknown_backend_is_named()
    {
        Failure failure = await FailAsync("return await failure(() => IsarStorage.start({ candidates: ['floppy'] }));");
        Assert.Contains("floppy", failure.Message);
        Assert.Contains("opfs", failure.Message);
    }

    [Theory]
    [InlineData("../secret.db", "..")]
    [InlineData("/absolute.db", "relative")]
    [InlineData("a\\\\b.db", "\\")]
    [InlineData("", "empty")]
    [InlineData("notes.db-journal", "journal")]
    public async Task A_bad_name_is_refused(string name, string cause)
    {
        Failure failure = await FailAsync($"const storage = await IsarStorage.start({{ directory: 'errors' }}); return await failure(() => storage.open('{name}'));");
        Assert.Equal("pathInvalid", failure.Kind);
        Assert.Contains(cause, failure.Message);
    }

    [Fact]
    public async Task A_directory_with_dots_is_refused()
    {
        Failure failure = await FailAsync("""
            return await failure(async () => (await IsarStorage.start({ directory: 'a/../b' })).open('x.db'));
            """);
        Assert.Equal("pathInvalid", failure.Kind);
        Assert.Contains("..", failure.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_corrupt_and_stays_as_it_is()
    {
        Failure failure = await FailAsync("""
            const file = await (await directory()).getFileHandle('broken.db', { create: true });
            const writable = await file.createWritable();
            await writable.write('This is no database. '.repeat(100));
            await writable.close();
            const storage = await IsarStorage.start({ directory: 'errors' });
            const result = await failure(() => storage.open('broken.db'));
            storage.stop();
            if ((await (await file.getFile()).text()).length !== 2100) throw new Error('The file was changed.');
            return result;
            """);
        Assert.Equal(("corrupt", 26), (failure.Kind, failure.Code));
        Assert.Contains("broken.db", failure.Message);
    }

    [Fact]
    public async Task A_directory_is_no_database()
    {
        Failure failure = await FailAsync("""
            await (await directory()).getDirectoryHandle('folder.db', { create: true });
            const storage = await IsarStorage.start({ directory: 'errors' });
            return await failure(() => storage.open('folder.db'));
            """);
        Assert.Equal("notAFile", failure.Kind);
        Assert.Contains("folder.db", failure.Message);
    }

    [Fact]
    public async Task A_database_that_another_worker_has_in_a_transaction_is_busy_after_the_time_out()
    {
        Failure failure = await FailAsync("""
            const first = await IsarStorage.start({ directory: 'errors' });
            const db = await first.open('held.db');
            await db.exec('BEGIN IMMEDIATE');
            const second = await IsarStorage.start({ directory: 'errors', openTimeoutMs: 3000 });
            await second.list();
            const result = await failure(() => second.open('held.db'));
            first.stop();
            second.stop();
            return result;
            """);
        Assert.Equal(("busy", 5), (failure.Kind, failure.Code));
        Assert.Contains("held.db", failure.Message);
        Assert.Contains($"the page {fixture.Url}, opened at", failure.Message);
    }

    [Theory]
    [InlineData("{ memoryOnly: true }")]
    [InlineData("{ directory: ':memory:' }")]
    public async Task Memory_only_leaves_no_file(string options)
    {
        IPage page = await fixture.OpenPageAsync();
        string[] result = await page.EvaluateAsync<string[]>($$"""
            async () => {
              const names = async () => (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).sort().join();
              const before = await names();
              const storage = await IsarStorage.start({{options}});
              const db = await storage.open('memory.db');
              await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
              const report = await storage.report();
              return [before, await names(), report.durability, report.reason];
            }
            """);
        await page.CloseAsync();
        Assert.Equal(result[0], result[1]);
        Assert.Equal("none", result[2]);
        Assert.Contains("Nothing is stored", result[3]);
    }

    [Fact]
    public async Task A_worker_that_is_not_there_is_said_so()
    {
        Failure failure = await FailAsync("return await failure(() => IsarStorage.start({ workerUrl: '/missing/isar-worker.js' }));");
        Assert.Equal("worker", failure.Kind);
        Assert.Contains("/missing/isar-worker.js", failure.Message);
    }

    [Fact]
    public async Task A_worker_of_another_version_is_refused_by_both_sides()
    {
        IPage page = await fixture.OpenPageAsync();
        string message = await page.EvaluateAsync<string>("""
            () => new Promise(resolve => {
              const worker = new Worker('/isar/isar-worker.js', { type: 'module' });
              worker.onmessage = event => resolve(event.data.error.kind + ': ' + event.data.error.message);
              worker.postMessage({ id: 1, method: 'hello', protocol: 999, options: {} });
            })
            """);
        Assert.StartsWith("version", message, StringComparison.Ordinal);
        Failure failure = await FailAsync(page, """
            const script = `onmessage = event => postMessage({ id: event.data.id, protocol: 999, result: null })`;
            const workerUrl = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
            return await failure(() => IsarStorage.start({ workerUrl }));
            """);
        Assert.Equal("version", failure.Kind);
    }

    [Fact]
    public async Task Garbage_gets_an_error_and_the_worker_goes_on()
    {
        IPage page = await fixture.OpenPageAsync();
        string[] kinds = await page.EvaluateAsync<string[]>($$"""
            async () => {
              const worker = new Worker('/isar/isar-worker.js', { type: 'module' });
              const ask = message => new Promise(resolve => {
                worker.onmessage = event => resolve(event.data.error?.kind ?? 'fine');
                worker.postMessage(message);
              });
              const kinds = [await ask({ id: 1, method: 'hello', protocol: {{BuiltFiles.ProtocolVersion}}, options: { directory: 'errors' } })];
              for (const message of [
                null, 'text', {}, { id: -1, method: 'list' }, { id: 2 }, { id: 3, method: 'nonsense' }, { id: 4, method: 'open', name: 5 },
                { id: 5, method: 'exec', database: 77, sql: 'SELECT 1' }, { id: 6, method: 'list' },
                { id: 7, method: 'open', name: 'garbage.db' }, { id: 8, method: 'query', database: 1, sql: 'SELECT ?, ?, ?', params: [1, , 3] },
                { id: 9, method: 'query', database: 1, sql: 'SELECT 1' },
              ]) kinds.push(await ask(message));
              return kinds;
            }
            """);
        await page.CloseAsync();
        Assert.Equal(["fine", "protocol", "protocol", "protocol", "protocol", "protocol", "protocol", "protocol", "closed", "fine", "fine", "usage", "fine"], kinds);
    }

    private async Task<Failure> FailAsync(string script)
    {
        IPage page = await fixture.OpenPageAsync();
        Failure failure = await FailAsync(page, script);
        await page.CloseAsync();
        return failure;
    }

    private static async Task<Failure> FailAsync(IPage page, string script) =>
        JsonSerializer.Deserialize<Failure>(await page.EvaluateAsync<string>($"async () => {{ {Helpers} {script} }}"))!;

    private sealed record Failure(string Kind, int Code, int ExtendedCode, string Message);
}
