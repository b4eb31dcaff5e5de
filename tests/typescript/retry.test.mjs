import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { load } from './load.mjs';

const { retry, IsarStorageError } = await load('Client/Script/retry.ts', 'Protocol/errors.ts');

const locked = () => new IsarStorageError({ kind: 'sqlite', code: 5, extendedCode: 5, message: 'database is locked' });
let now;
let delays;

/** Timers that fire at once and move the clock. */
beforeEach(() => {
  mock.restoreAll();
  now = 1000;
  delays = [];
  mock.method(performance, 'now', () => now);
  mock.method(Math, 'random', () => 0);
  mock.method(globalThis, 'setTimeout', (callback, delay) => {
    delays.push(delay);
    now += delay;
    queueMicrotask(callback);
    return 0;
  });
});

function failing(failures, create = locked) {
  const attempt = async () => {
    if (++attempt.count <= failures) throw create();
    return 'done';
  };
  attempt.count = 0;
  return attempt;
}

test('what succeeds is done once', async () => {
  const attempt = failing(0);
  assert.equal(await retry(attempt, 15000), 'done');
  assert.deepEqual([attempt.count, delays], [1, []]);
});

test('delays double up to a second', async () => {
  const attempt = failing(8);
  assert.equal(await retry(attempt, 15000), 'done');
  assert.equal(attempt.count, 9);
  assert.deepEqual(delays, [20, 40, 80, 160, 320, 640, 1000, 1000]);
});

test('jitter takes up to half of a delay away', async () => {
  mock.method(Math, 'random', () => 1);
  await retry(failing(3), 15000);
  assert.deepEqual(delays, [10, 20, 40]);
});

test('no attempt begins after the time is over, and the last failure is thrown', async () => {
  const attempt = failing(Infinity);
  await assert.rejects(retry(attempt, 15000), { kind: 'sqlite', code: 5 });
  assert.ok(now <= 16000 && now > 15000, `gave up at ${now}`);
  assert.equal(attempt.count, delays.length + 1);
});

test('with no time there is one attempt', async () => {
  const attempt = failing(1);
  await assert.rejects(retry(attempt, 0), { code: 5 });
  assert.equal(attempt.count, 1);
});

test('an error whose cause is the lock is repeated too', async () => {
  const attempt = failing(1, () => new Error('mine', { cause: new Error('between', { cause: locked() }) }));
  assert.equal(await retry(attempt, 15000), 'done');
});

for (const [name, failure] of [
  ['another code', { kind: 'sqlite', code: 19, extendedCode: 2067, message: 'UNIQUE' }],
  ['a wait that was in vain', { kind: 'busy', code: 5, extendedCode: 5, message: 'held' }],
  ['a dead worker', { kind: 'worker', code: 0, extendedCode: 0, message: 'died' }],
]) {
  test(`${name} is not repeated`, async () => {
    const attempt = failing(1, () => new IsarStorageError(failure));
    await assert.rejects(retry(attempt, 15000), { kind: failure.kind });
    assert.equal(attempt.count, 1);
  });
}

test('a rollback that failed is not repeated, though a lock was its cause', async () => {
  const attempt = failing(1, () =>
    Object.assign(new IsarStorageError({ kind: 'io', code: 10, extendedCode: 10, message: 'the rollback failed' }), { cause: locked() }),
  );
  await assert.rejects(retry(attempt, 15000), { kind: 'io' });
  assert.equal(attempt.count, 1);
});

test('an error of the page is not repeated', async () => {
  const attempt = failing(1, () => new TypeError('mine'));
  await assert.rejects(retry(attempt, 15000), TypeError);
  assert.equal(attempt.count, 1);
});

test('a signal ends a delay', async () => {
  mock.restoreAll();
  const controller = new AbortController();
  const attempt = async () => {
    queueMicrotask(() => setImmediate(() => controller.abort(new Error('enough'))));
    throw locked();
  };
  await assert.rejects(retry(attempt, 15000, controller.signal), /enough/);
});
