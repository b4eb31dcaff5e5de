// A request that is part of no transaction leaves none open, and runs in none: its answer speaks of what is stored.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage } from './fakeWorker.mjs';

let storage;
let worker;
let db;
const rows = async () => (await db.query('SELECT a FROM t ORDER BY a')).map(({ a }) => a);
const leftOpen = error('usage', /did not end it, so it was rolled back\. .* transaction .* use that of the client/, { code: 21 });

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  ({ storage, worker } = await startStorage());
  db = await storage.open('test.db');
  await db.exec('CREATE TABLE t (a UNIQUE)');
});

/** Nothing of a call is left: others store, and a transaction can begin. */
async function goesOn(...expected) {
  await db.exec("INSERT INTO t VALUES ('after')");
  await db.transaction(tx => tx.exec("INSERT INTO t VALUES ('last')"));
  assert.deepEqual(await rows(), [...expected, 'after', 'last']);
}

for (const [name, sql, expected] of [
  ['fails at a table that is missing', 'BEGIN; INSERT INTO t VALUES (1); INSERT INTO nosuch VALUES (1); COMMIT', /no such table: nosuch/],
  ['fails at a constraint', 'BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); COMMIT', /UNIQUE constraint failed: t\.a/],
  ['fails in a savepoint', 'SAVEPOINT s; INSERT INTO t VALUES (1); SELECT nosuch; RELEASE s', /no such column: nosuch/],
]) {
  test(`SQL that begins a transaction and ${name} leaves none open`, async () => {
    await assert.rejects(db.exec(sql), error('sqlite', expected));
    await goesOn();
  });
}

for (const [name, call] of [
  ['exec', () => db.exec('BEGIN; INSERT INTO t VALUES (1)')],
  ['exec with parameters', () => db.exec('SAVEPOINT s', [])],
  ['query', () => db.query('BEGIN')],
  ['queryOne', () => db.queryOne('BEGIN IMMEDIATE')],
]) {
  test(`${name} that leaves a transaction open is rolled back and told what to use`, async () => {
    await assert.rejects(call(), leftOpen);
    await goesOn();
  });
}

test('the SQL that prepares a connection leaves no transaction open', async () => {
  await assert.rejects(storage.open('other.db', { setup: 'BEGIN' }), leftOpen);
});

test('whole transactions in one call are done', async () => {
  await db.exec('BEGIN; INSERT INTO t VALUES (1); COMMIT; SAVEPOINT s; INSERT INTO t VALUES (2); RELEASE s');
  await goesOn(1, 2);
});

test('what a failing call has committed is stored before its error is told', async () => {
  let stored = 0;
  FakeWorker.afterCommit = async () => {
    await new Promise(setImmediate);
    stored++;
  };
  await assert.rejects(db.exec('INSERT INTO t VALUES (1); SELECT nosuch'), error('sqlite', /no such column/));
  assert.equal(stored, 1);
  await assert.rejects(db.exec('BEGIN; INSERT INTO t VALUES (2); SELECT nosuch; COMMIT'), error('sqlite', /no such column/));
  assert.equal(stored, 1);
  await assert.rejects(db.execMany('INSERT INTO t VALUES (?)', [[3], [1]]), error('sqlite', /Row 2: UNIQUE/));
  assert.equal(stored, 1);
  FakeWorker.afterCommit = async () => {};
  await goesOn(1);
});

test('a request that neither is part of the transaction that goes on nor waits for its end is refused', async () => {
  const [database] = worker.open.keys();
  let answer;
  await db.transaction(async tx => {
    await tx.exec("INSERT INTO t VALUES ('in')");
    answer = await worker.ask({ id: 5000, method: 'exec', database, sql: 'INSERT INTO t VALUES (1)', setup: true });
  });
  assert.deepEqual([answer.error.kind, answer.error.code], ['usage', 21]);
  assert.match(answer.error.message, /A transaction of this connection goes on/);
  assert.deepEqual(await rows(), ['in']);
});
