import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { all, error, startStorage } from './fakeWorker.mjs';

let storage;
let worker;
let db;

beforeEach(async () => {
  ({ storage, worker } = await startStorage());
  db = await storage.open('test.db');
  await db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, b)');
});

test('exec says what changed', async () => {
  assert.deepEqual(await db.exec('INSERT INTO t (a) VALUES (1), (2)'), { changes: 2, lastInsertRowid: 2 });
  assert.deepEqual(await db.exec('INSERT INTO t (a, b) VALUES (?, ?)', [3, 'x']), { changes: 1, lastInsertRowid: 3 });
  assert.deepEqual(await db.exec('UPDATE t SET b = 1'), { changes: 3, lastInsertRowid: 3 });
  assert.deepEqual(await db.exec('CREATE TABLE u AS SELECT * FROM t'), { changes: 0, lastInsertRowid: 3 });
  assert.deepEqual(await db.exec('DELETE FROM t WHERE id > 10'), { changes: 0, lastInsertRowid: 3 });
  assert.deepEqual(await db.exec(''), { changes: 0, lastInsertRowid: 3 });
});

test('a row is returned only of what is stored', async () => {
  const [writer, reader] = [await storage.open('shared.db'), await storage.open('shared.db')];
  await writer.exec('CREATE TABLE u (a)');
  await writer.execMany(
    'INSERT INTO u VALUES (?)',
    Array.from({ length: 50_000 }, (_, i) => [`row number ${i}`]),
  );
  const stream = reader.stream('SELECT a FROM u');
  await stream.next();
  await assert.rejects(writer.queryOne('INSERT INTO u VALUES (1) RETURNING a'), error('sqlite', /locked/, { code: 5 }));
  await stream.return();
  assert.deepEqual(await writer.queryOne('SELECT count(*) AS n FROM u'), { n: 50_000 });
  assert.deepEqual(await writer.queryOne('INSERT INTO u VALUES (1) RETURNING a'), { a: 1 });

  await db.exec('PRAGMA foreign_keys = ON; CREATE TABLE child (id REFERENCES t DEFERRABLE INITIALLY DEFERRED)');
  await assert.rejects(
    db.queryOne('INSERT INTO child VALUES (9) RETURNING id'),
    error('sqlite', /FOREIGN KEY constraint failed/, { extendedCode: 787 }),
  );
  assert.deepEqual(await db.queryOne('SELECT count(*) AS n FROM child'), { n: 0 });
});

test('a large rowid is a bigint', async () => {
  const id = 2n ** 62n;
  assert.deepEqual(await db.exec('INSERT INTO t (id) VALUES (?)', [id]), { changes: 1, lastInsertRowid: id });
  assert.deepEqual(await db.query('SELECT id FROM t'), [{ id }]);
});

test('changes leave out those of triggers', async () => {
  await db.exec('CREATE TABLE log (n); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2), (3); END');
  assert.equal((await db.exec('INSERT INTO t (a) VALUES (1), (2)')).changes, 2);
});

test('a script runs statement by statement', async () => {
  const script = `-- a comment; with a semicolon
    CREATE TABLE s (x); INSERT INTO s VALUES ('a;b'), ('c');;
    /* INSERT INTO s VALUES (9); */ UPDATE s SET x = x || '!'; SELECT * FROM s; `;
  assert.equal((await db.exec(script)).changes, 4);
  assert.deepEqual(await db.query('SELECT x FROM s'), [{ x: 'a;b!' }, { x: 'c!' }]);
  await assert.rejects(
    db.exec('INSERT INTO s VALUES (1); INSERT INTO nowhere VALUES (2); INSERT INTO s VALUES (3)'),
    error('sqlite', /^no such table: nowhere$/, { code: 1 }),
  );
  assert.deepEqual(await db.query('SELECT count(*) AS n FROM s'), [{ n: 3 }]);
});

test('only exec without parameters takes several statements', async () => {
  const several = error('usage', /more than one statement/, { code: 21, extendedCode: 21 });
  await assert.rejects(db.query('SELECT 1; SELECT 2'), several);
  await assert.rejects(db.query('SELECT 1; SELECT * FROM nowhere'), several);
  await assert.rejects(db.query('SELECT 1 /* a */ SELECT 2 /* b */'), error('sqlite', /syntax error/));
  await assert.rejects(db.query('SELECT 1; /* a */ SELECT 2 /* b */'), several);
  await assert.rejects(db.exec('DELETE FROM t WHERE id = ?; DELETE FROM t', [1]), several);
  assert.deepEqual(await db.query(' ; -- x\n SELECT 1 AS n ; -- y\n /* z ** / ; */ ; /* open'), [{ n: 1 }]);
});

test('much space and long comments after a statement', async () => {
  const blank = `${' ;\n'.repeat(300_000)}/* ${'x*'.repeat(300_000)} */-- ${'y'.repeat(300_000)}`;
  assert.deepEqual(await db.query(`SELECT 1 AS n;${blank}`), [{ n: 1 }]);
  await assert.rejects(db.query(`SELECT 1 AS n;${blank}\nSELECT 2`), error('usage', /more than one statement/));
});

test('SQL that is none', async () => {
  for (const sql of ['', '  ', ';', '-- x', '/* x */']) await assert.rejects(db.query(sql), error('usage', /holds no statement/));
  await assert.rejects(db.query('SELECT 1 \0 garbage'), error('usage', /NUL/));
  await assert.rejects(db.query("SELECT '\ud800'"), error('usage', /surrogate/));
  await assert.rejects(db.query(5), error('usage', /must be a string/));
});

test('errors come with the codes and the words of SQLite', async () => {
  await db.exec('INSERT INTO t (a) VALUES (1)');
  const unique = error('sqlite', /^UNIQUE constraint failed: t\.a$/, { code: 19, extendedCode: 2067 });
  for (let i = 0; i < 3; i++) {
    await assert.rejects(db.exec('INSERT INTO t (a) VALUES (1)'), unique);
    await assert.rejects(db.exec('INSERT INTO t (a) VALUES (?)', [1]), unique);
    await assert.rejects(db.query('INSERT INTO t (a) VALUES (?) RETURNING id', [1]), unique);
  }
  await assert.rejects(db.query('SELEC'), error('sqlite', /near "SELEC": syntax error/, { code: 1, extendedCode: 1 }));
  assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 1 }]);
});

test('values are stored with the types they say', async () => {
  const types = async value => (await db.query('SELECT typeof(?1) AS type, ?1 AS value', [value]))[0];
  assert.deepEqual(await types(1), { type: 'integer', value: 1 });
  assert.deepEqual(await types(2 ** 31), { type: 'integer', value: 2 ** 31 });
  assert.deepEqual(await types(-(2 ** 31)), { type: 'integer', value: -(2 ** 31) });
  assert.deepEqual(await types(Number.MIN_SAFE_INTEGER), { type: 'integer', value: Number.MIN_SAFE_INTEGER });
  assert.deepEqual(await types(2 ** 53), { type: 'real', value: 2 ** 53 });
  assert.deepEqual(await types(1.5), { type: 'real', value: 1.5 });
  assert.deepEqual(await types(Infinity), { type: 'real', value: Infinity });
  assert.deepEqual(await types(-(2n ** 63n)), { type: 'integer', value: -(2n ** 63n) });
  assert.deepEqual(await types(7n), { type: 'integer', value: 7 });
  assert.deepEqual(await types(true), { type: 'integer', value: 1 });
  assert.deepEqual(await types(null), { type: 'null', value: null });
  assert.deepEqual(await types(''), { type: 'text', value: '' });
  assert.deepEqual(await types('a\0b😀'), { type: 'text', value: 'a\0b😀' });
  assert.deepEqual(await types(new Uint8Array()), { type: 'blob', value: new Uint8Array() });
  assert.deepEqual(await types(new Uint8Array([0, 1, 255])), { type: 'blob', value: new Uint8Array([0, 1, 255]) });
  assert.deepEqual(await types(new Uint8Array([7, 8]).buffer), { type: 'blob', value: new Uint8Array([7, 8]) });
});

test('values large enough to make the memory of SQLite grow', async () => {
  const blob = new Uint8Array(40_000_000).map((_, index) => index);
  const text = 'ä'.repeat(20_000_000);
  await db.exec('INSERT INTO t (a, b) VALUES (?, ?)', [blob, text]);
  const [row] = await db.query('SELECT a, b, length(b) AS n FROM t');
  assert.ok(Buffer.from(row.a).equals(blob));
  assert.ok(row.b === text);
  assert.equal(row.n, text.length);
});

test('many rows, while each step allocates', async () => {
  const rows = await db.query('WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) SELECT n, zeroblob(n * 20) AS z FROM c');
  assert.equal(rows.length, 2000);
  assert.ok(rows.every(({ n, z }, index) => n === index + 1 && z.length === n * 20));
});

test('parameters are named in errors', async () => {
  await assert.rejects(db.query('SELECT :a, :b', { a: 1 }), error('usage', /^Parameter 2 \(:b\) has no value\.$/));
  await assert.rejects(db.query('SELECT :a', { a: 1, c: 1 }), error('usage', /^There is no parameter "c"/));
  await assert.rejects(db.query('SELECT ?'), error('usage', /^Parameter 1 has no value/));
  await assert.rejects(db.exec('INSERT INTO t (a) VALUES (1); INSERT INTO t (a) VALUES (?)'), error('usage', /^Parameter 1 has no value/));
  await assert.rejects(db.query('SELECT ?', ['\udc00']), error('usage', /^Parameter 1 is a text with half of a surrogate pair/));
  assert.deepEqual(await db.query('SELECT @a AS x, $b AS y, :a AS z', { a: 1, b: 2 }), [{ x: 1, y: 2, z: 1 }]);
});

test('two columns of one name are refused before the statement runs', async () => {
  const refused = error('usage', /more than one column "id"; .* AS, .* { rows: 'array' }/);
  await assert.rejects(db.query('INSERT INTO t (a) VALUES (1) RETURNING id, a AS id'), refused);
  await assert.rejects(db.query('SELECT 1 AS "__proto__"'), error('usage', /__proto__/));
  assert.deepEqual(await db.query('SELECT * FROM t'), []);
});

const asArrays = { rows: 'array' };

for (const [name, over] of [
  ['a database', call => call((method, sql, params, options) => db[method](sql, params, options))],
  ['a transaction', call => db.transaction(tx => call((method, sql, params, options) => tx[method](sql, params, options)))],
  ['a prepared statement', call => call(async (method, sql, params, options) => (await db.prepare(sql))[method](params, options))],
]) {
  test(`rows of ${name} as arrays keep columns of one name, and their order`, () =>
    over(async call => {
      const sql = 'SELECT count(*), ? AS five, 6 AS "1", 7 AS five, 8 AS "__proto__" FROM t';
      const columns = ['count(*)', 'five', '1', 'five', '__proto__'];
      const row = [0, 5, 6, 7, 8];
      assert.deepEqual(await call('query', sql, [5], asArrays), { columns, rows: [row] });
      assert.deepEqual(await call('queryOne', sql, [5], asArrays), { columns, row });
      const stream = await call('stream', 'SELECT value, value FROM json_each(?)', ['[1, 2]'], asArrays);
      assert.deepEqual(
        await all(stream),
        [1, 2].map(value => ({ columns: ['value', 'value'], row: [value, value] })),
      );
      assert.deepEqual(await call('query', 'SELECT a, b FROM t', [], asArrays), { columns: ['a', 'b'], rows: [] });
      assert.equal(await call('queryOne', 'SELECT a FROM t', [], asArrays), undefined);
    }));

  test(`SQL of any kind runs over ${name}`, () =>
    over(async call => {
      const columns = ['id', 'a'];
      assert.deepEqual(await call('run', "INSERT INTO t (a) VALUES ('x'), ('y') RETURNING id, a", []), {
        columns,
        rows: [
          [1, 'x'],
          [2, 'y'],
        ],
        changes: 2,
        lastInsertRowid: 2,
      });
      assert.deepEqual(await call('run', 'UPDATE t SET b = :b', { b: 1 }), { columns: [], rows: [], changes: 2, lastInsertRowid: 2 });
      assert.deepEqual(await call('run', 'SELECT id, a FROM t WHERE id = ?', [2]), { columns, rows: [[2, 'y']], changes: 0, lastInsertRowid: 2 });
      assert.deepEqual(await call('run', 'PRAGMA user_version', []), { columns: ['user_version'], rows: [[0]], changes: 0, lastInsertRowid: 2 });
      assert.deepEqual(await call('run', 'CREATE TABLE u (a)', []), { columns: [], rows: [], changes: 0, lastInsertRowid: 2 });
    }));
}

test('run takes one statement, without a transaction that lasts', async () => {
  await assert.rejects(db.run('SELECT 1; SELECT 2'), error('usage', /more than one statement/));
  await assert.rejects(db.run('BEGIN'), error('usage', /use that of the client/));
});

test('statements are compiled once, and again when the schema changes', async () => {
  await db.exec('INSERT INTO t (a) VALUES (1)');
  const before = await storage.diagnostics();
  for (let i = 0; i < 5; i++) assert.deepEqual(await db.query('SELECT * FROM t'), [{ id: 1, a: 1, b: null }]);
  const after = await storage.diagnostics();
  assert.equal(after.statementsPrepared - before.statementsPrepared, 1);
  assert.equal(after.statementsReused - before.statementsReused, 4);
  await db.exec('ALTER TABLE t ADD COLUMN c DEFAULT 9');
  assert.deepEqual(await db.query('SELECT * FROM t'), [{ id: 1, a: 1, b: null, c: 9 }]);
  await db.exec('DROP TABLE t');
  await assert.rejects(db.query('SELECT * FROM t'), error('sqlite', /no such table/));
});

test('more statements than the cache holds', async () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 200; i++) assert.deepEqual(await db.query(`SELECT ${i} AS n`), [{ n: i }]);
  }
  const long = `SELECT '${'x'.repeat(10_000)}' AS text`;
  assert.equal((await db.query(long))[0].text.length, 10_000);
  await db.close();
});

test('bindings do not outlive their statement', async () => {
  const sql = 'INSERT INTO t (a, b) VALUES (:a, :b)';
  await db.exec(sql, { a: 'first', b: 'x'.repeat(1000) });
  await db.exec(sql, { a: null, b: null });
  assert.deepEqual(await db.query('SELECT a, b FROM t WHERE id = 2'), [{ a: null, b: null }]);
});

test('the memory of SQLite is given back', async () => {
  const used = () => {
    const out = worker.engine.allocate(16);
    worker.engine.exports.sqlite3_status(0, out, out + 4, 0);
    const bytes = worker.engine.view().getInt32(out, true);
    worker.engine.free(out);
    return bytes;
  };
  const work = async () => {
    for (let i = 0; i < 100; i++) {
      await db.query('SELECT ? AS a, ? AS b', ['x'.repeat(5000), new Uint8Array(5000)]);
      await assert.rejects(db.query('SELECT ?', [NaN]));
      await assert.rejects(db.query('SELECT abs(?)', [-(2n ** 63n)]), error('sqlite', /integer overflow/));
      await assert.rejects(db.query('SELEC'));
      await db.execMany('INSERT OR REPLACE INTO t (id, a) VALUES (?, ?)', [
        [1, 'x'.repeat(5000)],
        [2, new Uint8Array(9)],
      ]);
    }
  };
  await work();
  const before = used();
  await work();
  assert.ok(used() - before < 5000, `${used() - before} bytes more`);
});

test('execMany does all or nothing, and says which row failed', async () => {
  assert.deepEqual(await db.execMany('INSERT INTO t (a) VALUES (?)', [[1], [2], [3]]), { changes: 3, lastInsertRowid: 3 });
  assert.deepEqual(
    await db.execMany('UPDATE t SET b = :b WHERE a = :a', [
      { a: 1, b: 'x' },
      { a: 9, b: 'y' },
    ]),
    { changes: 1, lastInsertRowid: 3 },
  );
  assert.deepEqual(await db.execMany('INSERT INTO t (a) VALUES (?)', []), { changes: 0, lastInsertRowid: 3 });
  await assert.rejects(
    db.execMany('INSERT INTO t (a) VALUES (?)', [[4], [1], [5]]),
    error('sqlite', /^Row 2: UNIQUE constraint failed: t\.a$/, { code: 19, extendedCode: 2067 }),
  );
  await assert.rejects(db.execMany('INSERT INTO t (a) VALUES (?)', [[4], []]), error('usage', /^Row 2: Parameter 1 has no value/));
  await assert.rejects(db.execMany('INSERT INTO t (a) VALUES (?)', [[4], [undefined]]), error('usage', /^Row 2: Parameter 1 is undefined/));
  for (const name of ['', '\ud800']) {
    await assert.rejects(db.exec('INSERT INTO t (a) VALUES (4)', { [name]: 5 }), error('usage', /There is no parameter ".?" in the statement/));
    for (const sql of ['INSERT INTO t (a) VALUES (?)', 'INSERT INTO t (a) VALUES (:\ufffd)'])
      await assert.rejects(db.execMany(sql, [{ [name]: 5 }]), error('usage', /^Row 1: There is no parameter ".?" in the statement/));
  }
  await assert.rejects(db.execMany('INSERT INTO nowhere VALUES (?)', [[4]]), error('sqlite', /no such table/));
  await assert.rejects(db.execMany('INSERT INTO t (a) VALUES (?)', 5), error('usage', /array/));
  assert.deepEqual(await db.query('SELECT count(*) AS n FROM t'), [{ n: 3 }]);
});

test('execMany inside a transaction takes back its own part only', async () => {
  await db.transaction(async tx => {
    await tx.exec('INSERT INTO t (a) VALUES (1)');
    await assert.rejects(tx.execMany('INSERT INTO t (a) VALUES (?)', [[2], [1]]), error('sqlite', /^Row 2: UNIQUE/));
    await tx.execMany('INSERT INTO t (a) VALUES (?)', [[3], [4]]);
  });
  assert.deepEqual(await db.query('SELECT a FROM t'), [{ a: 1 }, { a: 3 }, { a: 4 }]);
});
