import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { BatchWriter, decodeRows, Tag, utf8Length } = await load(
  'Browser/Statements/batch.ts',
  'Protocol/utf8.ts',
  'Protocol/rowReader.ts',
  'Protocol/protocol.ts',
);
const encoder = new TextEncoder();

function pack(names, rows) {
  const writer = new BatchWriter();
  writer.writeHeader(names.map(name => encoder.encode(name)));
  for (const row of rows) {
    writer.startRow();
    for (const value of row) write(writer, value);
  }
  return writer.finish();
}

function write(writer, value) {
  if (value === null) writer.writeNull();
  else if (typeof value === 'bigint') writer.writeInt64(value);
  else if (typeof value === 'string') writeAt(writer, Tag.text, encoder.encode(value));
  else if (value instanceof Uint8Array) writeAt(writer, Tag.blob, value);
  else if (Number.isSafeInteger(value)) writer.writeInteger(value);
  else writer.writeFloat64(value);
}

/** Writes bytes that lie somewhere inside a larger heap. */
function writeAt(writer, tag, bytes) {
  const heap = new Uint8Array(bytes.length + 10).fill(0xff);
  heap.set(bytes, 7);
  writer.writeBytes(tag, heap, 7, bytes.length);
}

const roundTrip = (names, rows) => decodeRows(pack(names, rows)).map(row => names.map(name => row[name]));

test('every kind of value survives', () => {
  const values = [
    null,
    0,
    1,
    -1,
    127,
    -128,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    2 ** 32 - 1,
    -(2 ** 32),
    -(2 ** 32) - 1,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    -(2n ** 63n),
    0.5,
    -0.1,
    1e300,
    5e-324,
    Infinity,
    -Infinity,
    '',
    'a',
    'hello',
    'x'.repeat(31),
    'x'.repeat(32),
    'x'.repeat(33),
    'ä',
    '€',
    '😀',
    '\uFEFFbom',
    'nul\0inside',
    'x'.repeat(100_000),
    new Uint8Array(),
    new Uint8Array([0, 255, 128]),
    new Uint8Array(100_000).fill(7),
  ];
  const names = values.map((_, index) => `c${index}`);
  assert.deepEqual(roundTrip(names, [values]), [values]);
});

test('int64 values that a number holds come as numbers', () => assert.deepEqual(roundTrip(['a', 'b'], [[5n, -(2n ** 40n)]]), [[5, -(2 ** 40)]]));

test('a batch without rows or without columns', () => {
  assert.deepEqual(decodeRows(pack(['a', 'b'], [])), []);
  assert.deepEqual(decodeRows(pack([], [])), []);
});

test('column names are any text', () => {
  const names = ['', 'count(*)', 'größe', 'constructor', 'x'.repeat(5000)];
  assert.deepEqual(roundTrip(names, [[1, 2, 3, 4, 5]]), [[1, 2, 3, 4, 5]]);
});

test('the format is the one that protocol.ts describes', () => {
  const { bytes, length } = pack(
    ['id', 'ü'],
    [
      [-2, 'ab'],
      [null, new Uint8Array([9])],
    ],
  );
  assert.deepEqual(
    [...new Uint8Array(bytes, 0, length)],
    [
      2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0x69, 0x64, 2, 0, 0, 0, 0xc3, 0xbc, 1, 0xfe, 0xff, 0xff, 0xff, 4, 2, 0, 0, 0, 0x61, 0x62, 0, 5, 1, 0, 0, 0,
      9,
    ],
  );
});

test('random batches of any length survive, wherever the buffer has to grow', () => {
  let seed = 12345;
  const random = limit => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % limit;
  const value = () =>
    [
      () => null,
      () => random(2 ** 31) - 2 ** 30,
      () => random(2 ** 31) * 2 ** 20,
      () => 2n ** 62n + BigInt(random(1000)),
      () => random(1000) / 7 + 0.001,
      () => 'é'.repeat(random(50)),
      () => Uint8Array.from({ length: random(300) }, () => random(256)),
    ][random(7)]();
  for (let round = 0; round < 200; round++) {
    const columns = 1 + random(6);
    const names = Array.from({ length: columns }, (_, index) => `column${index}`);
    const rows = Array.from({ length: random(80) }, () => names.map(value));
    assert.deepEqual(roundTrip(names, rows), rows);
  }
});

test('the length of a text as UTF-8', () => {
  for (const text of ['', 'abc', 'ä€😀', '\u07ff\u0800\uffff', '\u{10000}\u{10ffff}']) assert.equal(utf8Length(text), encoder.encode(text).length);
  for (const broken of ['\ud800', 'a\udc00b', '\udc00\ud800', '\ud800\ud800', '😀\ud83d']) assert.equal(utf8Length(broken), -1);
});
