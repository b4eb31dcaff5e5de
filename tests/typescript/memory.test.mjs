// What the worker does where memory is missing, or where it would be: an error of that request, and no death.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage, until } from './fakeWorker.mjs';

const noMemory = error('sqlite', /out of memory/, { code: 7 });

let storage;
let worker;
let db;

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  FakeWorker.long = async () => {};
  ({ storage, worker } = await startStorage());
  db = await storage.open('a.db');
});

/** Makes SQLite's allocations fail that the worker asks for itself. */
async function withoutMemory(action) {
  const { engine } = worker;
  const { exports } = engine;
  engine.exports = { ...exports, sqlite3_malloc: () => 0 };
  try {
    await action();
  } finally {
    engine.exports = exports;
  }
  assert.deepEqual(await db.query('SELECT ? AS n', [1]), [{ n: 1 }]);
}

for (const [name, call] of [
  ['SQL', () => db.exec('CREATE TABLE t (a)')],
  ['a text', () => db.query('SELECT ? AS a', ['a'])],
  ['a blob', () => db.execMany('SELECT ?', [[new Uint8Array(1)]])],
  ['a stream', () => db.stream('SELECT ? AS a', ['a']).next()],
  ['a name', () => db.watch('t', () => {})],
]) {
  test(`${name} for which there is no memory fails alone`, () => withoutMemory(() => assert.rejects(call(), noMemory)));
}

test('an error for whose words there is no memory has its code', async () => {
  await db.query('SELECT ? AS a', [1]);
  await withoutMemory(() => assert.rejects(db.query('SELECT ? AS a', []), error('usage', /./, { code: 21 })));
});

test('parameters that take more than 32 bits can say are refused before anything is written', async () => {
  const bytes = new Uint8Array(2 ** 28 + 1);
  const sql = `SELECT ${Array(16)
    .fill('length(?)')
    .map((call, i) => `${call} AS c${i}`)}`;
  await assert.rejects(db.query(sql, Array(16).fill(bytes)), error('sqlite', /The parameters take 4294967312 bytes together/, { code: 18 }));
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
});

test('lists that are long and empty, and what only looks like parameters, are refused at once', async () => {
  const answers = [];
  const deliver = worker.deliver;
  worker.deliver = message => answers.push(message);
  for (const fields of [
    { method: 'exec', sql: 'SELECT 1', rows: new Array(4e9) },
    // biome-ignore lint/suspicious/noSparseArray: a list with a hole is what the worker must refuse.
    { method: 'exec', sql: 'SELECT 1', rows: [, [1]] },
    { method: 'exec', sql: 'SELECT 1', params: new Uint8Array(5) },
    { method: 'exec', sql: 'SELECT 1', params: new Date() },
    { method: 'run', sql: 'SELECT 1', parameters: new Uint8Array(new SharedArrayBuffer(4)) },
  ])
    worker.postMessage({ id: 1000 + answers.length, database: 2, ...fields });
  await until(() => answers.length >= 5);
  worker.deliver = deliver;
  assert.deepEqual(
    answers.map(({ error: { kind } }) => kind),
    Array(5).fill('protocol'),
  );
});

test('a blob in shared memory is refused, since it can grow while it is copied', async () => {
  const answers = [];
  const deliver = worker.deliver;
  worker.deliver = message => answers.push(message);
  worker.postMessage({ id: 1000, method: 'query', database: 2, sql: 'SELECT ?', params: [new Uint8Array(new SharedArrayBuffer(4))] });
  await until(() => answers.length >= 1);
  worker.deliver = deliver;
  assert.equal(answers[0].error.kind, 'usage');
  assert.match(answers[0].error.message, /shared memory/);
});
