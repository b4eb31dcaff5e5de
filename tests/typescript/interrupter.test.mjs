import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { loadEngine, openMemory } from './fakeWorker.mjs';
import { load } from './load.mjs';

const { Interrupter, ProgressHandlers } = await load('Browser/Statements/interrupter.ts', 'Browser/Engine/progress.ts');

const DONE = 101;
const INTERRUPT = 9;

let engine;
let db;
let words;
let interrupter;
let handlers;

beforeEach(async () => {
  engine = await loadEngine();
  db = openMemory(engine);
  words = new Int32Array(new SharedArrayBuffer(16));
  interrupter = new Interrupter(engine, words);
  handlers = new ProgressHandlers(engine);
  run('CREATE TABLE t (a)');
});

/** Makes SQLite ask after every so many instructions. */
const ask = instructions => handlers.set(db, 'page', instructions, interrupter.asks);

/** Runs one statement as a request does, and returns its code. */
function run(sql, request = 0) {
  const { exports } = engine;
  const [text, result] = [engine.allocateText(sql), engine.allocate(4)];
  assert.equal(exports.sqlite3_prepare_v3(db, text, -1, 0, result, 0), 0);
  const statement = engine.view().getUint32(result, true);
  const code = interrupter.serve(request, () => interrupter.run(statement, () => exports.sqlite3_step(statement)));
  exports.sqlite3_finalize(statement);
  engine.free(text);
  engine.free(result);
  return code;
}

const LONG = 'INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 10000) SELECT i FROM c';

test('only the request that the page names is interrupted, and never what runs between requests', () => {
  ask(100);
  assert.equal(run(LONG), DONE);
  assert.equal(run(LONG, 6), DONE);
  Atomics.store(words, 6 % words.length, 6);
  assert.equal(run(LONG, 6), INTERRUPT);
  assert.equal(run(LONG, 10), DONE);
  assert.equal(run(LONG), DONE);
});

test('what is interrupted has changed nothing, and what is done is not interrupted', () => {
  const { exports } = engine;
  Atomics.store(words, 6 % words.length, 6);
  for (let instructions = 1; instructions < 100; instructions++) {
    ask(instructions);
    for (const sql of ['INSERT INTO t VALUES (1)', 'BEGIN IMMEDIATE', 'INSERT INTO t VALUES (2)', 'COMMIT']) {
      const before = [exports.sqlite3_total_changes(db), exports.sqlite3_get_autocommit(db)];
      const code = run(sql, 6);
      assert.ok(code === DONE || code === INTERRUPT);
      const after = [exports.sqlite3_total_changes(db), exports.sqlite3_get_autocommit(db)];
      // A writing statement in a transaction takes all of that back.
      assert.equal(code === DONE, after[0] !== before[0] || after[1] !== before[1], `${sql}, ${instructions}: ${code}, ${before}, ${after}`);
      if (code === INTERRUPT && exports.sqlite3_get_autocommit(db) === 0) run('ROLLBACK');
      if (code === INTERRUPT) break;
    }
  }
});

test('the app and the page both are asked, each about as often as it wants, and each can end a statement', () => {
  const asked = { app: 0, page: 0 };
  let ending;
  const set = (owner, instructions) =>
    handlers.set(db, owner, instructions, () => {
      asked[owner]++;
      return ending === owner;
    });
  set('app', 100);
  set('page', 1000);
  assert.equal(run(LONG), DONE);
  assert.ok(asked.page > 10);
  assert.equal(Math.floor(asked.app / asked.page), 10);
  for (ending of ['app', 'page']) assert.equal(run(LONG), INTERRUPT);
  handlers.set(db, 'app', 0, undefined);
  assert.equal(run(LONG), INTERRUPT);
  handlers.set(db, 'page', 0, undefined);
  assert.equal(run(LONG), DONE);
});
