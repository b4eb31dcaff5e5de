// The order in which the worker serves the connections of a page to one database.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from './load.mjs';

const { Turns } = await load('Browser/Statements/turns.ts');

let turns;
let lastId;
let lastError;
/** What was served, and what was refused, in its order. */
let heard;

beforeEach(() => {
  turns = new Turns('a.db', (id, error) => {
    heard.push(`refused ${id}: ${error.kind}`);
    lastError = error;
  });
  lastError = undefined;
  lastId = 0;
  heard = [];
});

/** A connection, which notes what it hears. */
function connection(name) {
  const taker = {
    take: ({ id, method }) => heard.push(`${name} ${method} ${id}`),
    ask(method, fields = {}) {
      turns.serve(taker, { id: ++lastId, method, ...fields });
      return lastId;
    },
  };
  return taker;
}

/** What was heard since the last time. */
const news = () => heard.splice(0);

test('calls wait for the transactions before them, and transactions for each other', () => {
  const [a, b] = [connection('a'), connection('b')];
  b.ask('query');
  a.ask('begin');
  for (const [taker, method] of [
    [b, 'exec'],
    [b, 'describe'],
    [b, 'begin'],
    [a, 'query'],
    [b, 'run'],
  ])
    taker.ask(method);
  assert.equal(turns.isFree, false);
  turns.leave(b, turns.number);
  assert.deepEqual(news(), ['b query 1', 'a begin 2']);
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['b exec 3', 'b describe 4', 'b begin 5']);
  turns.leave(b, turns.number);
  assert.deepEqual(news(), ['a query 6', 'b run 7']);
  assert.equal(turns.isFree, true);
  a.ask('begin');
  assert.deepEqual(news(), ['a begin 8']);
});

test('what belongs to a transaction, ends one or prepares a connection does not wait', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  a.ask('exec', { transaction: true });
  a.ask('next', { transaction: true });
  for (const taker of [a, b]) {
    for (const method of ['commit', 'rollback', 'closeStream']) taker.ask(method);
  }
  b.ask('exec', { setup: true });
  // Fails where it runs: this connection has no transaction.
  b.ask('query', { transaction: true });
  assert.equal(news().length, lastId);
});

test('a stream goes on unless its own connection has a transaction', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  b.ask('next');
  assert.deepEqual(news(), ['a begin 1', 'b next 2']);
  b.ask('begin');
  a.ask('next');
  a.ask('query');
  assert.deepEqual(news(), []);
  turns.leave(a, turns.number);
  // Though the other one has it now, which may wait for just this.
  assert.deepEqual(news(), ['b begin 3', 'a next 4']);
  turns.leave(b, turns.number);
  assert.deepEqual(news(), ['a query 5']);
});

test('a transaction that is repeated keeps its turn, and another one of its connection waits for it', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  a.ask('begin');
  b.ask('query');
  a.ask('begin', { again: true });
  assert.deepEqual(news(), ['a begin 1', 'a begin 4']);
  b.ask('begin', { again: true });
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['a begin 2']);
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['b query 3', 'b begin 5']);
});

test('what ends at once lets the next one go on, however many wait', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  b.take = () => turns.leave(b, turns.number);
  for (let i = 0; i < 20_000; i++) b.ask('begin');
  turns.leave(a, turns.number);
  assert.equal(turns.isFree, true);
});

test('a wait ends when it is cancelled, and lets those behind it go on in their turn', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  const cancelled = [b.ask('begin'), b.ask('query')];
  b.ask('exec');
  news();
  for (const id of cancelled) assert.equal(turns.end(id, { kind: 'cancelled' }), true);
  assert.deepEqual(news(), ['refused 2: cancelled', 'refused 3: cancelled']);
  for (const id of [1, 2, lastId + 1]) assert.equal(turns.end(id, { kind: 'cancelled' }), false);
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['b exec 4']);
});

test('a connection that is closed ends its own waits, and not those of others', () => {
  const [a, b, c] = [connection('a'), connection('b'), connection('c')];
  a.ask('begin');
  b.ask('begin');
  c.ask('query');
  b.ask('next');
  b.ask('query');
  news();
  turns.close(b);
  assert.deepEqual(news(), ['refused 2: closed', 'refused 5: closed']);
  turns.close(a);
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['c query 3']);
});

test('a wait ends when its time is over, and no sooner', t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin', { waitMs: 1 });
  b.ask('run', { waitMs: 30_000 });
  b.ask('begin', { waitMs: 2 ** 31 });
  b.ask('run', { waitMs: 40_000 });
  b.ask('run');
  t.mock.timers.tick(29_999);
  assert.deepEqual(news(), ['a begin 1']);
  t.mock.timers.tick(1);
  assert.deepEqual(news(), ['refused 2: busy']);
  assert.deepEqual([lastError.code, lastError.extendedCode], [5, 5]);
  assert.match(lastError.message, /^The database "a\.db" is in use by a transaction of another connection .* did not end within 30 s\. Inside a/);
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['b begin 3']);
  turns.leave(b, turns.number);
  assert.deepEqual(news(), ['b run 4', 'b run 5']);
  t.mock.timers.tick(2 ** 31);
  assert.deepEqual(news(), []);
});

test('what belongs to a turn that has ended does not give the next one back', () => {
  const [a, b] = [connection('a'), connection('b')];
  a.ask('begin');
  const first = turns.number;
  a.ask('begin');
  b.ask('begin');
  turns.leave(a, first);
  assert.deepEqual(news(), ['a begin 1', 'a begin 2']);
  turns.leave(a, first);
  assert.deepEqual(news(), [], 'a has the database by its second turn');
  turns.leave(a, turns.number);
  assert.deepEqual(news(), ['b begin 3']);
});
