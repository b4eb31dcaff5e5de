// What query builders really generate, over the client as docs/typescript.md shows it.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { asc, count, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql as kyselySql } from 'kysely';
import { all, error, startStorage } from './fakeWorker.mjs';

const authors = sqliteTable('authors', { id: integer('id').primaryKey(), name: text('name').notNull().unique() });
const books = sqliteTable('books', {
  id: integer('id').primaryKey(),
  author: integer('author').notNull(),
  name: text('name').notNull(),
  sold: integer('sold', { mode: 'boolean' }).notNull().default(false),
});

const drizzleOver = target =>
  drizzle(async (text, params, method) => {
    const result = await target.run(text, params);
    return { ...result, rows: method === 'get' ? result.rows[0] : result.rows };
  });

class IsarDriver extends DummyDriver {
  constructor(target) {
    super();
    this.target = target;
  }

  async acquireConnection() {
    const { target } = this;
    return {
      async executeQuery({ sql, parameters }) {
        const { columns, rows, changes, lastInsertRowid } = await target.run(sql, parameters);
        return {
          rows: rows.map(row => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
          numAffectedRows: BigInt(changes),
          insertId: BigInt(lastInsertRowid),
        };
      },
      async *streamQuery({ sql, parameters }) {
        for await (const row of target.stream(sql, parameters)) yield { rows: [row] };
      },
    };
  }

  async beginTransaction() {
    throw new Error('Use transaction() of the database.');
  }
}

const kyselyOver = target =>
  new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new IsarDriver(target),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });

let db;

beforeEach(async () => {
  const { storage } = await startStorage();
  db = await storage.open('test.db');
  await db.exec(`
    CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER NOT NULL, name TEXT NOT NULL, sold INTEGER NOT NULL DEFAULT 0);
    INSERT INTO authors VALUES (1, 'Ada'), (2, 'Bob');
    INSERT INTO books VALUES (10, 1, 'Engines', 1), (11, 1, 'Notes', 0), (12, 2, 'Nets', 0)`);
});

test('drizzle: joins whose columns have the same names', async () => {
  const orm = drizzleOver(db);
  const joined = await orm.select().from(books).innerJoin(authors, eq(books.author, authors.id)).where(eq(books.sold, true));
  assert.deepEqual(joined, [{ books: { id: 10, author: 1, name: 'Engines', sold: true }, authors: { id: 1, name: 'Ada' } }]);
  const left = await orm.select().from(authors).leftJoin(books, eq(books.author, 5)).orderBy(asc(authors.id)).get();
  assert.deepEqual(left, { authors: { id: 1, name: 'Ada' }, books: null });
  assert.equal(await orm.select().from(authors).where(eq(authors.id, 7)).get(), undefined);
});

test('drizzle: what is written, counted and returned', async () => {
  const orm = drizzleOver(db);
  assert.deepEqual(
    await orm
      .insert(authors)
      .values([{ name: 'Cy' }, { name: 'Di' }])
      .returning(),
    [
      { id: 3, name: 'Cy' },
      { id: 4, name: 'Di' },
    ],
  );
  assert.deepEqual(
    await orm
      .insert(authors)
      .values({ id: 3, name: 'Eve' })
      .onConflictDoUpdate({ target: authors.id, set: { name: 'Eve' } })
      .returning()
      .get(),
    {
      id: 3,
      name: 'Eve',
    },
  );
  const { changes, lastInsertRowid } = await orm.insert(authors).values({ name: 'Flo' }).run();
  assert.deepEqual([changes, lastInsertRowid], [1, 5]);
  assert.equal((await orm.update(books).set({ sold: true })).changes, 3);
  assert.equal((await orm.delete(books).where(eq(books.author, 1))).changes, 2);
  assert.equal(await orm.$count(authors), 5);
  assert.deepEqual(await orm.select({ n: count(), five: sql`5` }).from(books), [{ n: 1, five: 5 }]);
  assert.deepEqual(await orm.values(sql`SELECT count(*), 5, 'a' AS "1" FROM authors`), [[5, 5, 'a']]);
});

test('drizzle: transactions are those of the database', async () => {
  await db.transaction(tx => drizzleOver(tx).insert(authors).values({ name: 'Cy' }));
  await assert.rejects(
    db.transaction(async tx => {
      await drizzleOver(tx).delete(authors);
      await drizzleOver(tx).insert(books).values({ name: 'No author' });
    }),
    ({ cause }) => error('sqlite', /NOT NULL constraint failed/)(cause),
  );
  await assert.rejects(
    drizzleOver(db).transaction(orm => orm.delete(authors)),
    ({ cause }) => error('usage', /rolled back.* use that of the client/)(cause),
  );
  assert.equal(await drizzleOver(db).$count(authors), 3);
});

test('Kysely: joins whose columns have the same names', async () => {
  const builder = kyselyOver(db);
  const joined = builder.selectFrom('books').innerJoin('authors', 'authors.id', 'books.author').where('books.id', '=', 12);
  // As with every driver of Kysely, the last column of a name is the one that an object keeps.
  assert.deepEqual(await joined.selectAll().execute(), [{ id: 2, author: 2, name: 'Bob', sold: 0 }]);
  assert.deepEqual(await joined.select(['books.name as title', 'authors.name']).executeTakeFirst(), { title: 'Nets', name: 'Bob' });
});

test('Kysely: what is written, counted, returned and streamed', async () => {
  const builder = kyselyOver(db);
  assert.deepEqual(await builder.insertInto('authors').values({ name: 'Cy' }).returningAll().executeTakeFirst(), { id: 3, name: 'Cy' });
  const { insertId, numInsertedOrUpdatedRows } = await builder.insertInto('authors').values({ name: 'Di' }).executeTakeFirst();
  assert.deepEqual([insertId, numInsertedOrUpdatedRows], [4n, 1n]);
  assert.equal((await builder.updateTable('books').set({ sold: 1 }).executeTakeFirst()).numUpdatedRows, 3n);
  assert.equal((await builder.deleteFrom('books').where('author', '=', 1).executeTakeFirst()).numDeletedRows, 2n);
  assert.deepEqual(
    await builder
      .selectFrom('authors')
      .select(({ fn }) => fn.countAll().as('n'))
      .executeTakeFirst(),
    { n: 4 },
  );
  assert.deepEqual((await kyselySql`PRAGMA user_version = 5`.execute(builder)).rows, []);
  assert.deepEqual((await kyselySql`PRAGMA user_version`.execute(builder)).rows, [{ user_version: 5 }]);
  assert.deepEqual(await all(builder.selectFrom('authors').select('name').where('id', '<', 3).stream()), [{ name: 'Ada' }, { name: 'Bob' }]);
  await builder.schema.createTable('made').addColumn('id', 'integer').execute();
  const tables = await builder.introspection.getTables();
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['authors', 'books', 'made'],
  );
});

test('Kysely: transactions are those of the database', async () => {
  await db.transaction(tx => kyselyOver(tx).insertInto('authors').values({ name: 'Cy' }).execute());
  await assert.rejects(
    db.transaction(async tx => {
      await kyselyOver(tx).deleteFrom('authors').execute();
      throw new Error('mine');
    }),
    /mine/,
  );
  await assert.rejects(
    kyselyOver(db)
      .transaction()
      .execute(() => {}),
    /transaction\(\) of the database/,
  );
  assert.deepEqual(await db.queryOne('SELECT count(*) AS n FROM authors'), { n: 3 });
});
