// Many rows are packed and read in parts, between which the page's other tasks run.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage, until } from './fakeWorker.mjs';
import { load } from './load.mjs';

const { BatchWriter, packRows, PART_BYTES, readRows, Tag } = await load(
  'Browser/Statements/batch.ts',
  'Client/Script/packing.ts',
  'Client/Script/parts.ts',
  'Client/Script/rows.ts',
  'Protocol/protocol.ts',
);

/** So many that they take several parts. */
const MANY = 60_000;
const many = Array.from({ length: MANY }, (_, i) => [i, `row number ${i}`]);

let storage;
let worker;
let db;

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  ({ storage, worker } = await startStorage());
  db = await storage.open('shared.db');
  await db.exec('CREATE TABLE t (a, b)');
});

/** Counts the tasks of the page that run during a call. */
async function tasksDuring(call) {
  let tasks = 0;
  let isOver = false;
  const run = () => {
    if (isOver) return;
    tasks++;
    setImmediate(run);
  };
  setImmediate(run);
  const result = await call();
  isOver = true;
  return { tasks, result };
}

function batchOf(count) {
  const writer = new BatchWriter();
  writer.writeHeader([new TextEncoder().encode('a')]);
  const text = new Uint8Array(100).fill(0x61);
  for (let i = 0; i < count; i++) {
    writer.startRow();
    writer.writeBytes(Tag.text, text, 0, text.length);
  }
  return writer.finish();
}

const sent = () => worker.log.map(({ method }) => method).slice(3);
const nextTask = () => new Promise(setImmediate);

for (const asArrays of [false, true]) {
  test(`rows ${asArrays ? 'as arrays' : 'as objects'} are read in parts`, async () => {
    const batch = batchOf(20_000);
    const { tasks, result } = await tasksDuring(() => readRows(batch, asArrays));
    assert.equal((asArrays ? result.rows : result).length, 20_000);
    const parts = Math.ceil(batch.length / (PART_BYTES + 105));
    assert.ok(tasks >= parts - 2, `${tasks} tasks of the page in ${parts} parts`);
  });

  test(`few rows ${asArrays ? 'as arrays' : 'as objects'} are read at once`, async () => {
    const { tasks } = await tasksDuring(() => readRows(batchOf(2000), asArrays));
    assert.equal(tasks, 0);
  });
}

test('no part of packed rows is much longer than the others', () => {
  const packing = packRows(many);
  let parts = 1;
  let step = packing.next();
  for (; !step.done; step = packing.next()) parts++;
  assert.equal(step.value.length, parts);
  assert.ok(parts > 3);
  for (const block of step.value) assert.ok(block.length < PART_BYTES + 100);
});

test('rows are packed in parts, and arrive as they are', async () => {
  const { tasks, result } = await tasksDuring(async () => {
    const running = db.execMany('INSERT INTO t VALUES (?, ?)', many);
    await until(() => sent().length === 1);
    return running;
  });
  assert.deepEqual(result, { changes: MANY, lastInsertRowid: MANY });
  assert.ok(tasks >= worker.log.at(-1).rows.length - 1);
  const { rows } = await db.query('SELECT a, b FROM t ORDER BY a', [], { rows: 'array' });
  assert.deepEqual(rows, many);
});

test('few rows are sent before the call returns', async () => {
  const running = db.execMany('INSERT INTO t VALUES (?, ?)', many.slice(0, 1000));
  assert.deepEqual(sent(), ['exec']);
  await running;
});

test('calls that are made meanwhile come after it, in their order', async () => {
  const other = await storage.open('shared.db');
  worker.log.splice(3);
  const seen = [];
  const note = name => result => seen.push([name, result]);
  const calls = [
    db.execMany('INSERT INTO t VALUES (?, ?)', many).then(note('many')),
    db.queryOne('SELECT count(*) AS n FROM t').then(note('query')),
    other.transaction(async tx => note('other')(await tx.queryOne('SELECT count(*) AS n FROM t'))),
    db.execMany('DELETE FROM t WHERE a = ? OR b = ?', many.slice(0, MANY / 2)).then(note('delete')),
    db.close().then(note('close')),
  ];
  assert.deepEqual(sent(), []);
  const [many1, query, , waits] = await Promise.allSettled(calls);
  assert.deepEqual([many1.status, query.status], ['fulfilled', 'fulfilled']);
  // It waited for a transaction when the database was closed.
  error('closed', /was closed/)(waits.reason);
  assert.deepEqual(seen.slice(0, 2), [
    ['many', { changes: MANY, lastInsertRowid: MANY }],
    ['query', { n: MANY }],
  ]);
  assert.deepEqual(
    seen.find(([name]) => name === 'other'),
    ['other', { n: MANY }],
  );
});

test('a transaction begins after all calls that were made before it, also those that wait for others', async () => {
  const other = await storage.open('shared.db');
  worker.log.splice(3);
  const insert = 'INSERT INTO t VALUES (?, ?)';
  const before = [db.execMany(insert, many), ...many.slice(0, 6).map(row => db.exec(insert, row))];
  const transaction = other.transaction(tx => tx.exec(insert, [1, 2]));
  const after = db.exec(insert, [3, 4]);
  const answers = [];
  const note = name => () => answers.push(name);
  await Promise.all([...before.map(call => call.then(note('before'))), transaction.then(note('transaction')), after.then(note('after'))]);
  assert.deepEqual(answers, [...before.map(() => 'before'), 'transaction', 'after']);
  assert.deepEqual(sent(), [...before.map(() => 'exec'), 'begin', 'exec', 'exec', 'commit']);
});

test('a call inside a transaction that is not awaited comes before those after it', async () => {
  await db.transaction(async tx => {
    const running = tx.execMany('INSERT INTO t VALUES (?, ?)', many);
    assert.deepEqual(await tx.queryOne('SELECT count(*) AS n FROM t'), { n: MANY });
    await running;
    void tx.execMany('INSERT INTO t VALUES (?, ?)', many);
  });
  assert.deepEqual(await db.queryOne('SELECT count(*) AS n FROM t'), { n: 2 * MANY });
});

/** Rows without an end. */
function* endless(onEnd) {
  try {
    for (;;) yield [1, 2];
  } finally {
    onEnd();
  }
}

test('a transaction does not wait for the packing of a call that waits for its end', async () => {
  const other = await storage.open('shared.db');
  let bulk;
  await db.transaction(async tx => {
    await tx.exec('INSERT INTO t VALUES (1, 2)');
    bulk = other.execMany('INSERT INTO t VALUES (?, ?)', many);
    await tx.exec('INSERT INTO t VALUES (3, 4)');
  });
  const sent = worker.log.map(({ method, rows }) => (rows ? 'bulk' : method));
  assert.ok(sent.includes('commit') && !sent.includes('bulk'), String(sent));
  assert.equal((await bulk).changes, MANY);
});

test('a signal ends the packing, and nothing is sent', async () => {
  const abort = new AbortController();
  let isClosed = false;
  const rows = endless(() => (isClosed = true));
  const running = db.execMany('INSERT INTO t VALUES (?, ?)', rows, { signal: abort.signal });
  await nextTask();
  const reason = new Error('enough');
  abort.abort(reason);
  await assert.rejects(running, thrown => thrown === reason);
  assert.ok(isClosed);
  assert.deepEqual(sent(), []);
  assert.deepEqual(await db.query('SELECT * FROM t'), []);
});

test('a signal ends the wait for the packing of an earlier call, and later calls keep their order', async () => {
  const [abort, abortMany] = [new AbortController(), new AbortController()];
  const [reason, reasonMany] = [new Error('enough'), new Error('too many')];
  const insert = 'INSERT INTO t VALUES (?, ?)';
  const first = db.execMany(insert, many);
  const waits = [
    () => db.query('SELECT * FROM t', [], { signal: abort.signal }),
    () => db.exec('DELETE FROM t', [], { signal: abort.signal }),
    () => db.stream('DELETE FROM t', [], { signal: abort.signal }).next(),
    () => db.prepare('SELECT 1', { signal: abort.signal }),
    () => db.watch(['t'], () => {}, { signal: abort.signal }),
  ].map(call => assert.rejects(call(), thrown => thrown === reason));
  // Few, and packed long before the others.
  const fewer = assert.rejects(db.execMany(insert, many.slice(0, 20_000), { signal: abortMany.signal }), thrown => thrown === reasonMany);
  const last = db.query('SELECT count(*) AS n FROM t');
  abort.abort(reason);
  await Promise.all(waits);
  assert.deepEqual(sent(), []);
  abortMany.abort(reasonMany);
  await fewer;
  assert.deepEqual(sent(), []);
  await first;
  assert.deepEqual(await last, [{ n: MANY }]);
  assert.deepEqual(sent(), ['exec', 'query']);
});

test('a transaction that is aborted behind its own packing is rolled back, and nothing else of it is sent', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const undone = db.transaction(
    async tx => {
      void tx.execMany('INSERT INTO t VALUES (?, ?)', many);
      const waits = tx.exec('DELETE FROM t');
      abort.abort(reason);
      await waits;
    },
    { signal: abort.signal },
  );
  await assert.rejects(undone, thrown => thrown === reason);
  assert.deepEqual(sent(), ['begin', 'rollback']);
  assert.deepEqual(await db.query('SELECT * FROM t'), []);
});

test('a row that is wrong ends it, and nothing is sent', async () => {
  const wrong = [...many.slice(0, 30_000), [undefined, 1]];
  const waits = db.execMany('INSERT INTO t VALUES (?, ?)', wrong);
  const after = db.exec('INSERT INTO t VALUES (1, 2)');
  await assert.rejects(waits, error('usage', /^Row 30001: Parameter 1 is undefined/));
  await after;
  assert.deepEqual(sent(), ['exec']);
});

test('a transaction that is undone packs no further', async () => {
  let isClosed = false;
  const undone = db.transaction(async tx => {
    const running = tx.execMany(
      'INSERT INTO t VALUES (?, ?)',
      endless(() => (isClosed = true)),
    );
    await nextTask();
    await Promise.race([running, Promise.reject(new Error('mine'))]);
  });
  await assert.rejects(undone, /mine/);
  assert.ok(isClosed);
  assert.deepEqual(sent(), ['begin', 'rollback']);
});
