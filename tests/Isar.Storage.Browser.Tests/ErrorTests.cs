using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests;

/// <summary>What goes wrong reaches the page as an error that names the cause, and the worker goes on.</summary>
[Collection(BrowserTests.Name)]
public sealed class ErrorTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    [Fact]
    public async Task A_constraint_gives_SQLites_codes_and_message()
    {
        Failure failure = await FailAsync("""
            await open();
            await db.exec('CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)');
            return await fail(db.exec('INSERT INTO t VALUES (1)'));
            """);
        Assert.Equal((19, 2067), (failure.Code, failure.ExtendedCode));
        Assert.Contains("UNIQUE constraint failed: t.x", failure.Message);
    }

    [Fact]
    public async Task An_unknown_backend_is_named()
    {
        Failure failure = await FailAsync("return await fail(startAnother({ candidates: ['floppy'] }));");
        Assert.StartsWith("The option candidates: There is no backend \"floppy\"", failure.Message);
        Assert.Contains("opfs", failure.Message);
    }

    [Fact]
    public async Task A_database_to_attach_that_is_not_open_is_named_with_what_to_do() => await (await TakeAsync()).RunAsync("""
        await open();
        const { message } = await fail(db.exec(`ATTACH '${at('other.db')}' AS other`), 'sqlite', at('other.db'), 'open or prepare the database');
        assert(!message.includes('Async'), message);
        """);

    [Theory]
    [InlineData("../secret.db", "..")]
    [InlineData("/absolute.db", "relative")]
    [InlineData("a\\\\b.db", "\\")]
    [InlineData("", "empty")]
    [InlineData("notes.db-journal", "journal")]
    public async Task A_bad_name_is_refused(string name, string cause)
    {
        Failure failure = await FailAsync($"return await fail(storage.open('{name}'));");
        Assert.Equal("pathInvalid", failure.Kind);
        Assert.Contains(cause, failure.Message);
    }

    [Fact]
    public async Task A_directory_with_dots_is_refused()
    {
        Failure failure = await FailAsync("return await fail(startAnother({ directory: 'a/../b' }).then(another => another.open('x.db')));");
        Assert.Equal("pathInvalid", failure.Kind);
        Assert.Contains("..", failure.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_corrupt_and_stays_as_it_is()
    {
        Failure failure = await FailAsync("""
            const file = await (await opfsDirectory()).getFileHandle('broken.db', { create: true });
            const writable = await file.createWritable();
            await writable.write('This is no database. '.repeat(100));
            await writable.close();
            const result = await fail(storage.open('broken.db'));
            assertEqual(await (await file.getFile()).text(), 'This is no database. '.repeat(100), 'The file');
            return result;
            """);
        Assert.Equal(("corrupt", 26), (failure.Kind, failure.Code));
        Assert.Contains("broken.db", failure.Message);
    }

    [Fact]
    public async Task A_directory_is_no_database()
    {
        Failure failure = await FailAsync("""
            await (await opfsDirectory()).getDirectoryHandle('folder.db', { create: true });
            return await fail(storage.open('folder.db'));
            """);
        Assert.Equal("notAFile", failure.Kind);
        Assert.Contains("folder.db", failure.Message);
    }

    [Fact]
    public async Task A_database_that_another_worker_has_in_a_transaction_is_busy_after_the_time_out()
    {
        Failure failure = await FailAsync("""
            const db = await open();
            await endless(db, 'SELECT 1');
            const second = await startAnother({ openTimeoutMs: 1000 });
            await second.list();
            const result = await fail(second.open(at('shared.db')));
            second.stop();
            await db.close();
            return result;
            """);
        Assert.Equal(("busy", 5), (failure.Kind, failure.Code));
        Assert.Contains("shared.db", failure.Message);
        Assert.Contains($"the page {Fixture.Url}, opened at", failure.Message);
    }

    [Theory]
    [InlineData("{ memoryOnly: true }")]
    [InlineData("{ directory: ':memory:' }")]
    public async Task Memory_only_leaves_no_file(string options) => await (await TakeAsync()).RunAsync($$"""
        const names = async () => (await Array.fromAsync((await navigator.storage.getDirectory()).keys())).sort();
        const before = await names();
        const another = await startAnother({{options}});
        const db = await another.open('memory.db');
        await db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        const report = await another.report();
        assertEqual(await names(), before, 'What is in OPFS');
        assertEqual(report.durability, 'none');
        assert(report.reason.includes('Nothing is stored'), report.reason);
        another.stop();
        """);

    [Fact]
    public async Task A_worker_that_is_not_there_is_said_so()
    {
        Failure failure = await FailAsync("return await fail(startAnother({ workerUrl: '/missing/isar-worker.js' }));");
        Assert.Equal("worker", failure.Kind);
        Assert.Contains("/missing/isar-worker.js", failure.Message);
    }

    [Theory]
    [InlineData("sqlite3.*.wasm")]
    [InlineData("dotnet.*.wasm")]
    [InlineData("assemblies.*.bin")]
    public async Task A_file_that_does_not_arrive_is_named_and_a_later_start_works(string file)
    {
        TestPage page = await OpenAsync();
        string directory = $"copies/{Guid.NewGuid():N}";
        string path = $"{directory}/{BuiltFiles.WorkerFile(file)}";
        Fixture.Site.Stalled = $"/{path}";
        try
        {
            // A start that is given up early names other files too.
            await page.RunAsync($$"""
                let said = '';
                for (let startTimeoutMs = 500; !said.includes('not arrived: {{Fixture.Url}}{{path}}.'); startTimeoutMs *= 2) {
                  said = (await fail(startAnother({ workerUrl: '/{{directory}}/isar-worker.js', startTimeoutMs }), 'worker')).message;
                }
                """);
        }
        finally
        {
            Fixture.Site.Stalled = null;
        }
        await page.RunAsync($$"""await open({ workerUrl: '/{{directory}}/isar-worker.js' }); assertEqual(await value('SELECT 1'), 1);""");
    }

    /// <summary>The browser keeps what it got under that name, and is told that it may.</summary>
    [Theory]
    [InlineData("sqlite3.*.wasm")]
    [InlineData("dotnet.*.wasm")]
    [InlineData("assemblies.*.bin")]
    public async Task A_file_that_was_half_deployed_is_named_and_a_later_start_works(string file)
    {
        string directory = $"copies/{Guid.NewGuid():N}";
        string path = $"{directory}/{BuiltFiles.WorkerFile(file)}";
        Fixture.Site.Half = $"/{path}";
        try
        {
            Failure failure = await FailAsync($$"""return await fail(startAnother({ workerUrl: '/{{directory}}/isar-worker.js' }));""");
            Assert.Equal("worker", failure.Kind);
            Assert.Contains($"{Fixture.Url}{path} could not be loaded: the server sends something else", failure.Message);
        }
        finally
        {
            Fixture.Site.Half = null;
        }
        TestPage page = await OpenAsync();
        await page.RunAsync($$"""await open({ workerUrl: '/{{directory}}/isar-worker.js' }); assertEqual(await value('SELECT 1'), 1);""");
    }

    [Fact]
    public async Task A_file_that_was_not_deployed_is_named()
    {
        string directory = $"copies/{Guid.NewGuid():N}";
        string path = $"{directory}/{BuiltFiles.WorkerFile("assemblies.*.bin")}";
        Fixture.Site.Missing = $"/{path}";
        try
        {
            Failure failure = await FailAsync($$"""return await fail(startAnother({ workerUrl: '/{{directory}}/isar-worker.js' }));""");
            Assert.Equal("worker", failure.Kind);
            Assert.Contains($"{Fixture.Url}{path} could not be loaded: 404", failure.Message);
        }
        finally
        {
            Fixture.Site.Missing = null;
        }
    }

    [Fact]
    public async Task A_script_that_is_no_worker_is_said_so() => await (await TakeAsync()).RunAsync("""
        const workerUrl = URL.createObjectURL(new Blob(['onmessage = () => {}'], { type: 'text/javascript' }));
        await fail(startAnother({ workerUrl, startTimeoutMs: 1 }), 'worker', workerUrl, 'not the worker of Isar.Storage');
        """);

    [Fact]
    public async Task A_page_that_enforces_trusted_types_gives_an_address_that_is_trusted() => await (await TakeAsync()).RunAsync("""
        const frame = document.createElement('iframe');
        const ended = new Promise(resolve => (globalThis.tell = resolve));
        frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for 'script'"><script type="module">
          const { IsarStorage } = await import('/isar/isar-client.js');
          const start = async workerUrl => {
            const storage = await IsarStorage.start({ workerUrl, memoryOnly: true });
            const [{ n }] = await (await storage.open('a.db')).query('SELECT 5 AS n');
            storage.stop();
            return n;
          };
          const policy = trustedTypes.createPolicy('test', { createScriptURL: url => url });
          const refused = await start('/isar/isar-worker.js').catch(error => error.kind + ': ' + error.message);
          parent.tell([refused, await start(policy.createScriptURL('/isar/isar-worker.js')).catch(String)]);
        </script>`;
        document.body.append(frame);
        const [refused, started] = await ended;
        frame.remove();
        assert(/^worker: .*TrustedScriptURL/.test(refused), refused);
        assertEqual(started, 5);
        """);

    [Fact]
    public async Task A_worker_of_another_version_is_refused_by_both_sides()
    {
        Failure failure = await FailAsync("""
            const raw = new RawWorker();
            assertEqual((await raw.ask({ ...raw.hello(), protocol: 999 })).error.kind, 'version');
            raw.worker.terminate();
            const script = `onmessage = event => postMessage({ id: event.data.id, protocol: 999, result: null })`;
            const workerUrl = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
            return await fail(startAnother({ workerUrl }));
            """);
        Assert.Equal("version", failure.Kind);
    }

    [Fact]
    public async Task Garbage_gets_an_error_and_the_worker_goes_on() => await (await TakeAsync()).RunAsync("""
        const raw = new RawWorker();
        const kinds = [];
        for (const message of [
          { id: 1, ...raw.hello() }, null, 'text', {}, { id: -1, method: 'list' }, { id: 2 }, { id: 3, method: 'nonsense' },
          { id: 4, method: 'open', name: 5 }, { id: 5, method: 'exec', database: 77, sql: 'SELECT 1' }, { id: 6, method: 'list' },
          { id: 7, method: 'open', name: 'garbage.db' }, { id: 8, method: 'query', database: 1, sql: 'SELECT ?, ?, ?', params: [1, , 3] },
          { id: 9, method: 'query', database: 1, sql: 'SELECT 1' },
        ]) kinds.push((await raw.send(message)).error?.kind ?? 'fine');
        raw.worker.terminate();
        assertEqual(kinds, ['fine', ...Array(7).fill('protocol'), 'closed', 'fine', 'fine', 'usage', 'fine'], 'What it answered');
        """);

    private async Task<Failure> FailAsync(string script) => await (await TakeAsync()).RunAsync<Failure>(script);
}
