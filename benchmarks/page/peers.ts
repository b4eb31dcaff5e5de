import type { Options } from '../shared/programMessages';
import { messageOf, pause, timed } from '../shared/timing';
import type { Contender, Value } from './contender';
import { Ours } from './ours';
import { Peer } from './peer';
import { note, table } from './program';

const SQLITE_WASM = '/pages/sqliteWasm.js';
const WA_SQLITE = '/pages/waSqlite.js';

const CREATE = 'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, count INTEGER NOT NULL, price REAL NOT NULL)';
const INSERT = 'INSERT INTO item (id, name, count, price) VALUES (?, ?, ?, ?)';

/** Whoever takes longer for a round takes part in one only. */
const PATIENCE = 60_000;

/** How long a browser may take to free the files of a worker that ended. */
const RELEASE = 500;

/**
 * Every contender runs the same SQL on a new database in each round, one after another and always in the same page, because the speed of
 * a machine changes from minute to minute: only what ran side by side can be compared.
 */
export async function peers({ quick }: Options): Promise<void> {
  const groups = [
    [
      'OPFS',
      new Map<string, () => Contender>([
        ['ours', () => new Ours('opfs')],
        ['opfs-sahpool', () => new Peer(SQLITE_WASM, 'opfs-sahpool')],
        ['opfs', () => new Peer(SQLITE_WASM, 'opfs')],
        ['wa OPFSCoopSync', () => new Peer(WA_SQLITE, 'OPFSCoopSyncVFS')],
      ]),
    ],
    [
      'IndexedDB',
      new Map<string, () => Contender>([
        ['ours', () => new Ours('indexeddb')],
        ['wa IDBBatchAtomic', () => new Peer(WA_SQLITE, 'IDBBatchAtomicVFS')],
        ['wa IDBMirror', () => new Peer(WA_SQLITE, 'IDBMirrorVFS')],
      ]),
    ],
  ] as const;
  for (const [storage, contenders] of groups) await compare(storage, contenders, quick);
}

async function compare(storage: string, contenders: Map<string, () => Contender>, quick: boolean): Promise<void> {
  const sample = table(`peers-${storage}`, `The same SQL on ${storage}`, 'ms', [...contenders.keys()], 'ours');
  const rounds = quick ? 1 : 5;
  for (let round = 1; round <= rounds; round++) {
    // Who comes first meets a machine in another state than who comes last, so they take turns.
    const names = [...contenders.keys()];
    const order = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
    for (const name of order) {
      try {
        const create = contenders.get(name)!;
        const time = await timed(() => run(create, `bench-${round}.db`, quick ? 5_000 : 50_000, (row, value) => sample(row, name, value)));
        await note(`${storage}, round ${round} of ${rounds}: ${name}, ${Math.round(time / 1000)} s`);
        if (time > PATIENCE) contenders.delete(name);
      } catch (error) {
        contenders.delete(name);
        await note(`${storage}: ${name} is left out: ${messageOf(error)}`);
      }
      await pause(RELEASE);
    }
  }
}

async function run(create: () => Contender, database: string, rows: number, sample: (row: string, value: number) => void): Promise<void> {
  const contender = create();
  try {
    await contender.start();
    await contender.create(database);
    await work(contender, rows, async (row, action) => sample(row, await timed(action)));
    await contender.close();
  } finally {
    contender.stop();
  }
  await pause(RELEASE);
  await coldOpen(create(), database, sample);
}

async function work(contender: Contender, rows: number, measure: (row: string, action: () => Promise<unknown>) => Promise<void>) {
  const random = createRandom();
  const key = () => 1 + Math.floor(random() * rows);
  const values = (id: number): Value[] => [id, `Item ${id}, ${'text '.repeat(id % 16)}`, id % 1000, id / 7];
  await contender.exec(CREATE);
  const data = Array.from({ length: rows }, (_, index) => values(index + 1));
  await measure(`insert ${rows} rows, one transaction`, () => contender.execMany(INSERT, data));
  await measure('300 inserts, each its own transaction', async () => {
    for (let i = 1; i <= 300; i++) await contender.exec(INSERT, values(rows + i));
  });
  await measure('1000 queries by key', async () => {
    for (let i = 0; i < 1000; i++) await contender.query('SELECT name, count FROM item WHERE id = ?', [key()]);
  });
  await measure('100 queries of 100 rows', async () => {
    for (let i = 0; i < 100; i++) {
      const from = key();
      await contender.query('SELECT * FROM item WHERE id >= ? ORDER BY id LIMIT 100', [from]);
    }
  });
  await measure('sum over all rows', () => contender.query('SELECT sum(length(name)) AS length, sum(count) AS count FROM item'));
  await measure('all rows to the page', () => contender.query('SELECT * FROM item'));
  await measure('update all rows', () => contender.exec("UPDATE item SET count = count + 1, name = name || '!'"));
  await measure('create an index', () => contender.exec('CREATE INDEX item_name ON item (name)'));
  await measure('delete every second row', () => contender.exec('DELETE FROM item WHERE id % 2 = 0'));
  await measure('vacuum', () => contender.exec('VACUUM'));
}

/** What a user waits for when the page is loaded again: nothing of the database is in the worker's memory. */
async function coldOpen(contender: Contender, database: string, sample: (row: string, value: number) => void): Promise<void> {
  try {
    sample('start a worker', await timed(() => contender.start()));
    sample(
      'open, and one query by key',
      await timed(async () => {
        await contender.open(database);
        await contender.query('SELECT name FROM item WHERE id = 1');
      }),
    );
    sample('sum over all rows, first time', await timed(() => contender.query('SELECT sum(length(name)) AS length FROM item')));
    await contender.close();
  } finally {
    contender.stop();
  }
}

/** The same numbers for everybody; a linear congruential generator. */
function createRandom(): () => number {
  let state = 42;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 0x1_0000_0000;
}
