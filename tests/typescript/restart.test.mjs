// What follows the death of a worker.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, modules, startStorage, until } from './fakeWorker.mjs';

const dead = error('worker', /gone/);
const kill = worker => worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });

let storage;
let worker;
let restarts;

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  FakeWorker.long = async () => {};
  restarts = [];
  ({ storage, worker } = await startStorage({ onRestart: reason => restarts.push(reason.message) }));
});

async function die() {
  const current = FakeWorker.last;
  kill(current);
  await until(() => current.terminated);
}

for (const [name, call] of [
  ['storage', () => storage.exists('there.db')],
  ['database', db => db.query('SELECT 1')],
  ['transaction', db => db.transaction(tx => tx.query('SELECT 1'))],
  ['stream', async db => (await db.stream('SELECT 1').next()).value],
]) {
  test(`the next call of a ${name} starts another worker`, async () => {
    const db = await storage.open('a.db');
    await die();
    assert.equal(FakeWorker.last, worker, 'nobody needs one yet');
    assert.ok(await call(db));
    assert.notEqual(FakeWorker.last, worker);
    assert.deepEqual(restarts, ['gone']);
    await call(db);
    assert.equal(restarts.length, 1);
  });
}

test('calls that come together start one worker and open a database once', async () => {
  const [db, other] = await Promise.all([storage.open('a.db'), storage.open('b.db')]);
  await die();
  const results = await Promise.all([db.query('SELECT 1 AS n'), db.query('SELECT 2 AS n'), other.query('SELECT 3 AS n'), storage.list()]);
  assert.deepEqual(results.slice(0, 3).flat(), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  assert.equal(restarts.length, 1);
  assert.deepEqual(
    FakeWorker.last.log
      .filter(({ method }) => method === 'open')
      .map(({ name }) => name)
      .sort(),
    ['a.db', 'b.db'],
  );
});

test('calls keep their order while the database is opened again', async () => {
  const [db, other] = [await storage.open('a.db', { setup: 'PRAGMA cache_size = 100' }), await storage.open('a.db')];
  await die();
  const { signal } = new AbortController();
  await Promise.all([db.query('SELECT 1', [], { signal }), db.query('SELECT 2'), other.query('SELECT 3'), db.query('SELECT 4')]);
  assert.deepEqual(
    FakeWorker.last.log.filter(({ method }) => method === 'query').map(({ sql }) => sql),
    ['SELECT 1', 'SELECT 2', 'SELECT 3', 'SELECT 4'],
  );
});

test('a database is set up again', async () => {
  const db = await storage.open('a.db', { setup: 'PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON' });
  const settings = () => db.query('SELECT * FROM pragma_foreign_keys, pragma_recursive_triggers');
  const before = await settings();
  assert.deepEqual(before, [{ foreign_keys: 1, recursive_triggers: 1 }]);
  await die();
  assert.deepEqual(await settings(), before);
});

test('a set-up that fails leaves nothing open', async () => {
  await assert.rejects(storage.open('a.db', { setup: 'PRAGMA foreign_keys = ON; nonsense' }), error('sqlite', /syntax error/));
  assert.equal(worker.log.filter(({ method }) => method === 'close').length, 1);
});

test('a transaction ends with its worker, and does not go on with the next one', async () => {
  const db = await storage.open('a.db');
  let attempts = 0;
  await assert.rejects(
    db.transaction(async tx => {
      attempts++;
      await tx.exec('CREATE TABLE t (a)');
      await die();
      await assert.rejects(tx.exec('CREATE TABLE u (a)'), dead);
      await tx.exec('CREATE TABLE v (a)');
    }),
    dead,
  );
  assert.equal(attempts, 1);
  assert.deepEqual(await db.query('SELECT name FROM sqlite_schema'), []);
});

test('a transaction whose callback outlives its worker does not meet one of the next worker', async () => {
  const db = await storage.open('a.db');
  let goOn;
  const lost = db.transaction(async tx => {
    await tx.exec('CREATE TABLE lost (a)');
    await new Promise(resolve => (goOn = resolve));
    await assert.rejects(tx.exec('CREATE TABLE stray (a)'), dead);
  });
  await until(() => goOn);
  await die();
  await db.transaction(async tx => {
    await tx.exec('CREATE TABLE t (a)');
    goOn();
    await assert.rejects(lost, dead);
    await tx.exec('INSERT INTO t VALUES (1)');
  });
  assert.deepEqual(await db.query('SELECT name FROM sqlite_schema'), [{ name: 't' }]);
});

test('a stream ends with its worker, also when the next one has a stream of the same number', async () => {
  const db = await storage.open('a.db');
  const rows = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000) SELECT i FROM c';
  const stream = db.stream(rows);
  await stream.next();
  await die();
  const other = db.stream(rows);
  await other.next();
  await assert.rejects(async () => {
    for await (const row of stream) assert.ok(row.i);
  }, dead);
  await other.return();
});

test('a database that was closed stays closed', async () => {
  const db = await storage.open('a.db');
  await die();
  await db.close();
  await assert.rejects(db.query('SELECT 1'), error('closed', /"a\.db" was closed/));
});

test('a worker that cannot start fails the call, and the next one tries again', async () => {
  const db = await storage.open('a.db');
  await die();
  const { postMessage } = FakeWorker.prototype;
  FakeWorker.prototype.postMessage = function () {
    this.deliver({ id: 0, protocol: modules.PROTOCOL_VERSION, error: { kind: 'worker', code: 0, extendedCode: 0, message: 'not today' } });
  };
  try {
    await assert.rejects(db.query('SELECT 1'), error('worker', /not today/));
  } finally {
    FakeWorker.prototype.postMessage = postMessage;
  }
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
  assert.equal(restarts.length, 1);
});

test('who watches hears that changes may have been missed, once they can be looked at', async () => {
  const db = await storage.open('a.db');
  await db.exec('CREATE TABLE t (a)');
  const heard = [];
  await db.watch(['t'], ({ tables }) => heard.push(tables));
  await die();
  const { postMessage } = FakeWorker.prototype;
  FakeWorker.prototype.postMessage = function (message, transfer) {
    if (message.method === 'open')
      this.deliver({ id: message.id, protocol: modules.PROTOCOL_VERSION, error: { kind: 'busy', code: 5, extendedCode: 5, message: 'held' } });
    else postMessage.call(this, message, transfer);
  };
  try {
    await assert.rejects(db.query('SELECT 1'), error('busy', /held/));
    await storage.exists('there.db');
  } finally {
    FakeWorker.prototype.postMessage = postMessage;
  }
  assert.deepEqual(heard, []);
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
  assert.deepEqual(heard, [['t']]);
});

test('a storage that was stopped starts no worker', async () => {
  const db = await storage.open('a.db');
  storage.stop();
  await assert.rejects(db.query('SELECT 1'), error('closed', /was stopped/));
  await assert.rejects(storage.list(), error('closed', /was stopped/));
  assert.equal(FakeWorker.last, worker);
});

test('a storage that is stopped while a worker starts stops that too', async () => {
  const db = await storage.open('a.db');
  await die();
  const query = assert.rejects(db.query('SELECT 1'), error('closed', /was stopped/));
  await until(() => FakeWorker.last !== worker);
  storage.stop();
  await query;
  assert.ok(FakeWorker.last.terminated);
  assert.deepEqual(restarts, []);
});
