import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { load } from './load.mjs';

const { CallQueue } = await load('Client/queue.ts');

test('calls wait for transactions before them, transactions for each other', async () => {
  const queue = new CallQueue();
  const [a, b] = [{}, {}];
  const order = [];
  const note = text => () => order.push(text);
  assert.ok(queue.isFree);
  await queue.enter(a);
  assert.ok(!queue.isFree);
  queue.pass(b).then(note('call 1'));
  queue.enter(b).then(note('transaction 2'));
  queue.pass(a).then(note('call 2'));
  queue.pass(b).then(note('call 3'));
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
  assert.ok(queue.isFree);
});

test('the waits of one owner end without those of another', async () => {
  const queue = new CallQueue();
  const [a, b] = [{}, {}];
  await queue.enter(a);
  const mine = assert.rejects(queue.pass(b), /gone/);
  const transaction = assert.rejects(queue.enter(b), /gone/);
  const other = queue.pass(a);
  queue.reject(b, new Error('gone'));
  await Promise.all([mine, transaction]);
  queue.leave(a);
  await other;
});

test('all waits end together', async () => {
  const queue = new CallQueue();
  await queue.enter({});
  const waits = [queue.pass({}), queue.enter({})].map(wait => assert.rejects(wait, /end/));
  queue.rejectAll(new Error('end'));
  await Promise.all(waits);
});
