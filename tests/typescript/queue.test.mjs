import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { load } from './load.mjs';

const { CallQueue } = await load('Client/Script/queue.ts');

/** A call that needs no time. */
const done = async () => {};

test('calls wait for transactions before them, transactions for each other', async () => {
  const queue = new CallQueue();
  const [a, b] = [{}, {}];
  const order = [];
  const note = text => () => order.push(text);
  await queue.enter(a);
  queue.pass(b, done).then(note('call 1'));
  queue.enter(b).then(note('transaction 2'));
  queue.pass(a, done).then(note('call 2'));
  queue.pass(b, done).then(note('call 3'));
  await turn();
  assert.deepEqual(order, []);
  queue.leave(b);
  await turn();
  assert.deepEqual(order, []);
  queue.leave(a);
  await turn();
  assert.deepEqual(order, ['call 1', 'transaction 2']);
  queue.leave(b);
  await turn();
  assert.deepEqual(order, ['call 1', 'transaction 2', 'call 2', 'call 3']);
});

test('the waits of one owner end without those of another', async () => {
  const queue = new CallQueue();
  const [a, b] = [{}, {}];
  await queue.enter(a);
  const mine = assert.rejects(queue.pass(b, done), /gone/);
  const transaction = assert.rejects(queue.enter(b), /gone/);
  const other = queue.pass(a, done);
  queue.reject(b, new Error('gone'));
  await Promise.all([mine, transaction]);
  queue.leave(a);
  await other;
});

test('all waits end together', async () => {
  const queue = new CallQueue();
  await queue.enter({});
  const waits = [queue.pass({}, done), queue.enter({})].map(wait => assert.rejects(wait, /end/));
  queue.rejectAll(new Error('end'));
  await Promise.all(waits);
});

test('a signal ends the wait and not the call', async () => {
  const queue = new CallQueue();
  const a = {};
  await queue.enter(a);
  const waiting = new AbortController();
  const calling = new AbortController();
  let finish;
  const refused = assert.rejects(queue.pass(a, done, waiting.signal), /enough/);
  const call = queue.pass(a, () => new Promise(resolve => (finish = resolve)), calling.signal);
  waiting.abort(new Error('enough'));
  await refused;
  queue.leave(a);
  calling.abort();
  finish('answer');
  assert.equal(await call, 'answer');
});

test('what was begun goes on unless its own owner has a transaction', async () => {
  const queue = new CallQueue();
  const [a, b] = [{}, {}];
  const made = [];
  const make = text => async () => void made.push(text);
  await queue.enter(a);
  await queue.goOn(b, make('of another'));
  const own = queue.goOn(a, make('of its own'));
  queue.enter(b);
  queue.pass(a, make('a call'));
  await turn();
  assert.deepEqual(made, ['of another']);
  queue.leave(a);
  // Though the other one has it now, which may wait for just this.
  await own;
  assert.deepEqual(made, ['of another', 'of its own']);
});
