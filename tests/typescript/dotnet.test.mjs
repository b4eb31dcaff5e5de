import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeWorker, modules, quota, report, until } from './fakeWorker.mjs';

const { start, request, run, takeResult, takeError, cancel, stop, Tag } = modules;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

let restarts;
let quotas;
let undone;
let connection;
let database;
let lastId = 0;

beforeEach(async () => {
  restarts = [];
  quotas = [];
  undone = [];
  const answer = await start(
    'worker.js',
    'https://app.example/base/',
    '{ "startTimeoutMs": 60000 }',
    reason => restarts.push(JSON.parse(reason)),
    text => quotas.push(JSON.parse(text)),
    error => undone.push(JSON.parse(error)),
  );
  connection = JSON.parse(answer).result;
  database = await ask('open', { name: 'a.db' });
});

async function ask(method, fields) {
  const answer = JSON.parse(await request(connection, ++lastId, method, JSON.stringify(fields)));
  if (answer.error) throw answer.error;
  return answer.result;
}

/** The memory of .NET: a part of a larger array, which is gone once the call has returned. */
function memory(bytes) {
  const view = {
    disposed: false,
    length: bytes.length,
    slice: () => Uint8Array.from(bytes),
    set: source => bytes.set(source),
    dispose: () => (view.disposed = true),
  };
  return view;
}

function block(...parameters) {
  const parts = [u32(parameters.length)];
  for (const [name, tag, value = []] of parameters) parts.push(text(name), [tag], tag === Tag.text || tag === Tag.blob ? text(value) : value);
  return parts.flatMap(part => [...part]);
}

function u32(value) {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function text(value) {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  return [...u32(bytes.length), ...bytes];
}

const int32 = value => new Uint8Array(Int32Array.of(value).buffer);
const int64 = value => new Uint8Array(BigInt64Array.of(value).buffer);
const float64 = value => new Uint8Array(Float64Array.of(value).buffer);

async function execute(sql, parameters = block(), transaction = false, waitMs = 0) {
  const id = ++lastId;
  const view = memory(parameters);
  const running = run(id, database, sql, transaction, waitMs, view);
  assert.ok(view.disposed);
  const length = await running;
  if (length < 0) throw JSON.parse(takeError(id));
  const bytes = new Uint8Array(length);
  const half = length >> 1;
  if (half > 0) takeResult(id, 0, memory(bytes.subarray(0, half)));
  const changes = takeResult(id, half, memory(bytes.subarray(half)));
  return { changes, results: readResults(bytes) };
}

function readResults(bytes) {
  const view = new DataView(bytes.buffer);
  const results = [];
  let at = 0;
  const count = () => view.getUint32((at += 4) - 4, true);
  const cut = () => {
    const length = count();
    return bytes.slice(at, (at += length));
  };
  const texts = length => Array.from({ length }, () => decoder.decode(cut()));
  const value = () => {
    switch (bytes[at++]) {
      case Tag.null:
        return null;
      case Tag.int32:
        return view.getInt32((at += 4) - 4, true);
      case Tag.int64:
        return view.getBigInt64((at += 8) - 8, true);
      case Tag.float64:
        return { real: view.getFloat64((at += 8) - 8, true) };
      case Tag.text:
        return decoder.decode(cut());
      default:
        return cut();
    }
  };
  while (at < bytes.length) {
    const types = texts(count());
    const columns = count();
    const rows = count();
    results.push({ types, names: texts(columns), rows: Array.from({ length: rows }, () => Array.from({ length: columns }, value)) });
  }
  return results;
}

test('the addresses are those that were asked for', () => {
  assert.equal(FakeWorker.last.url, 'https://app.example/base/worker.js');
});

test('several statements share their named parameters', async () => {
  const { changes, results } = await execute(
    'CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20), x); INSERT INTO t (name) VALUES (@a), (:b); SELECT last_insert_rowid() AS id;' +
      'SELECT * FROM t WHERE id > $from',
    block(['a', Tag.text, 'ä'], ['b', Tag.text, ''], ['from', Tag.int32, int32(1)]),
  );
  assert.equal(changes, 2);
  assert.deepEqual(results, [
    { types: [''], names: ['id'], rows: [[2]] },
    { types: ['INTEGER', 'VARCHAR(20)', ''], names: ['id', 'name', 'x'], rows: [[2, '', null]] },
  ]);
});

test('values arrive with the type that they have', async () => {
  const { changes, results } = await execute(
    'SELECT typeof(?1), ?1, typeof(?2), ?2, typeof(?3), ?3, typeof(?4), ?4, typeof(?5), ?5, ?6',
    block(
      ['', Tag.float64, float64(1)],
      ['', Tag.int32, int32(-1)],
      ['', Tag.int64, int64(2n ** 63n - 1n)],
      ['', Tag.text, 'a\0😀'],
      ['', Tag.blob, [0, 255]],
      ['', Tag.null],
    ),
  );
  assert.equal(changes, -1);
  assert.deepEqual(results[0].rows, [
    ['real', { real: 1 }, 'integer', -1, 'integer', 2n ** 63n - 1n, 'text', 'a\0😀', 'blob', new Uint8Array([0, 255]), null],
  ]);
});

test('what changes nothing has no count, what could has one', async () => {
  assert.equal((await execute('SELECT 1')).changes, -1);
  assert.equal((await execute('CREATE TABLE t (x)')).changes, 0);
  assert.equal((await execute('INSERT INTO t VALUES (1), (2)')).changes, 2);
  assert.equal((await execute('DELETE FROM t WHERE x > 5')).changes, 0);
  const returning = await execute('UPDATE t SET x = 9 RETURNING x; SELECT 1');
  assert.equal(returning.changes, 2);
  assert.deepEqual(
    returning.results.map(result => result.rows),
    [[[9], [9]], [[1]]],
  );
  assert.deepEqual(await execute(' ; -- nothing'), { changes: -1, results: [] });
});

test('a result without rows has columns', async () => {
  assert.deepEqual((await execute('SELECT 1 AS a, 2 AS a WHERE 0')).results, [{ types: ['', ''], names: ['a', 'a'], rows: [] }]);
});

test('names may be left over, but none may be missing', async () => {
  await execute('SELECT @a', block(['a', Tag.null], ['b', Tag.null]));
  const usage = pattern => error => error.kind === 'usage' && pattern.test(error.message);
  await assert.rejects(execute('SELECT @a; SELECT @c', block(['a', Tag.null])), usage(/Parameter 1 \(@c\) has no value/));
  await assert.rejects(execute('SELECT ?'), usage(/Parameter 1 has no value/));
  await assert.rejects(execute('SELECT ?', block(['a', Tag.null])), usage(/has no name, but the values have/));
  await assert.rejects(execute('SELECT ?', block(['', Tag.null], ['', Tag.null])), usage(/Value 2 has no parameter/));
  await assert.rejects(execute('SELECT ?; SELECT ?', block(['', Tag.null])), usage(/more than one statement/));
  await assert.rejects(execute('SELECT @a', block(['a', Tag.null], ['', Tag.null])), usage(/name all of them or none/));
  await assert.rejects(execute('SELECT @a', block(['a', Tag.null], ['a', Tag.null])), usage(/Two of the values have one name/));
  await assert.rejects(execute('SELECT @a', block(['a', Tag.float64, float64(NaN)])), usage(/is NaN/));
});

test('a damaged block of parameters is refused', async () => {
  const whole = block(['a', Tag.text, 'text'], ['b', Tag.int64, int64(5n)], ['c', Tag.blob, [1, 2]]);
  for (let length = 0; length < whole.length; length++)
    await assert.rejects(execute('SELECT 1', whole.slice(0, length)), { kind: 'usage', message: /damaged: it ends too early/ });
  await assert.rejects(execute('SELECT 1', [...whole, 0]), { message: /longer than its parameters/ });
  await assert.rejects(execute('SELECT 1', block(['a', 9])), { message: /there is no tag 9/ });
});

test('a failure keeps what was done before it, and has codes', async () => {
  await execute('CREATE TABLE t (x UNIQUE)');
  await assert.rejects(execute('INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)'), {
    kind: 'sqlite',
    code: 19,
    extendedCode: 2067,
    message: 'UNIQUE constraint failed: t.x',
  });
  assert.deepEqual((await execute('SELECT x FROM t')).results[0].rows, [[1]]);
  await assert.rejects(execute('SELECT 1', block(), true), { code: 4, extendedCode: 516 });
});

test('answers and events are JSON', async () => {
  assert.deepEqual(await ask('report', {}), report);
  assert.equal(await ask('exists', { name: 'there.db' }), true);
  FakeWorker.last.imports.quotaNearlyUsed(JSON.stringify(quota));
  FakeWorker.last.imports.commitUndone('full', 13, 13, 'undone');
  await ask('list', {});
  assert.deepEqual(quotas, [quota]);
  assert.deepEqual(undone, [{ kind: 'full', code: 13, extendedCode: 13, message: 'undone' }]);
});

test('a request can be cancelled and tells how far it is', async () => {
  FakeWorker.long = (_id, progress) => {
    progress('copying', 1, 2);
    return new Promise(() => {});
  };
  try {
    const heard = [];
    const migrating = request(connection, ++lastId, 'migrate', '{"name":"a.db","backend":"opfs"}', (...progress) => {
      heard.push(progress);
      cancel(lastId);
    });
    const { error } = JSON.parse(await migrating);
    assert.equal(error.kind, 'cancelled');
    assert.equal(error.code, 9);
    assert.deepEqual(heard, [['copying', 1, 2]]);
    cancel(lastId);
  } finally {
    FakeWorker.long = async () => {};
  }
});

test('the end of the worker ends every call', async () => {
  const running = execute('SELECT 1');
  stop(connection);
  await assert.rejects(running, { kind: 'closed' });
  await assert.rejects(execute('SELECT 1'), { kind: 'closed' });
});

test('a start that fails says why', async () => {
  const { error } = JSON.parse(
    await start(
      'https://[',
      'https://app.example/',
      '{}',
      () => {},
      () => {},
    ),
  );
  assert.equal(error.kind, 'worker');
  assert.match(error.message, /address "https:\/\/\[" is not a valid URL/);
});

async function die() {
  const worker = FakeWorker.last;
  worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });
  await until(() => worker.terminated);
}

test('after a death the next call starts another worker, and opens and sets up what was open', async () => {
  const other = await ask('open', { name: 'b.db', setup: 'PRAGMA foreign_keys = ON' });
  const first = FakeWorker.last;
  const running = assert.rejects(execute('SELECT 1'), { kind: 'worker', message: 'gone' });
  await die();
  await running;
  assert.equal(FakeWorker.last, first);
  assert.deepEqual((await execute('SELECT 2')).results[0].rows, [[2]]);
  assert.notEqual(FakeWorker.last, first);
  database = other;
  assert.deepEqual((await execute('PRAGMA foreign_keys')).results[0].rows, [[1]]);
  assert.deepEqual(
    restarts.map(({ kind, message }) => [kind, message]),
    [['worker', 'gone']],
  );
  await ask('close', { database });
  await assert.rejects(execute('SELECT 1'), { kind: 'closed' });
  await assert.rejects(ask('rollback', { database }), { kind: 'closed' });
  await die();
  assert.equal(await ask('exists', { name: 'there.db' }), true);
  assert.equal(restarts.length, 2);
});

test('a transaction ends with its worker', async () => {
  await ask('begin', { database });
  await execute('CREATE TABLE t (x)', block(), true);
  await die();
  await assert.rejects(execute('INSERT INTO t VALUES (1)', block(), true), { kind: 'worker', message: 'gone' });
  await ask('rollback', { database });
  assert.equal(restarts.length, 0);
  assert.deepEqual((await execute('SELECT name FROM sqlite_schema')).results[0].rows, []);
});

test('calls of other connections wait for a transaction, for as long as they say', async t => {
  const other = await ask('open', { name: 'a.db' });
  const on = (number, call) => {
    database = number;
    return call();
  };
  const own = database;
  const busy = seconds => ({
    kind: 'busy',
    code: 5,
    extendedCode: 5,
    message:
      `The database "a.db" is in use by a transaction of another connection of this page, which did not end within ${seconds} s. ` +
      'Inside a transaction use its own connection: others wait for its end.',
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await ask('begin', { database: own });
  await on(own, () => execute('CREATE TABLE t (x)', block(), true));
  const order = [];
  const note = name => () => order.push(name);
  const impatient = assert
    .rejects(
      on(other, () => execute('SELECT 1', block(), false, 5000)),
      busy(5),
    )
    .then(note('impatient'));
  const begins = assert.rejects(ask('begin', { database: other, waitMs: 2500 }), busy(2.5)).then(note('begin'));
  const patient = on(other, () => execute('SELECT 1')).then(note('patient'));
  await ask('exists', { name: 'there.db' });
  t.mock.timers.tick(2500);
  await begins;
  t.mock.timers.tick(2500);
  await impatient;
  const cancelled = assert.rejects(
    on(other, () => execute('INSERT INTO t VALUES (1)')),
    { kind: 'cancelled' },
  );
  cancel(lastId);
  await cancelled;
  assert.deepEqual(order, ['begin', 'impatient']);
  const next = ask('begin', { database: other, waitMs: 2 ** 40 }).then(note('next'));
  await ask('commit', { database: own });
  await Promise.all([patient, next]);
  assert.deepEqual(order, ['begin', 'impatient', 'patient', 'next']);
  const last = on(own, () => execute('SELECT name FROM sqlite_schema'));
  await ask('close', { database: other });
  assert.deepEqual((await last).results[0].rows, [['t']]);
});

test('a connection that is closed ends its waits and gives its turn back', async () => {
  const [own, other] = [database, await ask('open', { name: 'a.db' })];
  await ask('begin', { database: own });
  database = other;
  const begins = assert.rejects(ask('begin', { database: other }), { kind: 'closed', message: 'The connection to "a.db" was closed.' });
  const waits = assert.rejects(execute('SELECT 1'), { kind: 'closed' });
  await ask('exists', { name: 'there.db' });
  await ask('close', { database: other });
  await Promise.all([begins, waits]);
  const third = await ask('open', { name: 'a.db' });
  const next = ask('begin', { database: third });
  await ask('close', { database: own });
  await next;
});

test('a transaction whose beginning was cancelled is rolled back, also when that comes late', async () => {
  const other = await ask('open', { name: 'a.db' });
  const worker = FakeWorker.last;
  const held = [];
  worker.deliver = message => held.push(message);
  const begins = assert.rejects(ask('begin', { database }), { kind: 'cancelled' });
  await until(() => held.length > 0);
  cancel(lastId);
  await begins;
  const next = ask('begin', { database: other });
  delete worker.deliver;
  held.forEach(message => worker.deliver(message));
  await next;
  assert.equal(worker.log.filter(({ method }) => method === 'rollback').length, 1);
});

test('what prepares a connection waits for no transaction', async () => {
  const own = database;
  await ask('begin', { database: own });
  database = await ask('open', { name: 'a.db', setup: 'PRAGMA foreign_keys = ON' });
  const waits = execute('PRAGMA foreign_keys');
  await ask('close', { database: own });
  assert.deepEqual((await waits).results[0].rows, [[1]]);
});
