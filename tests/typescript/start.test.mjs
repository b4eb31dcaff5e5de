// Workers that do not start: each wait for one ends, says why, and can be repeated.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { error, FakeWorker, modules, startStorage, until } from './fakeWorker.mjs';

/** A worker whose files do not arrive, although its script does. */
class SlowWorker extends FakeWorker {
  boot() {}
}

/** A worker whose script does not arrive, or is none of ours. */
class SilentWorker extends SlowWorker {
  postMessage() {}
}

const reason = new Error('enough');

beforeEach(() => {
  FakeWorker.missing = ['https://site/sqlite3.wasm'];
});

afterEach(() => {
  globalThis.Worker = FakeWorker;
});

for (const [what, kind, missing, words] of [
  ['a file is missing', SlowWorker, ['https://site/sqlite3.wasm'], /not started: these files have not arrived: https:\/\/site\/sqlite3\.wasm\.$/],
  ['files are missing', SlowWorker, ['a.dll', 'b', 'c', 'd'], /: a\.dll, b, c and 1 others\.$/],
  ['its program does not answer', SlowWorker, [], /files have arrived, but its program is not ready/],
  ['it says nothing', SilentWorker, [], /worker\.js has said nothing in 120000 ms; see the option startTimeoutMs/],
]) {
  test(`a start ends after its time and says why: ${what}`, async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    globalThis.Worker = kind;
    FakeWorker.missing = missing;
    const start = assert.rejects(startStorage(), error('worker', words));
    t.mock.timers.tick(119_999);
    assert.equal(FakeWorker.last.terminated, false);
    t.mock.timers.tick(1);
    if (kind === SilentWorker) t.mock.timers.tick(1000);
    await start;
    assert.ok(FakeWorker.last.terminated);
    globalThis.Worker = FakeWorker;
    assert.ok((await startStorage()).storage);
  });
}

test('every request is answered once when a start is given up', async () => {
  const sent = [];
  const listeners = [];
  const host = new modules.Host(
    { addEventListener: (_, listener) => listeners.push(listener), postMessage: message => sent.push(message) },
    { missing: () => ['a file'], end: () => {} },
  );
  const say = request => listeners.forEach(listener => listener({ data: request }));
  say({ id: 1, method: 'hello', protocol: modules.PROTOCOL_VERSION, options: {} });
  say({ id: 2, method: 'list' });
  say({ id: 3, method: 'cancel', request: 1 });
  say({ id: 4, method: 'list' });
  host.createImports({}).started();
  assert.deepEqual(
    sent.map(({ id, error }) => [id, error?.kind]),
    [
      [1, 'worker'],
      [2, 'worker'],
      [3, undefined],
      [4, 'worker'],
    ],
  );
});

test('a signal ends a start', async () => {
  globalThis.Worker = SilentWorker;
  const abort = new AbortController();
  const start = assert.rejects(startStorage({ signal: abort.signal }), reason);
  abort.abort(reason);
  await start;
  assert.ok(FakeWorker.last.terminated);
  const { last } = FakeWorker;
  await assert.rejects(startStorage({ signal: abort.signal }), reason);
  assert.equal(FakeWorker.last, last, 'nothing is started for a signal that is aborted');
});

test('a signal that is aborted after the start means nothing', async () => {
  const abort = new AbortController();
  const { storage } = await startStorage({ signal: abort.signal });
  abort.abort();
  assert.ok(await storage.exists('there.db'));
});

for (const [name, call] of [
  ['query', (_, db, options) => db.query('SELECT 1', [], options)],
  ['transaction', (_, db, options) => db.transaction(tx => tx.query('SELECT 1'), options)],
  ['stream', (_, db, options) => db.stream('SELECT 1', [], options).next()],
  ['open', (storage, _, options) => storage.open('b.db', options)],
  ['export', (storage, _, options) => storage.export('a.db', options)],
  ['import', (storage, _, options) => storage.import('a.db', new Blob(), options)],
  ['handler', (storage, _, options) => storage.call('name', 1, options)],
]) {
  test(`the signal of a call reaches the restart: ${name}`, async () => {
    const { storage, worker } = await startStorage();
    const db = await storage.open('a.db');
    worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });
    await until(() => worker.terminated);
    globalThis.Worker = SlowWorker;
    const patient = db.query('SELECT 1 AS n');
    const abort = new AbortController();
    const refused = assert.rejects(call(storage, db, { signal: abort.signal }), reason);
    abort.abort(reason);
    await refused;
    await FakeWorker.prototype.boot.call(FakeWorker.last);
    assert.deepEqual(await patient, [{ n: 1 }], 'others wait on, and get the worker');
  });
}

test('a restart ends after its time, and the next call starts another worker', async t => {
  const { storage, worker } = await startStorage({ startTimeoutMs: 5000 });
  const db = await storage.open('a.db');
  worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'gone' });
  await until(() => worker.terminated);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.Worker = SlowWorker;
  const refused = assert.rejects(db.query('SELECT 1'), error('worker', /not arrived: .*sqlite3\.wasm/));
  await until(() => FakeWorker.last !== worker);
  t.mock.timers.tick(5000);
  await refused;
  globalThis.Worker = FakeWorker;
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
});

test('a time that is none is refused', async () => {
  for (const startTimeoutMs of [0, Number.NaN, 1e12]) await assert.rejects(startStorage({ startTimeoutMs }), error('usage', /startTimeoutMs is/));
});

test('the C# client has the same time', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  globalThis.Worker = SlowWorker;
  const start = modules.start('worker.js', 'https://site/', JSON.stringify({ startTimeoutMs: 5000 }), () => {});
  await until(() => FakeWorker.last.url === 'https://site/worker.js');
  t.mock.timers.tick(5000);
  assert.match(JSON.parse(await start).error.message, /not arrived: .*sqlite3\.wasm/);
});
