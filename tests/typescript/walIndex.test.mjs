// Write-ahead logs whose index is in a worker's own memory: what connections share in one worker, and what the next worker believes.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { BUSY_RECOVERY, FakeStorageWorker, SQLITE_BUSY, SQLITE_OK, Storage } from './fakeStorage.mjs';

const BUSY_SNAPSHOT = 517;

let storage;
let one;
let two;

beforeEach(async () => {
  storage = new Storage();
  [one, two] = [await FakeStorageWorker.start(storage), await FakeStorageWorker.start(storage)];
  one.take();
});

/** Opens a database with a log. */
function begin(worker) {
  const db = worker.connect();
  assert.equal(db.value('PRAGMA journal_mode = WAL'), 'wal');
  db.exec('CREATE TABLE IF NOT EXISTS t (n); PRAGMA wal_autocheckpoint = 0');
  return db;
}

const count = db => Number(db.value('SELECT count(*) FROM t'));

/** How often .NET was called for an action. */
function callsOf(worker, action) {
  worker.calls = {};
  action();
  return worker.calls;
}

test('a reader and a writer of one worker do not hold each other back', () => {
  const writer = begin(one);
  const reader = one.connect();
  reader.exec('BEGIN');
  assert.equal(count(reader), 0);
  writer.exec('INSERT INTO t VALUES (1)');
  assert.equal(count(reader), 0);
  assert.equal(reader.try('INSERT INTO t VALUES (2)'), BUSY_SNAPSHOT);
  reader.exec('COMMIT');
  assert.equal(count(reader), 1);
  writer.exec('BEGIN IMMEDIATE');
  assert.equal(reader.try('BEGIN IMMEDIATE'), SQLITE_BUSY);
  writer.exec('ROLLBACK');
  assert.equal(reader.try('BEGIN IMMEDIATE'), SQLITE_OK);
});

test('what is lent costs no call, until it is recalled', () => {
  const db = begin(one);
  count(db);
  assert.deepEqual(
    callsOf(one, () => count(db)),
    {},
  );
  assert.equal(one.uses, 1);
  one.loans.recall();
  assert.equal(one.uses, 0);
  // The header of the index tells all that SQLite asks for at the start of a transaction.
  assert.deepEqual(
    callsOf(one, () => count(db)),
    { EnterIndex: 1 },
  );
});

test('where nothing is lent the lease goes with the last lock', () => {
  one.lends = false;
  const db = begin(one);
  db.exec('INSERT INTO t VALUES (1)');
  assert.equal(one.uses, 0);
  db.value('SELECT n FROM t', true);
  assert.equal(one.uses, 1);
  db.end();
  assert.equal(one.uses, 0);
});

test('what is recalled in the midst of a read goes when it ends', () => {
  const db = begin(one);
  db.exec('INSERT INTO t VALUES (1)');
  db.value('SELECT n FROM t', true);
  one.loans.recall();
  assert.equal(one.uses, 1);
  db.end();
  assert.equal(one.uses, 0);
});

test('without the lease a connection is refused at once, and says so', () => {
  const db = begin(one);
  const here = begin(one);
  two.take();
  for (const sql of ['SELECT count(*) FROM t', 'INSERT INTO t VALUES (1)', 'BEGIN IMMEDIATE', 'PRAGMA wal_checkpoint']) {
    one.loans.isNoted = false;
    const calls = callsOf(one, () => assert.equal(db.try(sql), BUSY_RECOVERY, sql));
    assert.ok(calls.EnterIndex <= 2, `${sql}: ${calls.EnterIndex}`);
    assert.ok(one.loans.isNoted);
  }
  one.take();
  assert.equal(count(db), 0);
  assert.equal(count(here), 0);
});

test('the next worker has everything that was committed, and nothing else', () => {
  const db = begin(one);
  db.exec('INSERT INTO t VALUES (1)');
  db.exec('BEGIN; INSERT INTO t VALUES (2)');
  // A worker that dies in a transaction whose pages are in the log already.
  db.exec('PRAGMA cache_size = 1; CREATE TABLE u AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 5000) SELECT i FROM c');
  one.kill();
  two.take();
  const next = two.connect();
  assert.equal(count(next), 1);
  assert.equal(next.value('PRAGMA integrity_check'), 'ok');
  assert.equal(next.value("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), '0');
});

test('workers that write in turn see each other, whatever each had read before', () => {
  const seed = Number(process.env.ISAR_STORAGE_SEED ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  let state = seed;
  const random = n => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
  const connections = [begin(one), one.connect()];
  two.take();
  connections.push(two.connect(), two.connect());
  let expected = 0;
  for (let round = 0; round < 300; round++) {
    const db = connections[random(connections.length)];
    db.worker.take();
    const action = random(10);
    if (action === 0) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    else if (action === 1) db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    else if (action === 2) db.exec('BEGIN; INSERT INTO t VALUES (0); ROLLBACK');
    else {
      const rows = 1 + random(40);
      db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows}) INSERT INTO t SELECT hex(randomblob(200)) FROM c`);
      expected += rows;
    }
    assert.equal(count(connections.find(other => other.worker === db.worker && other !== db)), expected, `round ${round}`);
  }
  for (const db of connections) {
    db.worker.take();
    assert.equal(db.value('PRAGMA integrity_check'), 'ok');
  }
});

test('a log whose last writes were lost is read up to what is stored', () => {
  const db = begin(one);
  const other = one.connect();
  db.exec('INSERT INTO t VALUES (1)');
  assert.equal(count(other), 1);
  const stored = storage.files.get('a.db-wal').slice();
  one.isLost.commit = true;
  db.exec('INSERT INTO t VALUES (2)');
  storage.files.set('a.db-wal', stored);
  assert.equal(count(other), 1);
  assert.equal(count(db), 1);
  db.exec('INSERT INTO t VALUES (3)');
  assert.equal(count(other), 2);
  assert.equal(db.value('PRAGMA integrity_check'), 'ok');
});

test('a checkpoint whose last writes were lost is made again', () => {
  const db = begin(one);
  db.exec('INSERT INTO t VALUES (1)');
  const reader = one.connect();
  reader.value('SELECT n FROM t', true);
  db.exec('INSERT INTO t VALUES (2)');
  const stored = storage.files.get('a.db').slice();
  one.isLost.checkpoint = true;
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  storage.files.set('a.db', stored);
  reader.end();
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  assert.equal(count(one.connect()), 2);
  assert.equal(db.value('PRAGMA integrity_check'), 'ok');
});

test('a checkpoint that fails beside a transaction does not make that overwrite what was committed', () => {
  const [first, second] = [begin(one), one.connect()];
  second.exec('PRAGMA cache_size = 1; CREATE TABLE u (n); PRAGMA wal_autocheckpoint = 0');
  first.exec('INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400) SELECT hex(randomblob(200)) FROM c');
  second.exec("BEGIN; UPDATE t SET n = n || 'x'");
  one.isLost.checkpoint = true;
  first.exec('PRAGMA wal_checkpoint(PASSIVE)');
  assert.equal(one.isLost.checkpoint, false);
  second.exec("UPDATE t SET n = n || 'y'; ROLLBACK");
  assert.equal(count(first), 400);
  two.take();
  const other = two.connect();
  assert.equal(count(other), 400);
  assert.equal(other.value("SELECT count(*) FROM t WHERE n LIKE '%y'"), '0');
  assert.equal(other.value('PRAGMA integrity_check'), 'ok');
});

test('what is known of a log ends when its last writes were lost', () => {
  begin(one).exec('INSERT INTO t VALUES (1)');
  two.take();
  one.take();
  const db = one.connections[0];
  assert.equal(count(db), 1);
  const stored = storage.files.get('a.db-wal').slice();
  db.exec('PRAGMA cache_size = 1; BEGIN');
  db.exec('INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) SELECT hex(randomblob(200)) FROM c');
  one.isLost.commit = true;
  one.atEnd = () => storage.files.set('a.db-wal', stored);
  db.exec('ROLLBACK');
  assert.equal(count(db), 1);
  db.exec('INSERT INTO t VALUES (2)');
  assert.equal(count(db), 2);
});

test('every connection of a worker hears that others have written, also when they left no log', () => {
  const first = begin(one);
  first.log.checkpoint();
  two.take();
  one.take();
  assert.equal(count(first), 0);
  const second = one.connect();
  assert.equal(count(second), 0);
  two.take();
  const other = two.connect();
  other.exec('INSERT INTO t VALUES (1)');
  other.close();
  one.take();
  assert.equal(count(first), 1);
  assert.equal(count(second), 1, 'What the one sees that has not made the index');
  second.exec('INSERT INTO t VALUES (2)');
  assert.equal(count(first), 2);
  assert.equal(second.value('PRAGMA integrity_check'), 'ok');
});

test('the last connection that closes takes the log with it, but not from another worker', () => {
  const db = begin(one);
  db.exec('INSERT INTO t VALUES (1)');
  const second = one.connect();
  assert.equal(count(second), 1);
  db.close();
  assert.ok(storage.files.get('a.db-wal').length > 0);
  two.take();
  const elsewhere = two.connect();
  assert.equal(count(elsewhere), 1);
  second.close();
  assert.ok(storage.files.get('a.db-wal').length > 0);
  elsewhere.exec('INSERT INTO t VALUES (2)');
  elsewhere.close();
  assert.equal(storage.files.has('a.db-wal'), false);
  one.take();
  assert.equal(count(one.connect()), 2);
});

for (const [what, end] of [
  ['closes', db => db.close()],
  ['changes the mode of', db => assert.equal(db.value('PRAGMA journal_mode = DELETE'), 'delete')],
  ['takes for itself', db => db.exec('PRAGMA locking_mode = EXCLUSIVE; INSERT INTO t VALUES (9); DELETE FROM t WHERE n = 9')],
])
  test(`a connection that ${what} a database without having looked at it again loses nothing of others`, () => {
    const stale = begin(one);
    assert.equal(count(stale), 0);
    two.take();
    const other = two.connect();
    other.exec('INSERT INTO t VALUES (1)');
    one.take();
    end(stale);
    assert.deepEqual([...storage.files.keys()].includes('a.db-wal'), what === 'takes for itself');
    const next = what === 'takes for itself' ? stale : one.connect();
    assert.equal(count(next), 1);
    assert.equal(next.value('PRAGMA integrity_check'), 'ok');
  });

test('the memory of the index is given back', () => {
  const { engine } = one;
  const used = () => {
    const [current, highest] = [engine.allocate(4), engine.allocate(4)];
    engine.exports.sqlite3_status(0, current, highest, 0);
    const bytes = engine.view().getUint32(current, true);
    for (const memory of [current, highest]) engine.free(memory);
    return bytes;
  };
  const fill = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4200) INSERT INTO t SELECT randomblob(8000) FROM c';
  const before = used();
  for (let i = 0; i < 3; i++) {
    const db = begin(one);
    db.exec(fill);
    assert.ok(db.log.length > 4096, 'It needs a second region.');
    db.close();
  }
  // Names and statements of the test itself stay.
  assert.ok(used() - before < 32_768, `${used() - before} bytes`);
});

test('a checkpoint is told how much it has to do, and empties the log', () => {
  const db = begin(one);
  assert.ok(db.log.length > 0);
  db.exec('INSERT INTO t VALUES (1)');
  const before = db.log.length;
  db.log.checkpoint();
  assert.ok(before > 1);
  assert.equal(db.log.length, 0);
  assert.equal(storage.files.get('a.db-wal').length, 0);
  const reader = one.connect();
  reader.value('SELECT n FROM t', true);
  db.exec('INSERT INTO t VALUES (2)');
  db.log.checkpoint();
  assert.ok(db.log.length > 0, 'A reader needs the database as it was.');
  reader.end();
  db.log.checkpoint();
  assert.equal(db.log.length, 0);
});

test('a database without a log has none', () => {
  const db = one.connect();
  db.exec('CREATE TABLE t (n)');
  assert.equal(db.log.length, 0);
  const elsewhere = two.connect();
  two.take();
  elsewhere.exec('INSERT INTO t VALUES (1)');
  one.take();
  assert.equal(count(db), 1);
});
