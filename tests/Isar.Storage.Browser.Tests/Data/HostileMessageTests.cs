using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>Messages that no client sends. Each gets an error that says what is wrong with it, and the worker answers the next one.</summary>
[Collection(DataTests.Name)]
public sealed partial class HostileMessageTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output)
    : KeptPageTests(fixture, kept, output)
{
    /// <summary>
    /// <c>expect</c> sends a message and notes it as a fault when the answer is another than expected, or when the worker does not answer the
    /// next request.
    /// </summary>
    private const string Setup = """
        const faults = [];
        const outcome = ({ error }) => error ? `${error.kind} ${error.code}: ${error.message}` : 'fine';
        const check = (name, answer, expected) => {
          const text = outcome(answer);
          if (!expected.test(text)) faults.push(`${name}: ${text.slice(0, 300)}, but expected was ${expected}`);
        };
        const goesOn = async name => {
          const answer = await ask({ method: 'query', database, sql: 'SELECT 1' });
          if (answer.error || raw.unasked) faults.push(`After ${name}: ${outcome(answer)} ${raw.unasked && outcome(raw.unasked)}`);
        };
        const expect = async (name, fields, expected) => {
          check(name, await ask({ database, ...fields }), expected);
          await goesOn(name);
        };
        const ask = fields => raw.ask(fields);
        """;

    /// <summary>A worker that the tests of the class have together, with a database that is open.</summary>
    private const string Open = """
        globalThis.raw ??= new RawWorker();
        const hello = raw.hello();
        globalThis.database ??= (await ask(hello), (await ask({ method: 'open', name: 'a.db' })).result);
        """;

    /// <summary>A worker that has not started.</summary>
    private const string Begin = """
        const raw = new RawWorker();
        const hello = raw.hello();
        """;

    [Fact]
    public Task What_is_no_request() => RunAsync(Open, """
        for (const message of [undefined, null, 5, 'text', true, [], {}, new Map(), { method: 'list' }])
          check('no request', await raw.send(message), /^protocol 0: A message to the worker must/);
        for (const id of [0, -1, 1.5, NaN, Infinity, 2 ** 31, '5', null, 5n, {}])
          check(`the id ${id}`, await raw.send({ id, method: 'list' }, 0), /^protocol 0: .*must have an id, a whole number above 0/);
        raw.listen(0);
        for (const method of [undefined, null, 5, '', 'nonsense', 'constructor', '__proto__', 'toString', 'x'.repeat(1_000_000)])
          await expect(`the method ${String(method).slice(0, 20)}`, { method }, /^protocol 0: The worker has no method/);
        await expect('a second hello', hello, /^protocol 0: .*said "hello" before/);
        await expect('another version', { ...hello, protocol: 1 }, /^version 0/);
        const id = raw.nextId();
        const answers = [];
        const both = new Promise(resolve => raw.listen(id, answer => answers.push(answer) === 2 && resolve()));
        for (let i = 0; i < 2; i++) raw.worker.postMessage({ id, method: 'open', name: 'b.db' });
        await both;
        check('an id that is in use', answers[0], /^protocol 0: The request \d+ is not answered yet/);
        check('the first with that id', answers[1], /^fine$/);
        await goesOn('an id that is in use');
        """);

    /// <summary>Every field of every method that <c>request.ts</c> knows, with everything that it must not be.</summary>
    [Fact]
    public async Task Fields_that_are_missing_or_of_a_wrong_type()
    {
        string json = JsonSerializer.Serialize(ReadFields(), JsonSerializerOptions.Web);
        await RunAsync(Open, $$"""
            const fields = {{json}};
            const good = {
              string: 'x', boolean: true, id: database, bytes: new Uint8Array(4), buffer: new ArrayBuffer(4), parameters: [],
              blocks: [new Uint8Array(4)],
            };
            const bad = {
              string: [5, null, {}, ['x'], true],
              boolean: ['true', 1, null, {}],
              number: ['1', NaN, Infinity, null],
              id: ['1', 1.5, -1, 0, NaN, 2 ** 31, null, 1n, [1]],
              bytes: ['x', [1], {}, new Int8Array(4), new ArrayBuffer(4), null],
              buffer: ['x', new Uint8Array(4), {}, null],
              parameters: ['x', 5, null, new Map(), new Set(), new Date(), new Uint8Array(4), new ArrayBuffer(4), /x/],
              blocks: ['x', {}, null, [5], [new Uint8Array(4), null], [, new Uint8Array(4)], new Array(4e9), [[1]], [new ArrayBuffer(4)]],
            };
            let count = 0;
            for (const { method, name, check: kind, optional } of fields) {
              const needed = fields.filter(field => field.method === method && !field.optional);
              const whole = Object.fromEntries(needed.map(field => [field.name, good[field.check]]));
              const error = new RegExp(`^protocol 0: The field "${name}" of "${method}" is missing or of a wrong type`);
              for (const value of bad[kind] ?? [faults.push(`No test has wrong values for a ${kind}.`)]) {
                count++;
                const text = `${method}.${name} = ${typeof value} ${Object.prototype.toString.call(value)}`;
                check(text, await ask({ method, ...whole, [name]: value }), error);
              }
              if (!optional) {
                const { [name]: left, ...rest } = whole;
                check(`${method} without ${name}`, await ask({ method, ...rest }), error);
              }
              await goesOn(`${method}.${name}`);
            }
            if (count < 200) faults.push(`Only ${count} messages were tried.`);
            """);
    }

    /// <summary>Every method of <c>request.ts</c>, with fields that name nothing: the worker reads them and knows what to do.</summary>
    [Fact]
    public async Task Fields_that_name_nothing()
    {
        string json = JsonSerializer.Serialize(ReadFields(), JsonSerializerOptions.Web);
        string methods = JsonSerializer.Serialize(Method().Matches(ReadMethods()).Select(method => method.Groups[1].Value));
        await RunAsync(Open, $$"""
            const fields = {{json}};
            const good = {
              string: 'x', boolean: true, number: 1, id: 99, bytes: new Uint8Array(4), buffer: new ArrayBuffer(4), parameters: [],
              blocks: [new Uint8Array(4)],
            };
            const understood = /^(fine|(closed|usage) 21: .*(99|"x")|(busy|unavailable|notFound|pathInvalid) \d+: .*"x")/;
            for (const method of {{methods}}.filter(method => method !== 'hello')) {
              const whole = Object.fromEntries(fields.filter(field => field.method === method).map(field => [field.name, good[field.check]]));
              check(method, await ask({ method, ...whole }), understood);
              await goesOn(method);
            }
            """);
    }

    [Fact]
    public Task A_start_with_wrong_options() => RunAsync(Begin, """
        check('before hello', await ask({ method: 'list' }), /^protocol 0: The first request must be "hello"/);
        check('no options', await ask({ ...hello, options: undefined }), /^protocol 0: The field "options"/);
        for (const [name, values] of Object.entries({
          page: [5], directory: [5, null], candidates: ['opfs', [5], [, 'opfs'], new Array(4e9)], migrateOnOpen: ['yes'], memoryOnly: [1],
          quotaWarningRatio: ['1', NaN], openTimeoutMs: ['1', NaN, Infinity], leaseTimeoutMs: [null, -Infinity] }))
          for (const value of values)
            check(`${name} = ${typeof value}`, await ask({ ...hello, options: { [name]: value } }), /^protocol 0: The field "options" of "hello"/);
        check('interrupts', await ask({ ...hello, interrupts: [1] }), /^protocol 0: The field "interrupts"/);
        check('hello', await ask(hello), /^fine$/);
        raw.worker.terminate();
        """);

    [Theory]
    [InlineData("openTimeoutMs: 1e300")]
    [InlineData("openTimeoutMs: -1")]
    [InlineData("leaseTimeoutMs: 600001")]
    [InlineData("quotaWarningRatio: 0")]
    [InlineData("quotaWarningRatio: -1e300")]
    [InlineData("candidates: []")]
    [InlineData("candidates: ['opfs', 'opfs']")]
    [InlineData("candidates: ['\\ud800']")]
    public Task A_start_with_options_out_of_range_is_an_error_of_the_caller(string option) => RunAsync(Begin, $$"""
        const refused = new Promise(resolve => raw.listen(0, resolve));
        check('hello', await Promise.race([ask({ ...hello, options: { {{option}} } }), refused]), /^usage 21: /);
        raw.worker.terminate();
        """);

    [Fact]
    public Task Names_that_are_none() => RunAsync(Open, """
        for (const name of ['', '.', '..', 'a/../b', '/a', 'a//b', 'a\0b', '\ud800', 'x'.repeat(401), 'x'.repeat(10_000_000), 'con\n'])
          for (const method of ['open', 'delete', 'exists'])
            await expect(`${method} ${JSON.stringify(name).slice(0, 20)}`, { method, name }, /^pathInvalid 14: .{1,1000}$/s);
        """);

    [Fact]
    public Task Parameters_that_SQLite_cannot_take() => RunAsync(Open, """
        const cycle = {};
        cycle.cycle = cycle;
        const wrong = /^usage 21: .*Parameter 1 has a type that SQLite cannot store/;
        for (const value of [undefined, true, {}, [], cycle, new Date(), /x/, new Map(), new Blob([]), new Float64Array(1), new ArrayBuffer(1),
          new Error('x')]) {
          const params = [value];
          for (const fields of [{ method: 'query', params }, { method: 'exec', params }, { method: 'stream', params }])
            await expect(`${fields.method} with ${String(value)}`, { sql: 'SELECT ?', ...fields }, wrong);
        }
        await expect('a cycle', { method: 'query', sql: 'SELECT $cycle', params: cycle }, /^usage 21: Parameter 1 \(\$cycle\) has a type/);
        await expect('a hole', { method: 'query', sql: 'SELECT ?, ?', params: [1, ,] }, /^usage 21: Parameter 2 has a type/);
        const tooFew = /^usage 21: Parameter 2 has no value: the statement has 2 parameters, 1 given/;
        await expect('too few', { method: 'query', sql: 'SELECT ?, ?', params: [1] }, tooFew);
        await expect('too many', { method: 'query', sql: 'SELECT ?', params: new Array(4e9) }, /^usage 21: Value 2 has no parameter/);
        await expect('another name', { method: 'query', sql: 'SELECT $a', params: { b: 1 } }, /^usage 21: Parameter 1 \(\$a\) has no value/);
        const twoNames = { a: 1, ['x'.repeat(1_000_000)]: 1 };
        await expect('a name too many', { method: 'query', sql: 'SELECT $a', params: twoNames }, /^usage 21: There is no parameter/);
        for (const value of [NaN, 2n ** 63n, '\ud800'])
          await expect(`${String(value)}`, { method: 'query', sql: 'SELECT ?', params: [value] }, /^usage 21: Parameter 1 is /);
        """);

    [Fact]
    public Task Blocks_of_parameters_that_are_damaged() => RunAsync(Open, """
        const block = (...bytes) => new Uint8Array(bytes);
        const run = (name, parameters, expected, sql = 'SELECT 1') => expect(name, { method: 'run', sql, parameters }, expected);
        const early = /^usage 21: (Row \d+: )?The block of parameters is damaged: it ends too early/;
        const whole = block(2, 0, 0, 0,  1, 0, 0, 0, 97,  4, 2, 0, 0, 0, 98, 99,  1, 0, 0, 0, 98,  2, 1, 2, 3, 4, 5, 6, 7, 8);
        await run('whole', whole, /^fine/, 'SELECT $a, $b');
        for (let length = 0; length < whole.length; length++)
          check(`${length} bytes`, await ask({ method: 'run', database, sql: 'SELECT 1', parameters: whole.slice(0, length) }), early);
        await goesOn('blocks that end too early');
        await run('a count beyond the block', block(255, 255, 255, 255), early);
        await run('a name beyond the block', block(1, 0, 0, 0, 255, 255, 255, 255, 97), early);
        for (const tag of [4, 5])
          await run('a value beyond the block', block(1, 0, 0, 0,  0, 0, 0, 0,  tag, 255, 255, 255, 127, 1), early);
        for (const tag of [6, 9, 128, 255])
          await run(`the tag ${tag}`, block(1, 0, 0, 0,  0, 0, 0, 0,  tag), new RegExp(`^usage 21: .*there is no tag ${tag}`));
        await run('a longer block', block(...whole, 0), /^usage 21: .*longer than its parameters/);
        await run('a million names', new Uint8Array(5_000_004).fill(64, 0, 3).fill(0, 2), /^usage 21: /);
        for (let seed = 1; seed <= 300; seed++) {
          const bytes = Uint8Array.from(whole, (byte, i) => (seed * (i + 7) * 2654435761 >>> 13) % 5 === 0 ? seed * 31 + i : byte);
          check(`random ${seed}`, await ask({ method: 'run', database, sql: 'SELECT $a, $b', parameters: bytes }), /^(fine|usage 21)/);
        }
        await goesOn('random blocks');
        const rows = (name, blocks, expected) => expect(name, { method: 'exec', sql: 'SELECT $a, $b', rows: blocks }, expected);
        await rows('rows', [whole, block(...whole, ...whole)], /^fine/);
        await rows('rows of which the last ends too early', [block(...whole, ...whole.slice(0, -1))], early);
        await rows('rows without end', [new Uint8Array(1_000_000)], /^usage 21: Row 1: Parameter 1 \(\$a\) has no value/);
        """);

    [Fact]
    public Task Memory_that_the_page_shares() => RunAsync(Open, """
        const shared = new Uint8Array(new SharedArrayBuffer(8, { maxByteLength: 1 << 20 }));
        await expect('a blob', { method: 'query', sql: 'SELECT ?', params: [shared] }, /^usage 21: Parameter 1 lies in shared memory/);
        await expect('a block', { method: 'run', sql: 'SELECT 1', parameters: shared }, /^protocol 0: The field "parameters" of "run"/);
        await expect('a buffer', { method: 'next', stream: 1, buffer: shared.buffer }, /^protocol 0: The field "buffer" of "next"/);
        const growing = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 1 << 20 }));
        await expect('a resizable blob', { method: 'query', sql: 'SELECT ?', params: [growing] }, /^fine/);
        """, TestSite.Isolated);

    [Fact]
    public Task SQL_without_end() => RunAsync(Open, """
        const query = (name, sql, expected, params) => expect(name, { method: 'query', sql, ...(params && { params }) }, expected);
        await query('10 MB', `SELECT 1 -- ${'x'.repeat(10_000_000)}`, /^fine/);
        await query('50 MB of blanks', `SELECT 1;${' '.repeat(50_000_000)}`, /^fine/);
        await query('a comment without end', `SELECT 1;/*${' '.repeat(10_000_000)}`, /^fine/);
        await query('half of a pair', "SELECT '\ud800'", /^usage 21: The SQL holds half of a surrogate pair/);
        await query('NUL', 'SELECT 1\0', /^usage 21: The SQL holds a NUL/);
        await query('two', 'SELECT 1; SELECT 2', /^usage 21: The SQL holds more than one statement/);
        await query('none', ' ; -- nothing', /^usage 21: The SQL holds no statement/);
        await query('a text without end', "SELECT '" + 'x'.repeat(1_000_000), /^sqlite 1: unrecognized token/);
        const depth = /^(fine|sqlite 1: (Recursion limit|Expression tree is too large|parser stack overflow|too many|malformed JSON|LIKE or GLOB))/;
        for (const n of [100, 1000, 10_000, 1_000_000]) {
          for (const [before, middle, after] of [['SELECT (', '1', ')'], ['SELECT - ', '1', ''], ['SELECT NOT ', '1', ''], ['(SELECT ', '1', ')'],
            ['abs(', '1', ')'], ['CASE WHEN 1 THEN ', '1', ' END'], ['EXISTS (SELECT 1 WHERE ', '1', ')'], ['', '1', '+1'], ['', "''", "||'a'"],
            ['', '1', ' UNION ALL SELECT 1']]) {
            const open = before.startsWith('SELECT') ? before.replace('SELECT ', '') : before;
            await query(`${n} times ${before}${after}`, 'SELECT ' + open.repeat(n) + middle + after.repeat(n), depth);
          }
          await query(`${n} subqueries`, `SELECT * FROM ${'(SELECT * FROM '.repeat(n)}sqlite_schema${')'.repeat(n)}`, depth);
          await query(`${n} CTEs`, `${'WITH a AS ('.repeat(n)}SELECT 1${') SELECT * FROM a'.repeat(n)}`, depth);
          await query(`${n} arrays`, `SELECT json('${'['.repeat(n)}${']'.repeat(n)}')`, depth);
        }
        await query('3000 columns', `SELECT ${Array(3000).fill(1)}`, /^sqlite 1: too many columns in result set/);
        const wide = `CREATE TABLE wide (${Array.from({ length: 3000 }, (_, i) => `c${i}`)})`;
        await expect('3000 columns of a table', { method: 'exec', sql: wide }, /^sqlite 1: too many columns/);
        const rows = n => `SELECT count(*) FROM (VALUES ${Array(n).fill('(?)')})`;
        await query('32766 parameters', rows(32766), /^fine/, Array(32766).fill(1));
        await query('32767 parameters', rows(32767), /^sqlite 1: too many SQL variables/, Array(32767).fill(1));
        await query('the parameter 32767', 'SELECT ?32767', /^sqlite 1: variable number must be between/, [1]);
        """);

    [Fact]
    public Task More_than_there_is_memory_for() => RunAsync(Open, """
        const query = (name, sql, expected, params) => expect(name, { method: 'query', sql, ...(params && { params }) }, expected);
        await query('zeroblob', 'SELECT zeroblob(2000000000)', /^sqlite 18: string or blob too big/);
        await query('hex', 'SELECT hex(zeroblob(600000000))', /^sqlite (18|7): /);
        // One buffer, sent once; fifteen times its length is 14 bytes more than a number of 32 bits can say.
        const bytes = new Uint8Array(286_331_154);
        const many = `SELECT ${Array(15).fill('length(?)')}`;
        await query('4 GB of blobs', many, /^sqlite 18: The parameters take 4294967310 bytes together/, Array(15).fill(bytes));
        await expect('a statement that is no one', { method: 'query', database: 99, sql: 'SELECT 1' }, /^closed 21: There is no open database 99/);
        """);

    [Fact]
    public Task Thousands_of_requests_at_once() => RunAsync(Open, """
        const methods = [{ method: 'query', sql: 'SELECT ?', params: ['x'.repeat(1000)] }, { method: 'nonsense' },
          { method: 'query', sql: 'nonsense' }, { method: 'exists', name: 'a.db' },
          { method: 'exec', sql: 'CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1)' }];
        const answers = await Promise.all(Array.from({ length: 3000 }, (_, i) => ask({ database, ...methods[i % methods.length] })));
        for (const [i, expected] of [/^fine/, /^protocol/, /^sqlite 1/, /^fine/, /^fine/].entries())
          answers.filter((_, at) => at % methods.length === i).forEach(answer => check('one of 3000', answer, expected));
        await goesOn('3000 requests');
        """);

    /// <summary>Reads the fields of <c>request.ts</c>, without those of <c>hello</c>.</summary>
    private static List<Field> ReadFields()
    {
        string source = File.ReadAllText(BuiltFiles.SourceFile("Browser/Host/request.ts"));
        string statement = StatementFields().Match(source).Groups[1].Value;
        List<Field> fields =
        [
            .. from Match method in Method().Matches(ReadMethods())
               where method.Groups[1].Value != "hello"
               from Match field in FieldOfMethod().Matches(method.Groups[2].Value.Replace("...statement", statement, StringComparison.Ordinal))
               // { bytes } is short for { bytes: bytes }.
               let check = field.Groups[3].Success ? field.Groups[3].Value : field.Groups[1].Value
               select new Field(method.Groups[1].Value, field.Groups[1].Value, check, field.Groups[2].Success),
        ];
        Assert.Contains(new Field("query", "limit", "id", true), fields);
        Assert.Contains(new Field("exec", "sql", "string", false), fields);
        Assert.Contains(new Field("push", "bytes", "bytes", false), fields);
        return fields;
    }

    private static string ReadMethods() => Methods().Match(File.ReadAllText(BuiltFiles.SourceFile("Browser/Host/request.ts"))).Groups[1].Value;

    [GeneratedRegex(@"const statement = \{ (.*) \};")]
    private static partial Regex StatementFields();

    [GeneratedRegex(@"const fieldsOf[^\n]*\n(.*?)\n\};", RegexOptions.Singleline)]
    private static partial Regex Methods();

    [GeneratedRegex(@"^  (\w+): \{(.*)\},?$", RegexOptions.Multiline)]
    private static partial Regex Method();

    [GeneratedRegex(@"(\w+)(?:: (optional\()?(\w+)\)?)?")]
    private static partial Regex FieldOfMethod();

    private async Task RunAsync(string begin, string script, string path = "")
    {
        TestPage page = await TakeEmptyAsync(path);
        string[] faults = await page.RunAsync<string[]>($"{Setup} {begin} {script} return faults;");
        Assert.True(faults.Length == 0, string.Join('\n', faults.Take(40)));
    }

    private sealed record Field(string Method, string Name, string Check, bool Optional);
}
