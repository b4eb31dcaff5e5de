// Rows that are read while the statement runs.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { error, startStorage, until } from './fakeWorker.mjs';

const ROWS = 100_000;
const COUNT = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) SELECT i, i * 2 AS double FROM c';

let storage;
let worker;
let db;

beforeEach(async () => {
  ({ storage, worker } = await startStorage({ streamLimitMs: 1000 }));
  db = await storage.open('test.db');
});

const sent = method => worker.log.filter(message => message.method === method).length;

/** Statements in the worker that stand on a row. */
function busy() {
  const { exports } = worker.engine;
  let count = 0;
  for (const handle of worker.handles()) {
    for (let statement = 0; (statement = exports.sqlite3_next_stmt(handle, statement)) !== 0; ) count += exports.sqlite3_stmt_busy(statement);
  }
  return count;
}

test('gives every row once and in order', async () => {
  let next = 1;
  for await (const { i, double } of db.stream(COUNT, [ROWS])) {
    assert.equal(i, next++);
    assert.equal(double, 2 * i);
  }
  assert.equal(next, ROWS + 1);
  assert.ok(sent('next') > 5, 'in several batches');
  assert.equal(busy(), 0);
  assert.equal(sent('closeStream'), 0, 'it ended by itself');
});

test('nothing runs before the first row is wanted', async () => {
  const stream = db.stream('nonsense');
  await db.exec('SELECT 1');
  assert.equal(sent('stream'), 0);
  await assert.rejects(stream.next(), error('sqlite', /syntax error/));
});

test('an empty result ends at once', async () => {
  for await (const row of db.stream('SELECT 1 WHERE 0')) assert.fail(row);
  assert.equal(sent('next'), 0);
});

test('a slow reader has the worker read one batch ahead and no further', async () => {
  const stream = db.stream(COUNT, [ROWS]);
  await stream.next();
  await until(() => sent('next') === 1);
  for (let i = 0; i < 1000; i++) {
    await stream.next();
    await new Promise(setImmediate);
  }
  assert.equal(sent('next'), 1);
  assert.equal(busy(), 1);
  await stream.return();
  await db.exec('SELECT 1');
  assert.equal(busy(), 0);
});

for (const [name, leave] of [
  [
    'break',
    async () => {
      for await (const row of db.stream(COUNT, [ROWS])) if (row.i === 10) break;
    },
  ],
  [
    'an exception',
    () =>
      assert.rejects(async () => {
        for await (const row of db.stream(COUNT, [ROWS])) throw new Error(row.i);
      }, /1/),
  ],
]) {
  test(`leaving the loop by ${name} ends the statement`, async () => {
    await leave();
    assert.equal(sent('closeStream'), 1);
    assert.equal(busy(), 0);
  });
}

test('a failure in the middle reaches the loop after the rows before it', async () => {
  let last;
  await assert.rejects(
    async () => {
      for await (const { i } of db.stream(`SELECT i, abs(iif(i < 50000, 1, -9223372036854775807 - 1)) FROM (SELECT i FROM (${COUNT}))`, [ROWS]))
        last = i;
    },
    error('sqlite', /integer overflow/),
  );
  assert.ok(last > 1000, String(last));
  assert.equal(busy(), 0);
});

test('only what reads can be streamed', async () => {
  await db.exec('CREATE TABLE t (a)');
  await assert.rejects(db.stream('INSERT INTO t VALUES (1) RETURNING a').next(), error('usage', /Only a statement that reads/));
  await assert.rejects(db.stream('SELECT 1; SELECT 2').next(), error('usage', /more than one statement/));
  await assert.rejects(db.stream('SELECT 1 AS a, 2 AS a').next(), error('usage', /more than one column "a"/));
  await assert.rejects(db.stream('SELECT ?').next(), error('usage', /has no value/));
  assert.deepEqual(await db.query('SELECT * FROM t'), []);
});

test('the page writes while it reads', async () => {
  await db.exec('CREATE TABLE t (a, done)');
  await db.execMany(
    'INSERT INTO t (a) VALUES (?)',
    Array.from({ length: 20_000 }, (_, i) => [i]),
  );
  let rows = 0;
  for await (const { rowid } of db.stream('SELECT rowid, a FROM t')) {
    if (rows++ % 1000 === 0) await db.exec('UPDATE t SET done = 1 WHERE rowid = ?', [rowid]);
  }
  assert.equal(rows, 20_000);
  assert.deepEqual(await db.query('SELECT sum(done) AS n FROM t'), [{ n: 20 }]);
});

test('a stream waits for a transaction, and does not see what it rolls back', async () => {
  await db.exec('CREATE TABLE t (a)');
  await db.execMany(
    'INSERT INTO t VALUES (?)',
    Array.from({ length: 50_000 }, () => [1]),
  );
  const stream = db.stream('SELECT a FROM t');
  await stream.next();
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec('UPDATE t SET a = 2');
      throw new Error('mine');
    }),
    /mine/,
  );
  let rows = 1;
  for await (const { a } of stream) {
    assert.equal(a, 1);
    rows++;
  }
  assert.equal(rows, 50_000);
});

test('a stream goes on while another connection tries to write', async () => {
  const [reader, writer] = [await storage.open('shared.db'), await storage.open('shared.db')];
  await reader.exec('CREATE TABLE t (a, b)');
  await reader.execMany(
    "INSERT INTO t VALUES (?, 'a text that makes it long')",
    Array.from({ length: 50_000 }, () => [1]),
  );
  const stream = reader.stream('SELECT * FROM t');
  await stream.next();
  let attempts = 0;
  const writing = Promise.all(
    [1, 2].map(() =>
      writer.transaction(tx => {
        attempts++;
        return tx.exec('INSERT INTO t (a) VALUES (2)');
      }),
    ),
  );
  await until(() => attempts > 1);
  let rows = 1;
  for await (const { a } of stream) rows += a;
  assert.equal(rows, 50_000);
  await writing;
  assert.deepEqual(await reader.query('SELECT count(*) AS n FROM t WHERE a = 2'), [{ n: 2 }]);
});

test('streams of the same SQL run at the same time, and leave nothing behind', async () => {
  const streams = [db.stream(COUNT, [ROWS]), db.stream(COUNT, [ROWS]), db.stream(COUNT, [ROWS])];
  for (const stream of streams) assert.equal((await stream.next()).value.i, 1);
  assert.equal((await db.query(COUNT, [3])).length, 3);
  await Promise.all(streams.map(stream => stream.return()));
  // The fake worker fails when a statement is left.
  await db.close();
});

test('columns that get the same name while the statement is kept are an error', async () => {
  await db.exec('CREATE TABLE a (id, name); CREATE TABLE b (aid); INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1)');
  const sql = 'SELECT * FROM a JOIN b ON aid = id';
  const stream = async () => (await db.stream(sql).next()).value;
  assert.deepEqual(await db.queryOne(sql), { id: 1, name: 2, aid: 1 });
  await db.exec('ALTER TABLE b ADD COLUMN name');
  await assert.rejects(db.query(sql), error('usage', /more than one column "name"/));
  await db.exec('ALTER TABLE b RENAME COLUMN name TO other');
  assert.deepEqual(await stream(), { id: 1, name: 2, aid: 1, other: null });
  await db.exec('ALTER TABLE b RENAME COLUMN other TO name');
  await assert.rejects(stream(), error('usage', /more than one column "name"/));
});

test('a transaction streams, and ends its streams', async () => {
  let left;
  await db.transaction(async tx => {
    await tx.exec('CREATE TABLE t (a)');
    await tx.execMany(
      'INSERT INTO t VALUES (?)',
      Array.from({ length: 50_000 }, (_, i) => [i]),
    );
    let rows = 0;
    for await (const row of tx.stream('SELECT a FROM t')) rows += row.a >= 0;
    assert.equal(rows, 50_000);
    left = tx.stream('SELECT a, hex(zeroblob(50)) FROM t');
    await left.next();
  });
  assert.equal(busy(), 0);
  await assert.rejects(
    async () => {
      for await (const row of left) assert.ok(row);
    },
    error('usage', /has ended/),
  );
});

test('a transaction ends with streams that were read to their end, or are so short that they end at once', async () => {
  for (const rows of [0, 1, ROWS]) {
    const read = await db.transaction(async tx => {
      let count = 0;
      for await (const row of tx.stream(`SELECT * FROM (${COUNT.replace('?', '100000')}) LIMIT ?`, [rows])) count += row.i > 0;
      return count;
    });
    assert.equal(read, rows);
  }
});

test('a stream that nobody reads is closed', async t => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  // Whole, because the sums of the mocked clock are to be exact.
  let now = Math.ceil(performance.now());
  t.mock.method(performance, 'now', () => now);
  const stream = db.stream(COUNT, [ROWS]);
  await stream.next();
  now += 999;
  mock.timers.tick(999);
  await stream.next();
  now += 999;
  mock.timers.tick(999);
  assert.equal(sent('closeStream'), 0, 'each row begins the time anew');
  now += 1;
  mock.timers.tick(1);
  await until(() => sent('closeStream') === 1);
  await db.exec('SELECT 1');
  assert.equal(busy(), 0);
  await assert.rejects(stream.next(), error('timeout', /no row was read for 1000 ms.*streamLimitMs/));
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('leaving the page ends a stream', async () => {
  const stream = db.stream(COUNT, [ROWS]);
  await stream.next();
  await until(() => sent('next') === 1);
  assert.deepEqual(await worker.ask({ id: 1000, method: 'yield' }), { id: 1000, result: null });
  assert.equal(busy(), 0);
  await assert.rejects(
    async () => {
      for await (const row of stream) assert.ok(row);
    },
    error('busy', /page was left while the stream went on.*begin it again/),
  );
});

test('closing while a stream begins waits for its first rows, and what comes later hears that it was closed', async () => {
  const first = db.stream('SELECT 1 AS i').next();
  const long = db.stream(COUNT, [ROWS]);
  const began = long.next();
  const closing = db.close();
  assert.deepEqual((await first).value, { i: 1 });
  assert.ok((await began).value);
  await closing;
  await assert.rejects(
    async () => {
      for await (const row of long) assert.ok(row);
    },
    error('closed', /was closed/),
  );
});

test('closing the database ends a stream', async () => {
  const stream = db.stream(COUNT, [ROWS]);
  await stream.next();
  await db.close();
  await assert.rejects(
    async () => {
      for await (const row of stream) assert.ok(row);
    },
    error('closed', /was closed/),
  );
});

test('a signal ends a stream', async () => {
  const abort = new AbortController();
  const reason = new Error('mine');
  await assert.rejects(
    async () => {
      for await (const { i } of db.stream(COUNT, [ROWS], { signal: abort.signal })) {
        if (i === 5) abort.abort(reason);
      }
    },
    thrown => thrown === reason,
  );
  await db.exec('SELECT 1');
  assert.equal(busy(), 0);
});

for (const streamLimitMs of [0, -1, NaN, 86_400_001, 'x'])
  test(`a limit of ${streamLimitMs} is refused`, () => assert.rejects(startStorage({ streamLimitMs }), error('usage', /streamLimitMs is/)));
