// What the storage says about a failure of which SQLite passes on only a code.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage } from './fakeWorker.mjs';

let db;

beforeEach(async () => {
  const { storage } = await startStorage();
  db = await storage.open('a.db');
  await db.exec('CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)');
  FakeWorker.cause = 'The disk of the test has no space.';
});

afterEach(() => {
  FakeWorker.cause = null;
});

test('a failure of the storage is answered with SQLite’s words and its own', async () => {
  await db.exec('PRAGMA max_page_count = 3');
  await assert.rejects(
    db.exec('INSERT INTO t VALUES (zeroblob(100000))'),
    error('sqlite', /^database or disk is full: The disk of the test has no space\.$/, { code: 13, extendedCode: 13 }),
  );
});

test('any other failure is answered with its own words only', async () => {
  await assert.rejects(db.exec('INSERT INTO t VALUES (1)'), error('sqlite', /^UNIQUE constraint failed: t\.x$/, { code: 19, extendedCode: 2067 }));
  await assert.rejects(db.query('SELECT ?', []), error('usage', /^Parameter 1 has no value: .*given\.?$/, { code: 21, extendedCode: 21 }));
  assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 1 }]);
});

test('the words of a failure may hold a NUL character', async () => {
  await assert.rejects(db.query('SELECT $a', { a: 1, 'b\0c': 1 }), error('usage', /b\0c/, { code: 21 }));
});
