import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { toWire, matchParameters } = await load('Client/Script/values.ts', 'Browser/Statements/parameters.ts');

function wire(params) {
  const transfer = [];
  return [toWire(params, transfer), transfer];
}

test('the page converts what SQLite has no type for', () => {
  const [params] = wire([true, false, null, 1, 2n, 'x', new Uint8Array([1]), new Uint8Array([2]).buffer]);
  assert.deepEqual(params, [1, 0, null, 1, 2n, 'x', new Uint8Array([1]), new Uint8Array([2])]);
  assert.deepEqual(wire({ a: true, b: 'x' })[0], { a: 1, b: 'x' });
});

test('a part of a buffer is cut out and transferred, a whole one is left to the caller', () => {
  const whole = new Uint8Array([1, 2, 3, 4]);
  const part = whole.subarray(1, 3);
  const [[first, second], transfer] = wire([whole, part]);
  assert.equal(first, whole);
  assert.deepEqual(second, part);
  assert.equal(second.buffer.byteLength, 2);
  assert.deepEqual(transfer, [second.buffer]);
});

test('shared memory is copied', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(5);
  const [[copy], transfer] = wire([shared]);
  assert.deepEqual([...copy], [5, 5]);
  assert.ok(copy.buffer instanceof ArrayBuffer);
  assert.equal(transfer.length, 1);
});

test('values without a meaning are refused by position or name', () => {
  for (const [value, name] of [
    [undefined, 'undefined'],
    [new Date(), 'a Date'],
    [{}, 'a Object'],
    [[], 'a Array'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [new Uint16Array(1), 'a Uint16Array'],
    [new DataView(new ArrayBuffer(1)), 'a DataView'],
  ]) {
    assert.throws(() => wire([1, value]), { name: 'IsarStorageError', kind: 'usage', message: new RegExp(`^Parameter 2 is ${name},`) });
    assert.throws(() => wire({ key: value }), { kind: 'usage', message: new RegExp(`^Parameter "key" is ${name},`) });
  }
  // biome-ignore lint/suspicious/noSparseArray: a list with a hole is what must be refused.
  assert.throws(() => wire([, 1]), { message: /Parameter 1 is undefined/ });
  for (const params of ['x', 5, null, new Uint8Array(1), new ArrayBuffer(1)])
    assert.throws(() => wire(params), { kind: 'usage', message: /an array of values, or an object/ });
});

test('the worker matches positions', () => {
  assert.deepEqual(matchParameters([], undefined), { values: [], sizes: [] });
  assert.deepEqual(matchParameters([null, ':b'], [1, 'é']), { values: [1, 'é'], sizes: [0, 2] });
  assert.throws(() => matchParameters([null, ':b'], [1]), {
    code: 21,
    detail: /^Parameter 2 \(:b\) has no value: the statement has 2 parameters, 1 given/,
  });
  assert.throws(() => matchParameters([null], undefined), { detail: /^Parameter 1 has no value/ });
  assert.throws(() => matchParameters([null], [1, 2]), { detail: /^Value 2 has no parameter: the statement has 1 parameter, 2 given/ });
});

test('the worker matches names with any prefix', () => {
  assert.deepEqual(matchParameters([':a', '@b', '$c', '@a', '?5'], { a: 1, b: 2, c: 3, 5: 4 }).values, [1, 2, 3, 1, 4]);
  assert.throws(() => matchParameters([':a'], {}), { detail: /^Parameter 1 \(:a\) has no value\.$/ });
  assert.throws(() => matchParameters([':toString'], {}), { detail: /:toString/ });
  assert.throws(() => matchParameters([':a'], { a: 1, b: 2 }), { detail: /^There is no parameter "b" in the statement\.$/ });
  assert.throws(() => matchParameters([null], { a: 1 }), { detail: /^Parameter 1 has no name/ });
});

test('the worker refuses what SQLite would change without a word', () => {
  for (const value of [NaN, 2n ** 63n, -(2n ** 63n) - 1n, '\ud800', undefined, true, {}, new Uint16Array(1)])
    assert.throws(() => matchParameters([':v'], [value]), { code: 21, detail: /^Parameter 1 \(:v\) / });
  assert.deepEqual(matchParameters([null, null], [2n ** 63n - 1n, -(2n ** 63n)]).sizes, [0, 0]);
});
