import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Interrupter } = await load('Browser/Host/interrupter.ts');

test('only the request that the page names is interrupted, and never what runs between requests', () => {
  const words = new Int32Array(new SharedArrayBuffer(16));
  const interrupter = new Interrupter({ installFunction: (_signature, callback) => callback }, words);
  assert.equal(interrupter.callback(), 0);
  interrupter.current = 6;
  assert.equal(interrupter.callback(), 0);
  Atomics.store(words, 6 % words.length, 6);
  assert.equal(interrupter.callback(), 1);
  interrupter.current = 10;
  assert.equal(interrupter.callback(), 0);
  interrupter.current = 0;
  assert.equal(interrupter.callback(), 0);
});
