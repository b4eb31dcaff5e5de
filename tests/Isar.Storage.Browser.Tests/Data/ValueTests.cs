using Xunit;
using Xunit.Abstractions;

namespace Isar.Storage.Browser.Tests.Data;

/// <summary>
/// The values that are easily lost on the way, through each way on which the TypeScript client sends them: each comes back as it was, or
/// gives the error that <c>docs/typescript.md</c> names. <c>RoundTripTests</c> of the page has those of the C# client.
/// </summary>
[Collection(DataTests.Name)]
public sealed class ValueTests(BrowserFixture fixture, KeptPages kept, ITestOutputHelper output) : KeptPageTests(fixture, kept, output)
{
    private const string Setup = """
        const db = await open();
        await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
        const last = async () => (await db.queryOne('SELECT x FROM t ORDER BY id DESC')).x;
        const echo = await db.prepare('SELECT ? AS x');
        const insert = await db.prepare('INSERT INTO t (x) VALUES (?)');
        const only = async rows => { let found; for await (const row of rows) found = row.x; return found; };
        const ways = {
          query: async x => (await db.query('SELECT ? AS x', [x]))[0].x,
          name: async x => (await db.queryOne('SELECT $x AS x', { x })).x,
          exec: async x => { await db.exec('INSERT INTO t (x) VALUES (?)', [x]); return await last(); },
          execMany: async x => { await db.execMany('INSERT INTO t (x) VALUES (:x)', [{ x: 0 }, { x }]); return await last(); },
          stream: async x => await only(db.stream('SELECT ? AS x', [x])),
          prepared: async x => (await echo.queryOne([x])).x,
          preparedExec: async x => { await insert.execMany([[x]]); return await last(); },
          preparedStream: async x => await only(echo.stream([x])),
          transaction: async x => await db.transaction(async tx => {
            await tx.exec('INSERT INTO t (x) VALUES (?)', [x]);
            return (await tx.queryOne('SELECT x FROM t ORDER BY id DESC')).x;
          }),
          transactionStream: async x => await db.transaction(tx => only(tx.stream('SELECT ? AS x', [x]))),
        };
        const same = (a, b) => a instanceof Uint8Array
          ? b instanceof Uint8Array && a.length === b.length && indexedDB.cmp(a, b) === 0
          : Object.is(a, b);
        const brief = value => value instanceof Uint8Array ? `${value.length} bytes` : show(typeof value === 'string' ? value.slice(0, 50) : value);
        const faults = [];
        const check = async (name, value, expected, only = Object.keys(ways)) => {
          for (const way of only) {
            const wanted = expected instanceof RegExp ? expected : brief(expected);
            const fault = what => faults.push(`${name} by ${way} ${what}, but expected was ${wanted}`);
            try {
              const result = await ways[way](value);
              if (expected instanceof RegExp || !same(expected, result)) fault(`came back as ${brief(result)}`);
            } catch (error) {
              const text = `${error.kind} ${error.code}: ${error.message}`;
              if (!(expected instanceof RegExp && error instanceof IsarStorageError && expected.test(text))) fault(`failed: ${error}`);
            }
          }
        };
        """;

    [Fact]
    public Task Numbers() => RunAsync("""
        for (const value of [0, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 0.1, 5e-324,
          1.7976931348623157e308, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 2 ** 64, Infinity, -Infinity, -0.5])
          await check(`${value}`, value, value);
        await check('-0', -0, 0);
        await check('NaN', NaN, /^usage 21: .*NaN, which SQLite cannot store; use null/);
        await check('true', true, 1);
        await check('false', false, 0);
        """);

    [Fact]
    public Task Large_integers() => RunAsync("""
        const largest = 2n ** 63n - 1n;
        for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, largest, -largest, -largest - 1n])
          await check(`${value}n`, value, value);
        await check('5n', 5n, 5);
        await check('2n ** 53n - 1n', 2n ** 53n - 1n, 2 ** 53 - 1);
        for (const value of [largest + 1n, -largest - 2n, 2n ** 64n, 10n ** 1000n])
          await check(`${brief(value)}`, value, /^usage 21: .*does not fit into 64 bits/);
        """);

    [Fact]
    public Task Texts() => RunAsync("""
        for (const value of ['', ' ', 'a\0b', '\0', '\uFEFFx', 'ä€', '😀👩‍👩‍👧‍👦', '\u{10FFFF}', '\uFFFE\uFFFF', "'; DROP TABLE t; --", 'e\u0301',
          'x'.repeat(100_000)])
          await check(JSON.stringify(value).slice(0, 20), value, value);
        for (const value of ['\ud800', '\udc00', 'a\ud83d', '\ude00\ud83d', 'x'.repeat(1000) + '\ud83dx'])
          await check(`half of a pair in ${value.length}`, value, /^usage 21: .*half of a surrogate pair/);
        await db.exec("INSERT INTO t (x) VALUES (CAST(x'61ff62' AS TEXT))");
        if (await last() !== 'a\ufffdb') faults.push('What is no UTF-8 was not replaced.');
        """);

    [Fact]
    public Task Bytes() => RunAsync("""
        for (const bytes of [[], [0], [0, 255, 10, 13]]) {
          await check('bytes', Uint8Array.from(bytes), Uint8Array.from(bytes));
          await check('a buffer', Uint8Array.from(bytes).buffer, Uint8Array.from(bytes));
          await check('a part', Uint8Array.from([1, ...bytes, 2]).subarray(1, -1), Uint8Array.from(bytes));
        }
        const moved = new Uint8Array(5);
        const { buffer } = moved;
        structuredClone(moved, { transfer: [buffer] });
        await check('bytes that were transferred', moved, /^usage 21: .*Parameter .* lies in an ArrayBuffer that was transferred/);
        await check('a buffer that was transferred', buffer, /^usage 21: .*Parameter .* lies in an ArrayBuffer that was transferred/);
        """);

    [Fact]
    public Task What_is_no_value() => RunAsync("""
        await check('null', null, null);
        const cycle = {};
        cycle.cycle = cycle;
        for (const [value, name] of [[undefined, 'undefined'], [{}, 'a Object'], [cycle, 'a Object'], [[1], 'a Array'], [Symbol('s'), 'a symbol'],
          [() => 1, 'a function'], [new Map(), 'a Map'], [new Float64Array(2), 'a Float64Array'], [new DataView(new ArrayBuffer(1)), 'a DataView'],
          [new Blob([]), 'a Blob'], [new String('s'), 'a String']])
          await check(name, value, new RegExp(`^usage 21: .*Parameter .* is ${name}, which SQLite cannot store; use null, boolean`));
        const noDate = /^usage 21: .*Parameter .* is a Date, which SQLite cannot store; use its toISOString\(\) or its getTime\(\)\.$/;
        await check('a date', new Date(0), noDate);
        const params = { get x() { throw new TypeError('mine'); } };
        try { await db.query('SELECT $x', params); faults.push('A getter that throws was overlooked.'); } catch (error) {
          if (error.message !== 'mine') faults.push(`A getter that throws gave ${error}`);
        }
        """);

    [Fact]
    public Task Large_values() => RunAsync($$"""
        const bytes = new Uint8Array({{(TestRun.IsLong ? 50_000_000 : 10_000_000)}});
        for (let i = 0; i < bytes.length; i += 65536) crypto.getRandomValues(bytes.subarray(i, Math.min(i + 65536, bytes.length)));
        await check('a blob', bytes, bytes, ['query', 'exec', 'execMany', 'stream', 'transaction', 'prepared']);
        await check('a buffer', bytes.buffer, bytes, ['exec']);
        if (bytes.length === 0) faults.push('The bytes were taken from the page.');
        await db.exec('DELETE FROM t');
        const text = 'äöü€😀0123456789'.repeat(bytes.length / 23);
        await check('a text', text, text, ['query', 'exec', 'execMany', 'stream', 'transaction', 'prepared']);
        """);

    [Fact]
    public Task One_byte_more_than_SQLite_stores_is_an_error_of_that_call() => RunAsync("""
        const tooBig = /^sqlite 18: Parameter 1.* has 1000000001 bytes; SQLite stores up to 1000000000/;
        await check('a blob', new Uint8Array(1_000_000_001), tooBig, ['query']);
        await check('a text', '\u20ac'.repeat(333_333_333) + 'xx', tooBig, ['query']);
        """);

    private async Task RunAsync(string cases)
    {
        TestPage page = await TakeAsync(options: "{ memoryOnly: true }");
        string[] faults = await page.RunAsync<string[]>($"""
            {Setup}
            {cases}
            if ((await db.queryOne('SELECT 1 AS x')).x !== 1) faults.push('The worker does not go on.');
            await db.close();
            return faults;
            """);
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }
}
