import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databases, error, FakeWorker, modules, report, startStorage, until } from './fakeWorker.mjs';

const { IsarStorage, PROTOCOL_VERSION } = modules;

test('the first message says the version and what the page wants', async () => {
  const options = {
    directory: 'd',
    candidates: ['opfs', 'memory'],
    migrateOnOpen: true,
    quotaWarningRatio: 0.5,
    memoryOnly: false,
    openTimeoutMs: 5,
    leaseTimeoutMs: 6,
  };
  const { worker } = await startStorage({ ...options, onQuotaNearlyUsed() {}, unknown: 1 });
  assert.deepEqual(worker.log, [{ id: 1, method: 'hello', protocol: PROTOCOL_VERSION, options }]);
  assert.deepEqual(worker.imports.candidates(), ['opfs', 'memory']);
  assert.equal((await startStorage()).worker.imports.candidates(), null);
  assert.equal(worker.url, 'worker.js');
});

test('the worker stands beside the client unless another place is named', async () => {
  await IsarStorage.start();
  assert.match(FakeWorker.last.url, /^file:.*\/isar-worker\.js$/);
});

test('what the storage says', async () => {
  const { storage } = await startStorage();
  assert.deepEqual(await storage.list(), databases);
  assert.deepEqual(await storage.report(), report);
  assert.equal(await storage.exists('there.db'), true);
  assert.equal(await storage.exists('missing.db'), false);
  assert.equal(await storage.delete('there.db'), true);
  assert.match((await storage.diagnostics()).sqliteVersion, /^3\./);
});

/** A worker that answers as `answer` says. */
async function startWith(answer) {
  globalThis.Worker = class extends FakeWorker {
    boot() {}
    postMessage(message) {
      answer(message, this);
    }
  };
  try {
    return await IsarStorage.start({ workerUrl: 'worker.js' });
  } finally {
    globalThis.Worker = FakeWorker;
  }
}

test('a worker of another version is refused by the page', async () => {
  await assert.rejects(
    startWith(({ id }, worker) => worker.deliver({ id, protocol: PROTOCOL_VERSION + 1, result: null })),
    error('version', /isar-client\.js.* is the older/),
  );
  await assert.rejects(
    startWith(({ id }, worker) => worker.deliver({ id, result: null })),
    error('version', /isar-worker\.js is the older/),
  );
  await assert.rejects(
    startWith(({ id }, worker) => worker.deliver({ id, protocol: 0, error: { kind: 'x', message: 'old words' } })),
    error('version', /isar-worker\.js is the older/),
  );
  assert.ok(FakeWorker.last.terminated);
});

test('a page of another version is refused by the worker', async () => {
  const worker = new FakeWorker('worker.js');
  const answers = [];
  worker.addEventListener('message', event => answers.push(event.data));
  worker.postMessage({ id: 7, method: 'hello', protocol: PROTOCOL_VERSION + 1 });
  await until(() => answers.length >= 1);
  assert.equal(answers.length, 1);
  assert.equal(answers[0].id, 7);
  assert.equal(answers[0].protocol, PROTOCOL_VERSION);
  assert.equal(answers[0].error.kind, 'version');
  assert.match(answers[0].error.message, /isar-worker\.js is the older/);
});

test('a worker goes on after messages that it does not understand', async () => {
  const { storage, worker } = await startStorage();
  const db = await storage.open('a.db');
  const answers = [];
  const deliver = worker.deliver;
  worker.deliver = message => answers.push(message);
  for (const message of [
    undefined,
    5,
    {},
    { id: 1000 },
    { id: 1001, method: 'nothing' },
    { id: 1002, method: 'exec', database: 1 },
    { id: 1003, method: 'hello', protocol: PROTOCOL_VERSION, options: {} },
    { id: 1008, method: 'cancel' },
    { id: 1009, method: 'cancel', request: 0 },
    { id: 1010, method: 'migrate', name: 'a.db' },
    { id: 1004, method: 'exec', database: 99, sql: 'SELECT 1' },
    { id: 1005, method: 'query', database: 2, sql: 'SELECT ?', params: [{}] },
    { id: 1006, method: 'query', database: 2, sql: 'SELECT ?', params: new Map() },
    { id: 1007, method: 'exec', database: 2, sql: 'SELECT ?', rows: [[1], 'x'] },
  ])
    worker.postMessage(message);
  await until(() => answers.length >= 14);
  worker.deliver = deliver;
  assert.deepEqual(
    answers.map(({ id, error }) => [id, error.kind]),
    [
      [0, 'protocol'],
      [0, 'protocol'],
      [0, 'protocol'],
      [1000, 'protocol'],
      [1001, 'protocol'],
      [1002, 'protocol'],
      [1003, 'protocol'],
      [1008, 'protocol'],
      [1009, 'protocol'],
      [1010, 'protocol'],
      [1004, 'closed'],
      [1005, 'usage'],
      [1006, 'protocol'],
      [1007, 'protocol'],
    ],
  );
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
});

test('an id that is in use does not disturb the request that uses it', async () => {
  const { storage, worker } = await startStorage();
  await storage.open('a.db');
  let store;
  FakeWorker.afterCommit = () => new Promise(resolve => (store = resolve));
  const answers = [];
  worker.deliver = message => answers.push([message.id, message.error?.kind]);
  const create = { id: 500, method: 'exec', database: 2, sql: 'CREATE TABLE t (a)' };
  worker.postMessage(create);
  worker.postMessage(create);
  worker.postMessage({ id: 500, method: 'nothing' });
  await until(() => answers.length >= 2);
  assert.deepEqual(answers, [
    [500, 'protocol'],
    [500, 'protocol'],
  ]);
  store();
  await until(() => answers.length >= 3);
  assert.deepEqual(answers[2], [500, undefined]);
  FakeWorker.afterCommit = async () => {};
});

test('requests before hello are refused, requests before the boot has ended are kept', async () => {
  const worker = new FakeWorker('worker.js');
  const answers = [];
  worker.addEventListener('message', event => answers.push(event.data));
  worker.postMessage({ id: 1, method: 'list' });
  worker.postMessage({ id: 2, method: 'hello', protocol: PROTOCOL_VERSION, options: {} });
  worker.postMessage({ id: 3, method: 'list' });
  worker.postMessage({ id: 4, method: 'diagnostics' });
  await worker.ready;
  await until(() => answers.length >= 4);
  assert.deepEqual(
    answers.map(({ id, error }) => [id, error?.kind]),
    [
      [1, 'protocol'],
      [2, undefined],
      [3, undefined],
      [4, undefined],
    ],
  );
});

test('a worker whose script cannot be loaded', async () => {
  await assert.rejects(
    startWith((_, worker) => setImmediate(() => worker.dispatchEvent(new Event('error')))),
    error('worker', /worker\.js could not be loaded/, { code: 0 }),
  );
});

test('a worker that cannot be constructed', async t => {
  t.mock.method(
    globalThis,
    'Worker',
    class {
      constructor() {
        throw new DOMException('not this origin', 'SecurityError');
      }
    },
  );
  await assert.rejects(IsarStorage.start({ workerUrl: 'worker.js' }), error('worker', /could not be started: not this origin/));
});

test('a worker that is another one', async () => {
  await assert.rejects(
    startWith((_, worker) => worker.deliver('hi')),
    error('worker', /no answer/),
  );
  await assert.rejects(
    startWith((_, worker) => worker.deliver(null)),
    error('worker', /no answer/),
  );
});

test('a worker that cannot boot says why, now and later', async () => {
  const reason = { kind: 'unavailable', code: 14, extendedCode: 14, message: 'no storage here' };
  await assert.rejects(
    startWith((_, worker) => {
      worker.host.fail(reason);
      worker.host.fail({ ...reason, message: 'something that follows from it' });
    }),
    error('unavailable', /^no storage here$/, { code: 14 }),
  );
});

const throwInside = worker => worker.dispatchEvent(Object.assign(new Event('error'), { message: 'boom', filename: 'w.js', lineno: 3 }));

for (const [name, kill, pattern] of [
  ['an exception', throwInside, /boom \(w\.js:3\)/],
  ['a message that cannot be read', worker => worker.dispatchEvent(new Event('messageerror')), /could not be read/],
  ['an error of its own', worker => worker.host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: 'dead' }), /^dead$/],
]) {
  test(`the worker's death by ${name} ends every call`, async () => {
    const { storage, worker } = await startStorage();
    const db = await storage.open('a.db');
    FakeWorker.afterCommit = () => new Promise(() => {});
    let inside;
    const started = new Promise(resolve => (inside = resolve));
    const dead = error('worker', pattern);
    const transaction = assert.rejects(
      db.transaction(async tx => {
        inside();
        await tx.exec('CREATE TABLE t (a)');
        await tx.exec('COMMIT');
      }),
      dead,
    );
    await started;
    const waiting = assert.rejects(db.exec('SELECT 1'), dead);
    await new Promise(setImmediate);
    kill(worker);
    await Promise.all([transaction, waiting]);
    assert.ok(worker.terminated);
    FakeWorker.afterCommit = async () => {};
  });
}

test('a trap in SQLite ends the worker', async () => {
  const { storage, worker } = await startStorage();
  const db = await storage.open('a.db');
  worker.engine.exports = {
    ...worker.engine.exports,
    sqlite3_step() {
      throw new WebAssembly.RuntimeError('unreachable');
    },
  };
  const dead = error('worker', /internal error: RuntimeError: unreachable/);
  await assert.rejects(Promise.all([db.query('SELECT 1'), storage.list()]), dead);
  assert.ok(worker.terminated);
});

test('stopping ends every call', async () => {
  const { storage, worker } = await startStorage();
  const db = await storage.open('a.db');
  const pending = assert.rejects(db.query('SELECT 1'), error('closed', /was stopped/));
  storage.stop();
  storage.stop();
  await pending;
  await assert.rejects(storage.list(), error('closed', /was stopped/));
  assert.ok(worker.terminated);
});

test('the stack of an error leads to the call', async () => {
  const { storage } = await startStorage();
  const db = await storage.open('a.db');
  async function myFunction() {
    await db.query('SELEC');
  }
  await assert.rejects(myFunction(), thrown => /myFunction/.test(thrown.stack));
});
