// A signal ends what only reads at once, although the worker hears of it later; what may write is waited for.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeWorker, modules, startStorage, until } from './fakeWorker.mjs';
import { load } from './load.mjs';

const { onlyReads } = await load('Client/Script/onlyReads.ts');

const reason = new Error('enough');
let storage;
let worker;
let db;

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  ({ storage, worker } = await startStorage());
  db = await storage.open('test.db');
  await db.exec('CREATE TABLE t (a)');
});

/** Makes a call whose answer is held back, and aborts its signal then. */
async function abortDuring(call) {
  const abort = new AbortController();
  const held = [];
  const settled = [];
  worker.deliver = message => held.push(message);
  const running = call(abort.signal);
  running.then(
    result => settled.push(result),
    error => settled.push(error),
  );
  await until(() => held.length > 0);
  abort.abort(reason);
  await new Promise(setImmediate);
  const before = [...settled];
  delete worker.deliver;
  held.forEach(message => worker.deliver(message));
  await running.catch(() => {});
  await storage.list();
  return { before, after: settled };
}

for (const [name, call] of [
  ['query', signal => db.query('SELECT * FROM t', [], { signal })],
  ['queryOne', signal => db.queryOne('WITH c AS (VALUES (1)) SELECT * FROM c', [], { signal })],
  ['run', signal => db.run('VALUES (1)', [], { signal })],
  ['exec', signal => db.exec('SELECT 1; SELECT 2', undefined, { signal })],
  ['prepare', signal => db.prepare('DELETE FROM t', { signal })],
  ['stream', signal => db.stream('SELECT 1', [], { signal }).next()],
]) {
  test(`${name} that only reads is rejected at the time of the signal, and its result dropped`, async () => {
    const { before, after } = await abortDuring(call);
    assert.deepEqual(before, [reason]);
    assert.deepEqual(after, [reason]);
    assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
  });
}

for (const [name, call, expected] of [
  ['exec', signal => db.exec('INSERT INTO t VALUES (1)', [], { signal }), { changes: 1, lastInsertRowid: 1 }],
  ['query', signal => db.query('INSERT INTO t VALUES (1) RETURNING a', [], { signal }), [{ a: 1 }]],
]) {
  test(`${name} that writes tells what came of it`, async () => {
    const { before, after } = await abortDuring(call);
    assert.deepEqual(before, []);
    assert.deepEqual(after, [expected]);
  });
}

test('a stream that was dropped is closed', async () => {
  await db.exec("INSERT INTO t WITH c(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 50000) SELECT i || ' rows' FROM c");
  await abortDuring(signal => db.stream('SELECT a FROM t', [], { signal }).next());
  assert.deepEqual(
    worker.log.filter(({ method }) => method === 'closeStream').map(({ stream }) => stream),
    [1],
  );
  const abort = new AbortController();
  const stream = db.stream('SELECT a FROM t', [], { signal: abort.signal });
  await stream.next();
  abort.abort(reason);
  await assert.rejects(
    (async () => {
      for await (const _ of stream);
    })(),
    thrown => thrown === reason,
  );
  await until(() => worker.log.at(-1).method === 'closeStream');
});

test('the C# client hears at once that what only reads was cancelled', async () => {
  const connection = JSON.parse(
    await modules.start(
      'worker.js',
      'https://page/',
      '{}',
      () => {},
      () => {},
    ),
  ).result;
  worker = FakeWorker.last;
  const database = JSON.parse(await modules.request(connection, 1, 'open', '{"name":"a.db"}')).result;
  const running = modules.run(2, database, 'SELECT 1', false, 0, { slice: () => new Uint8Array(4), dispose: () => {} });
  worker.deliver = () => {};
  await until(() => worker.log.at(-1).method === 'run');
  modules.cancel(2);
  assert.equal(await running, -1);
  assert.equal(JSON.parse(modules.takeError(2)).kind, 'cancelled');
  modules.stop(connection);
});

test('SQL that certainly only reads is told from all other', () => {
  for (const sql of [
    'SELECT 1',
    'select 1; ; -- DELETE\n values (1)',
    '/* x; */ WITH RECURSIVE c(i) AS (SELECT 1), "insert" AS MATERIALIZED (SELECT 2) SELECT * FROM c',
    "SELECT 'a;'';DELETE', \"x;y\", [z;DELETE], `;DELETE` FROM t",
    'EXPLAIN DELETE FROM t',
    'EXPLAIN QUERY PLAN WITH c AS (SELECT 1) DELETE FROM t',
    'SELECT replace(a, b, c) FROM t',
    "SELECT $a, @b, :c, ?4, :ns::d FROM t WHERE e$f(1) IN (1e5, -.5, x'00') AND g ->> '$.ä' <> 'it''s \ufeff' --",
    '',
  ])
    assert.ok(onlyReads(sql), sql);
  for (const sql of [
    'DELETE FROM t',
    'SELECT 1; DELETE FROM t',
    "SELECT '--'; DELETE FROM t",
    'WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c',
    'WITH c AS (SELECT 1), "select" AS (SELECT 2) UPDATE t SET a = 1',
    'WITH explain AS (SELECT 1) DELETE FROM t',
    'REPLACE INTO t VALUES (1)',
    'PRAGMA user_version = 1',
    'BEGIN; SELECT 1; COMMIT',
    'CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END',
    'ÄSELECT 1',
    // A parameter of SQLite, up to the parenthesis.
    'SELECT $a(() ; DELETE FROM t',
    'SELECT @a::b(() ; DELETE FROM t',
    'SELECT :a::(() ; DELETE FROM t',
    'SELECT #a(() ; DELETE FROM t',
    'WITH x AS (SELECT $a(() ) DELETE FROM t',
    // A space of SQLite.
    'WITH x AS (SELECT 1)\ufeffINSERT INTO t SELECT * FROM x',
    '\ufeffDELETE FROM t',
    // Letters that JavaScript takes for others.
    'WITH \u017felect AS (SELECT 1) DELETE FROM t',
    'WITH x AS (SELECT 1) SELECT \u212a FROM t',
    // What has no end, or another one than it seems.
    "SELECT 'a''; DELETE FROM t",
    'SELECT "a; DELETE FROM t',
    'SELECT `a; DELETE FROM t',
    'SELECT [a; DELETE FROM t',
    'SELECT 1 /*/ ; DELETE FROM t',
    'SELECT 1 -- a\r\n; DELETE FROM t',
    "SELECT 1 \0'; DELETE FROM t --'",
    'SELECT (1; DELETE FROM t',
    'SELECT 1); DELETE FROM t',
    'SELECT ((1)',
    '(DELETE FROM t)',
    'WITH x AS (SELECT 1); SELECT 1',
    'WITH x AS (SELECT 1)',
    'SELECT 1;DELETE FROM t',
    'EXPLAIN SELECT 1; DELETE FROM t',
    'EXPLAIN PRAGMA foreign_keys = OFF',
    'EXPLAIN QUERY PLAN PRAGMA foreign_keys = OFF',
    'SELECT \\; DELETE FROM t',
  ])
    assert.ok(!onlyReads(sql), sql);
});
