// Calls that take long: their progress, and cancelling them.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, modules, quota, startStorage, until } from './fakeWorker.mjs';

const never = () => new Promise(() => {});

let storage;
let worker;

beforeEach(async () => {
  FakeWorker.long = async () => {};
  ({ storage, worker } = await startStorage());
});

const sent = method => worker.log.filter(message => message.method === method);

for (const [name, call] of [
  ['open', options => storage.open('a.db', options)],
  ['migrate', options => storage.migrate('a.db', 'opfs', options)],
]) {
  test(`${name} tells how far it is`, async () => {
    FakeWorker.long = async (_id, progress) => {
      progress('copying', 0, 10);
      progress('copying', 10, 10);
      progress('verifying', 10, 10);
    };
    const seen = [];
    await call({ onProgress: progress => seen.push(progress) });
    assert.deepEqual(seen, [
      { stage: 'copying', completed: 0, total: 10 },
      { stage: 'copying', completed: 10, total: 10 },
      { stage: 'verifying', completed: 10, total: 10 },
    ]);
    await call();
    assert.equal(seen.length, 3);
  });

  test(`${name} is cancelled by its signal and rejects with the reason`, async () => {
    FakeWorker.long = never;
    const abort = new AbortController();
    const running = call({ signal: abort.signal });
    const reason = new Error('mine');
    await until(() => sent(name).length === 1);
    abort.abort(reason);
    await assert.rejects(running, thrown => thrown === reason);
    assert.deepEqual(
      sent('cancel').map(({ request }) => request),
      [sent(name)[0].id],
    );
  });

  test(`${name} is not sent when the signal is aborted before`, async () => {
    await assert.rejects(call({ signal: AbortSignal.abort() }), { name: 'AbortError' });
    const reason = { any: 'thing' };
    await assert.rejects(call({ signal: AbortSignal.abort(reason) }), thrown => thrown === reason);
    assert.deepEqual(sent(name), []);
  });

  test(`${name} that completes first resolves`, async () => {
    const abort = new AbortController();
    FakeWorker.long = async () => abort.abort();
    await call({ signal: abort.signal });
    assert.equal(sent('cancel').length, 1);
  });
}

test('what is sent goes in the fields that the worker expects', async () => {
  await storage.migrate('a.db', 'opfs');
  assert.deepEqual(
    sent('migrate').map(({ id, ...fields }) => fields),
    [{ method: 'migrate', name: 'a.db', backend: 'opfs' }],
  );
});

test('aborting after the answer sends nothing', async () => {
  const abort = new AbortController();
  await storage.open('a.db', { signal: abort.signal });
  abort.abort();
  await storage.list();
  assert.deepEqual(sent('cancel'), []);
});

test('a request that fails by itself while it is being cancelled says why', async () => {
  const abort = new AbortController();
  FakeWorker.long = async id => {
    abort.abort();
    worker.imports.fail(id, 'busy', 5, 5, 'held elsewhere');
    await never();
  };
  await assert.rejects(storage.open('a.db', { signal: abort.signal }), error('busy', /held elsewhere/));
});

test('a cancelled request that is never answered ends with the worker', async () => {
  FakeWorker.long = never;
  const abort = new AbortController();
  const running = assert.rejects(storage.open('a.db', { signal: abort.signal }), error('closed', /was stopped/));
  await until(() => sent('open').length === 1);
  worker.postMessage = () => {};
  abort.abort();
  storage.stop();
  await running;
});

test('one signal cancels several calls, and only those', async () => {
  FakeWorker.long = never;
  const abort = new AbortController();
  const running = [storage.open('a.db', { signal: abort.signal }), storage.migrate('b.db', 'opfs', { signal: abort.signal })];
  const other = storage.open('c.db', { signal: new AbortController().signal });
  other.catch(() => {});
  abort.abort();
  for (const { reason } of await Promise.allSettled(running)) assert.equal(reason, abort.signal.reason);
  assert.equal(
    await Promise.race([
      other.then(
        () => 'settled',
        () => 'settled',
      ),
      storage.list().then(() => 'open'),
    ]),
    'open',
  );
});

test('cancelling what is answered, unknown or cannot be cancelled does nothing', async () => {
  const db = await storage.open('a.db');
  const opened = sent('open')[0].id;
  let store;
  FakeWorker.afterCommit = () => new Promise(resolve => (store = resolve));
  const creating = db.exec('CREATE TABLE t (a)');
  await until(() => store);
  const answers = [];
  const deliver = worker.deliver;
  worker.deliver = message => answers.push(message);
  [opened, sent('exec')[0].id, 12345].forEach((request, index) => worker.postMessage({ id: 100 + index, method: 'cancel', request }));
  await until(() => answers.length >= 3);
  worker.deliver = deliver;
  assert.deepEqual(answers, [
    { id: 100, result: null },
    { id: 101, result: null },
    { id: 102, result: null },
  ]);
  store();
  FakeWorker.afterCommit = async () => {};
  assert.equal((await creating).changes, 0);
});

test('progress that comes after the answer is not sent', async () => {
  let late;
  FakeWorker.long = async (_id, progress) => {
    late = progress;
  };
  const seen = [];
  await storage.open('a.db', { onProgress: progress => seen.push(progress) });
  late('loading', 1, 2);
  await storage.list();
  assert.deepEqual(seen, []);
});

test('an error in onProgress is reported and ends nothing', async t => {
  const reported = [];
  globalThis.reportError = thrown => reported.push(thrown);
  t.after(() => delete globalThis.reportError);
  FakeWorker.long = async (_id, progress) => {
    progress('loading', 0, 2);
    progress('loading', 2, 2);
  };
  const mine = new Error('mine');
  const db = await storage.open('a.db', {
    onProgress() {
      throw mine;
    },
  });
  assert.deepEqual(reported, [mine, mine]);
  assert.deepEqual(await db.query('SELECT 1 AS n'), [{ n: 1 }]);
});

test('the page hears that the quota is nearly used', async () => {
  const seen = [];
  const { storage, worker } = await startStorage({ onQuotaNearlyUsed: quota => seen.push(quota) });
  worker.imports.quotaNearlyUsed(JSON.stringify(quota));
  await until(() => seen.length === 1);
  assert.deepEqual(seen, [quota]);
  await storage.list();
});

test('the page hears of a commit that was undone while no call waited for it, and its listeners look again', async () => {
  const [undone, changes] = [[], []];
  const { storage, worker } = await startStorage({ onCommitUndone: error => undone.push(error) });
  const db = await storage.open('a.db');
  await db.exec('CREATE TABLE t (x)');
  await db.watch(['t'], change => changes.push(change.tables));
  worker.imports.commitUndone('full', 13, 13, 'a commit on "a.db" was undone');
  await until(() => undone.length === 1);
  await assert.rejects(Promise.reject(undone[0]), error('full', /"a.db" was undone/));
  assert.deepEqual(changes, [['t']]);
  await storage.list();
});

test('an error in onQuotaNearlyUsed, an event without a listener and one that nobody knows end nothing', async t => {
  const logged = t.mock.method(console, 'error', () => {});
  const first = await startStorage({
    onQuotaNearlyUsed() {
      throw new Error('mine');
    },
  });
  const second = await startStorage();
  for (const { storage, worker } of [first, second]) {
    worker.imports.quotaNearlyUsed(JSON.stringify(quota));
    worker.deliver({ id: 0, event: 'fullMoon' });
    await storage.list();
  }
  assert.deepEqual(
    logged.mock.calls.map(call => call.arguments[0].message),
    ['mine'],
  );
});

for (const message of [
  { id: 99, result: null },
  { id: 99, progress: { stage: 'loading', completed: 0, total: 1 } },
  { id: 0 },
  { id: 0, result: null },
  5,
]) {
  test(`a worker that sends ${JSON.stringify(message)} is no worker of this client`, async () => {
    worker.deliver(message);
    await assert.rejects(storage.list(), error('worker', /no answer/));
  });
}

test('an answer without a result is no answer', async () => {
  FakeWorker.long = never;
  const running = assert.rejects(storage.open('a.db'), error('worker', /no answer/));
  worker.deliver({ id: sent('open')[0].id });
  await running;
});

function setNavigator(t, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, 'navigator', before) : delete globalThis.navigator));
}

test('persisting is asked of the browser', async t => {
  for (const answer of [true, false]) {
    setNavigator(t, { storage: { persist: async () => answer } });
    assert.equal(await storage.persist(), answer);
  }
});

test('persisting is false where the browser does not offer it', async t => {
  for (const missing of [{}, { storage: {} }]) {
    setNavigator(t, missing);
    assert.equal(await storage.persist(), false);
  }
});

test('the worker asks the browser for the quota', async t => {
  const estimateWith = storage => {
    setNavigator(t, { storage });
    return modules.createQuotaImports().estimate();
  };
  const estimate = async () => ({ usage: 1, quota: 2, usageDetails: {} });
  assert.deepEqual(await estimateWith({ estimate, persisted: async () => true }), { usage: 1, quota: 2, persisted: true });
  assert.deepEqual(await estimateWith({ estimate }), { usage: 1, quota: 2, persisted: false });
  assert.equal(await estimateWith({}), null);
  assert.equal(await estimateWith(undefined), null);
  assert.equal(await estimateWith({ estimate: async () => ({ quota: 2 }) }), null);
  assert.equal(
    await estimateWith({
      estimate: async () => {
        throw new TypeError('internal');
      },
    }),
    null,
  );
  await assert.rejects(
    estimateWith({
      estimate: async () => {
        throw new Error('mine');
      },
    }),
    /mine/,
  );
});
