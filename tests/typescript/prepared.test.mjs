// Statements that are checked before, one row instead of all, rows from anywhere.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, startStorage } from './fakeWorker.mjs';

let db;
let storage;

beforeEach(async () => {
  ({ storage } = await startStorage());
  db = await storage.open('test.db');
  await db.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
});

test('says what it takes and returns', async () => {
  const select = await db.prepare('SELECT a, b AS letter FROM t WHERE a = :a AND b <> $not');
  assert.deepEqual([select.columns, select.parameters, select.readOnly], [['a', 'letter'], [':a', '$not'], true]);
  const insert = await db.prepare('INSERT INTO t (b) VALUES (?)');
  assert.deepEqual([insert.columns, insert.parameters, insert.readOnly], [[], [null], false]);
  assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 2 }], 'it was not run');
});

test('what is wrong shows before it is run', async () => {
  await assert.rejects(db.prepare('SELEC'), error('sqlite', /syntax error/));
  await assert.rejects(db.prepare('SELECT missing FROM t'), error('sqlite', /no such column: missing/));
  await assert.rejects(db.prepare('SELECT 1; SELECT 2'), error('usage', /more than one statement/));
  await assert.rejects(db.prepare(''), error('usage', /no statement/));
  await assert.rejects(db.prepare(5), error('usage', /must be a string/));
});

test('runs in all ways', async () => {
  const insert = await db.prepare('INSERT INTO t (b) VALUES (?)');
  assert.deepEqual(await insert.exec(['z']), { changes: 1, lastInsertRowid: 3 });
  assert.equal((await insert.execMany([['p'], ['q']])).changes, 2);
  const select = await db.prepare('SELECT b FROM t WHERE a >= ? ORDER BY a');
  assert.deepEqual(await select.query([4]), [{ b: 'p' }, { b: 'q' }]);
  assert.deepEqual(await select.queryOne([4]), { b: 'p' });
  const streamed = [];
  for await (const { b } of select.stream([1])) streamed.push(b);
  assert.deepEqual(streamed, ['x', 'y', 'z', 'p', 'q']);
  await assert.rejects(select.query([]), error('usage', /has no value/));
  await assert.rejects(insert.exec(), error('usage', /has no value/));
});

test('runs inside a transaction', async () => {
  const insert = await db.prepare('INSERT INTO t (b) VALUES (?)');
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec(insert, ['z']);
      assert.deepEqual(await tx.queryOne('SELECT count(*) AS n FROM t'), { n: 3 });
      throw new Error('mine');
    }),
    /mine/,
  );
  assert.deepEqual(await db.queryOne('SELECT count(*) AS n FROM t'), { n: 2 });
});

test('is compiled once, and again when the schema has changed', async () => {
  const select = await db.prepare('SELECT * FROM t');
  const { statementsPrepared } = await storage.diagnostics();
  for (let i = 0; i < 5; i++) await select.query();
  assert.equal((await storage.diagnostics()).statementsPrepared, statementsPrepared);
  await db.exec('ALTER TABLE t ADD COLUMN c DEFAULT 5');
  assert.deepEqual(await select.queryOne(), { a: 1, b: 'x', c: 5 });
});

test('queryOne returns undefined without a row, and runs no further than the first', async () => {
  assert.equal(await db.queryOne('SELECT 1 WHERE 0'), undefined);
  assert.deepEqual(await db.queryOne('SELECT a FROM t ORDER BY a'), { a: 1 });
  assert.deepEqual(await db.queryOne('SELECT 1 AS n UNION ALL SELECT abs(-9223372036854775807 - 1)'), { n: 1 });
  assert.deepEqual(await db.queryOne("INSERT INTO t (b) VALUES ('p'), ('q') RETURNING b"), { b: 'p' });
  assert.deepEqual(await db.queryOne('SELECT count(*) AS n FROM t'), { n: 4 }, 'what writes is done completely');
});

test('execMany takes anything to iterate over', async () => {
  function* rows() {
    for (let i = 10; i < 1010; i++) yield { a: i, b: `row ${i}` };
  }
  assert.equal((await db.execMany('INSERT INTO t VALUES (:a, :b)', rows())).changes, 1000);
  assert.equal((await db.execMany('INSERT INTO t (b) VALUES (?)', new Set([['one'], ['two']]))).changes, 2);
  assert.equal((await db.execMany('INSERT INTO t (b) VALUES (?)', [])).changes, 0);
  for (const wrong of [5, null, undefined, {}, 'text'])
    await assert.rejects(db.execMany('INSERT INTO t (b) VALUES (?)', wrong), error('usage', /something else to iterate over/));
  await assert.rejects(
    db.execMany(
      'INSERT INTO t (b) VALUES (?)',
      // biome-ignore lint/correctness/useYield: it fails before its first row.
      (function* () {
        throw new Error('mine');
      })(),
    ),
    /mine/,
  );
});
