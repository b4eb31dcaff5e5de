// Reads that pass by .NET: only while the lock is lent and what is stored is all that was written, else not at all.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from './load.mjs';

const { DirectReads, Loans, LOCK_NONE, LOCK_SHARED } = await load('Browser/Vfs/directReads.ts', 'Browser/Vfs/loans.ts');

const PAGE = 4096;
const PAGES = 64;
const ADDRESS = 1;
/** Where SQLite wants a page. */
const BUFFER = 8192;

let stored;
let reads;
/** What the storage answers instead, if anything. */
let answer;
let heap;
let loans;
let direct;
let file;

beforeEach(() => {
  stored = Uint8Array.from({ length: PAGE * PAGES }, (_, i) => i / PAGE);
  reads = [];
  answer = undefined;
  heap = new Uint8Array(65_536);
  loans = new Loans();
  direct = new DirectReads({ heap: () => heap }, loans);
  loans.open(ADDRESS, 7, '1:a.db', true);
  file = loans.find(ADDRESS);
  file.isLent = true;
  file.level = LOCK_SHARED;
  loans.noteSize(file, stored.length);
  grant();
});

const script = {
  readStored(number, destination, offset) {
    assert.equal(number, 5);
    reads.push([offset, destination.length]);
    if (answer) return answer(destination);
    destination.set(stored.subarray(offset, offset + destination.length));
    return destination.length;
  },
};

/** .NET says that it holds nothing back. */
const grant = () => loans.noteDirect(file, () => ({ script, number: 5 }));

function write(page, value) {
  stored.fill(value, page * PAGE, (page + 1) * PAGE);
  loans.noteWrite(file, heap, 0, PAGE, page * PAGE);
}

/** Reads a page without .NET; `undefined` when that cannot be done. */
function read(page) {
  heap.fill(255);
  return direct.read(file, BUFFER, PAGE, page * PAGE) ? heap[BUFFER + PAGE - 1] : undefined;
}

test('pages are read as they are stored, and ahead when they follow each other', () => {
  const order = [9, 3, 10, 11, 12, 13, 14, 15, 16, 2];
  assert.deepEqual(order.map(read), order);
  assert.ok(reads.length < order.length);
  assert.ok(reads.every(([, length]) => length <= 131_072));
});

test('the first page, and what is not wholly in the file, is left to .NET', () => {
  assert.equal(read(0), undefined);
  assert.equal(read(PAGES), undefined);
  assert.equal(direct.read(file, BUFFER, PAGE, (PAGES - 1) * PAGE + 1), false);
  assert.equal(read(PAGES - 1), PAGES - 1);
});

test('after a write nothing is read until .NET holds nothing back, and nothing that was read ahead', () => {
  for (const page of [5, 6, 7, 8]) assert.equal(read(page), page);
  assert.deepEqual(reads.at(-1), [8 * PAGE, 4 * PAGE], 'the next pages are read ahead');
  write(9, 99);
  assert.equal(read(9), undefined);
  grant();
  assert.equal(read(9), 99);
  loans.noteTruncate(file, 20 * PAGE);
  assert.equal(read(10), undefined);
  grant();
  assert.equal(read(10), 10);
  assert.equal(read(30), undefined, 'it is not in the file any more');
});

test('nothing is read without a lock, after an era, or in the place of a lock that is not lent', () => {
  file.level = LOCK_NONE;
  assert.equal(read(4), undefined);
  file.level = LOCK_SHARED;
  assert.equal(read(4), 4);
  loans.endEra();
  assert.equal(read(4), undefined);
  loans.noteSize(file, stored.length);
  file.isLent = false;
  grant();
  assert.equal(read(4), undefined);
  assert.equal(reads.length, 1);
});

test('what the storage refuses, or reads short, is left to .NET', () => {
  for (const refusal of [
    () => 10,
    () => {
      throw new DOMException('It is closed.', 'InvalidStateError');
    },
  ]) {
    answer = refusal;
    assert.equal(read(20), undefined);
    assert.equal(read(21), undefined, 'also what is read ahead');
    answer = undefined;
    assert.equal(read(22), 22);
  }
  answer = () => {
    throw new TypeError('A bug.');
  };
  assert.throws(() => read(30), TypeError);
});

test('pages of a log are read ahead across what stands between them', () => {
  const address = 2;
  loans.open(address, 8, '1:a.db-wal', false);
  const log = loans.find(address);
  loans.noteSize(log, stored.length);
  loans.noteDirect(log, () => ({ script, number: 5 }));
  const frame = 24 + PAGE;
  for (let i = 0; i < 12; i++) {
    assert.ok(direct.read(log, BUFFER, PAGE, 32 + i * frame + 24));
    assert.deepEqual(heap.slice(BUFFER, BUFFER + PAGE), stored.slice(32 + i * frame + 24, 32 + (i + 1) * frame));
  }
  assert.ok(reads.length < 7, `${reads.length} reads`);
  loans.noteWrite(log, heap, 0, 24, 32);
  assert.equal(direct.read(log, BUFFER, PAGE, 56), false);
});
