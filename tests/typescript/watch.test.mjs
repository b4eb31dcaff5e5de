// Hearing of changes.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage, until } from './fakeWorker.mjs';

let storage;
let worker;
let db;
let heard;

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  ({ storage, worker } = await startStorage({ directory: `test-${Math.random()}` }));
  db = await storage.open('file.db');
  await db.exec(`CREATE TABLE notes (id INTEGER PRIMARY KEY, text); CREATE TABLE tags (name PRIMARY KEY) WITHOUT ROWID; CREATE TABLE log (text);
    CREATE VIEW overview AS SELECT text FROM notes JOIN tags ON name = text;
    CREATE TABLE child (id REFERENCES notes ON DELETE CASCADE);
    INSERT INTO notes (text) VALUES ('a'), ('b'); INSERT INTO tags VALUES ('a')`);
  heard = [];
});

const listen = ({ tables }) => heard.push(tables.join());

/** Everything that was changed before has been told after this. */
async function settle() {
  await new Promise(resolve => setTimeout(resolve, 30));
  await db.query('SELECT 1');
}

for (const [sql, tables] of [
  ["INSERT INTO notes (text) VALUES ('c')", ['notes']],
  ["UPDATE notes SET text = 'd'", ['notes']],
  ['DELETE FROM notes', ['notes']],
  ["REPLACE INTO notes VALUES (1, 'x')", ['notes']],
  ["INSERT INTO tags VALUES ('c')", ['tags']],
  ['DELETE FROM tags', ['tags']],
  ['INSERT INTO log SELECT text FROM notes', ['log']],
  ['DELETE FROM notes WHERE id = 77', []],
  ['SELECT * FROM notes', []],
  ['ALTER TABLE log RENAME TO diary', ['log']],
  ['DROP TABLE tags', ['tags']],
  ["INSERT OR FAIL INTO tags VALUES ('z'), ('a')", ['tags']],
  ["INSERT INTO tags VALUES ('z'), ('a')", []],
]) {
  test(`${sql} changes ${tables.join() || 'nothing'}`, async () => {
    await Promise.all(['notes', 'tags', 'log'].map(table => db.watch([table], listen)));
    await db.exec(sql).catch(caught => assert.match(caught.message, /UNIQUE/));
    await settle();
    assert.deepEqual(heard, tables);
  });
}

test('triggers and foreign keys change their tables', async () => {
  await db.exec(
    "PRAGMA foreign_keys = ON; INSERT INTO child VALUES (1); CREATE TRIGGER t AFTER DELETE ON notes BEGIN INSERT INTO log VALUES ('x'); END",
  );
  await settle();
  await db.watch(['log', 'child', 'tags'], listen);
  await db.exec('DELETE FROM notes WHERE id = 1');
  await settle();
  assert.deepEqual(heard, ['log,child']);
});

test('a query is watched by the tables it reads, a view by those it stands for', async () => {
  await db.watch('SELECT count(*) FROM Notes WHERE EXISTS (SELECT 1 FROM log)', listen);
  await db.watch(['OVERVIEW'], listen);
  await db.exec("INSERT INTO tags VALUES ('q')");
  await settle();
  assert.deepEqual(heard, ['tags']);
  await db.exec("INSERT INTO log VALUES ('q')");
  await settle();
  assert.deepEqual(heard, ['tags', 'log']);
  await db.exec("INSERT INTO notes (text) VALUES ('q')");
  await settle();
  assert.deepEqual(heard.sort(), ['log', 'notes', 'notes', 'tags']);
});

test('a transaction is told when it is committed, once, and never when it is rolled back', async () => {
  await db.watch(['notes'], listen);
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec('DELETE FROM notes');
      throw new Error('mine');
    }),
    /mine/,
  );
  await settle();
  assert.deepEqual(heard, []);
  await db.transaction(async tx => {
    await tx.exec('DELETE FROM notes WHERE id = 1');
    await tx.exec('DELETE FROM notes WHERE id = 2');
    await settleInside();
    assert.deepEqual(heard, []);
  });
  await settle();
  assert.deepEqual(heard, ['notes']);
  await db.exec('INSERT INTO log VALUES (1)');
  await settle();
  assert.deepEqual(heard, ['notes']);
});

const settleInside = () => new Promise(resolve => setTimeout(resolve, 30));

test('a transaction that SQLite rolls back by itself is not told', async () => {
  await db.exec('CREATE UNIQUE INDEX u ON notes (text)');
  await db.watch(['notes', 'log'], listen);
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec('INSERT INTO log VALUES (1)');
      await tx.exec("INSERT OR ROLLBACK INTO notes (text) VALUES ('a')");
    }),
    /UNIQUE/,
  );
  await settle();
  assert.deepEqual(heard, []);
  await db.execMany('INSERT INTO notes (text) VALUES (?)', [['p'], ['q']]);
  await settle();
  assert.deepEqual(heard, ['notes']);
});

test('a commit is told after it is stored', async () => {
  let store;
  await db.watch(['notes'], listen);
  FakeWorker.afterCommit = () => new Promise(resolve => (store = resolve));
  const writing = db.exec("INSERT INTO notes (text) VALUES ('c')");
  await until(() => store);
  await settleInside();
  assert.deepEqual(heard, []);
  store();
  await writing;
  await until(() => heard.length === 1);
});

test('another tab hears it, and one of another storage does not', async () => {
  const { directory } = worker.log[0].options;
  const other = await startStorage({ directory });
  const stranger = await startStorage({ directory: `${directory}-other` });
  const [seen, unseen] = [[], []];
  for (const [tab, list] of [
    [other, seen],
    [stranger, unseen],
  ]) {
    const same = await tab.storage.open('file.db');
    await same.exec('CREATE TABLE notes (id)');
    await same.watch(['notes'], ({ tables }) => list.push(tables.join()));
  }
  await db.exec("INSERT INTO log VALUES ('c')");
  await db.exec("INSERT INTO notes (text) VALUES ('c')");
  await until(() => seen.length === 1);
  await settle();
  assert.deepEqual([seen, unseen, heard], [['notes'], [], []]);
});

test('many small commits are told together', async () => {
  await db.watch(['notes'], listen);
  const { length } = await Promise.all(Array.from({ length: 200 }, () => db.exec("INSERT INTO notes (text) VALUES ('c')")));
  await settle();
  assert.ok(heard.length >= 1 && heard.length < length, String(heard.length));
});

for (const [name, end] of [
  ['the function that watch returns', stop => stop()],
  ['its signal', (_stop, abort) => abort.abort()],
  ['closing', () => db.close()],
]) {
  test(`${name} ends it`, async () => {
    const other = await storage.open('file.db');
    const abort = new AbortController();
    const stop = await db.watch(['notes'], listen, { signal: abort.signal });
    await end(stop, abort);
    await other.exec('DELETE FROM notes');
    await new Promise(resolve => setTimeout(resolve, 30));
    assert.deepEqual(heard, []);
  });
}

test('an error in a listener is reported and ends nothing', async t => {
  const reported = t.mock.method(console, 'error', () => {});
  await db.watch(['notes'], () => {
    throw new Error('mine');
  });
  await db.watch(['notes'], listen);
  await db.exec('DELETE FROM notes');
  await settle();
  assert.deepEqual(heard, ['notes']);
  assert.equal(reported.mock.callCount(), 1);
});

test('what cannot be watched is an error', async () => {
  await assert.rejects(db.watch(['nothing'], listen), error('sqlite', /no such table: main\.nothing/));
  await assert.rejects(db.watch('SELECT', listen), error('sqlite', /incomplete input|syntax error/));
  for (const target of [[], [5], 5, null, {}])
    await assert.rejects(db.watch(target, listen), error('usage', /names of tables as an array, or a query/));
  await assert.rejects(db.watch(['notes']), error('usage', /a function/));
  await db.exec("ATTACH ':memory:' AS other; CREATE TABLE other.t (a)");
  await assert.rejects(db.watch('SELECT * FROM t', listen), error('usage', /attached database "other"/));
});

test('after the death of the worker whoever watches is told, and goes on watching', async t => {
  await db.watch(['notes'], listen);
  let now = performance.now();
  t.mock.method(performance, 'now', () => now);
  now += 11_000;
  worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });
  await until(() => heard.length === 1);
  assert.notEqual(FakeWorker.last, worker);
  await db.exec('CREATE TABLE IF NOT EXISTS notes (text); INSERT INTO notes (text) VALUES (1)');
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ['notes', 'notes']);
});

test('a worker that dies soon is only started again by a call', async () => {
  await db.watch(['notes'], listen);
  worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });
  await until(() => worker.terminated);
  await settleInside();
  assert.equal(FakeWorker.last, worker);
  await storage.list();
  await until(() => heard.length === 1);
});
