import { type Database, IsarStorage } from '/isar/isar-client.js';
import type { Options } from '../shared/programMessages';
import { pause, percentile, timed } from '../shared/timing';
import { BACKENDS } from './ours';
import { note, table } from './program';
import { type Job, OtherTab, OwnTab, type Tab } from './tab';

const QUERY = 'SELECT n FROM counter WHERE id = 1';
const INCREMENT = 'UPDATE counter SET n = n + 1 WHERE id = 1';

/** Longer than a lease is kept when somebody waits for it. */
const IDLE = 100;

/** What leases cost who is alone, and what two who use the same database get. */
export async function leases({ quick }: Options): Promise<void> {
  for (const backend of BACKENDS) await price(backend, quick);
  await share(quick);
}

/** Where the worker of the benchmarks does without leases; its Program.cs knows the name. */
const CONTENDERS = new Map([
  ['without', 'benchmarks/a/without-leases'],
  ['with leases', 'benchmarks/b/with-leases'],
  // Tells how far two that do the same are apart.
  ['without, again', 'benchmarks/c/without-leases'],
]);

interface Contender {
  name: string;
  storage: IsarStorage;
  database: Database;
}

/**
 * Three workers of one page do the same work, each on a database of its own and alone with it, in turns that are short, because the speed of a
 * machine changes; and again with new workers, because no two workers are equally fast.
 */
async function price(backend: string, quick: boolean): Promise<void> {
  const sample = table(`price-${backend}`, `What leases cost who is alone, on ${backend}`, 'ms', [...CONTENDERS.keys()], 'without');
  const generations = quick ? 1 : 4;
  const warmUp = quick ? 1 : 8;
  const rounds = warmUp + (quick ? 2 : 40);
  let turn = 0;
  for (let generation = 1; generation <= generations; generation++) {
    const contenders = await Promise.all(inTurn([...CONTENDERS], generation).map(entry => startContender(entry, backend)));
    for (let round = 0; round < rounds; round++) {
      for (const [row, action] of work(round)) {
        for (const { name, database } of inTurn(contenders, turn++)) {
          const time = await timed(() => action(database));
          if (round >= warmUp) sample(row, name, time);
        }
      }
    }
    for (const { storage, database } of contenders) {
      await database.close();
      await storage.delete(database.name);
      storage.stop();
    }
    await note(`${backend}: ${generation} of ${generations}`);
  }
}

async function startContender([name, directory]: [string, string], backend: string): Promise<Contender> {
  const storage = await IsarStorage.start({ workerUrl: '/worker/isar-worker.js', directory, candidates: [backend] });
  const database = await storage.open('price.db');
  await database.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, count INTEGER NOT NULL)');
  return { name, storage, database };
}

/** The work of a round. The bulk insert comes first: it makes what is queried. */
function work(round: number): [row: string, action: (database: Database) => Promise<unknown>][] {
  const insert = 'INSERT INTO item (name, count) VALUES (?, 0)';
  const rows = Array.from({ length: 500 }, (_, index) => [`Item ${index} of ${round}`]);
  const key = (i: number) => 1 + ((i * 7) % 500);
  return [
    ['insert 500 rows, one transaction', database => database.execMany(insert, rows)],
    [
      '30 inserts, each its own transaction',
      async database => {
        for (let i = 0; i < 30; i++) await database.exec(insert, [`Item ${i}`]);
      },
    ],
    [
      '20 transactions that read and write',
      async database => {
        for (let i = 0; i < 20; i++) {
          await database.transaction(async transaction => {
            const [item] = await transaction.query<{ count: number }>('SELECT count FROM item WHERE id = ?', [key(i)]);
            await transaction.exec('UPDATE item SET count = ? WHERE id = ?', [item!.count + 1, key(i)]);
          });
        }
      },
    ],
    [
      '100 queries by key',
      async database => {
        for (let i = 0; i < 100; i++) await database.query('SELECT name, count FROM item WHERE id = ?', [key(i)]);
      },
    ],
  ];
}

/** Two who use the same database: two tabs, and for comparison two workers of this one. */
async function share(quick: boolean): Promise<void> {
  const handOvers = table('hand-over', 'A query, when the other one has the database and is idle', 'ms', [
    'median',
    '95th percentile',
    'median, without hand-over',
  ]);
  const throughput = table('throughput', 'How much gets done in a second', 'times', ['one alone', 'two together', 'the slower of two'], 'one alone');
  const latency = table('latency', 'How long it takes', 'ms', ['alone, median', 'alone, 95th percentile', 'both, median', 'both, 95th percentile']);
  const pairs: [string, Tab, Tab][] = [
    ['two tabs', new OwnTab(), await OtherTab.open()],
    ['two workers', new OwnTab(), new OwnTab()],
  ];
  const milliseconds = quick ? 500 : 2000;
  const jobs: [string, Job][] = [
    ['increments', { sql: INCREMENT, milliseconds, rest: 0 }],
    ['queries', { sql: QUERY, milliseconds, rest: 0 }],
    ['a query every 20 ms', { sql: QUERY, milliseconds, rest: 20 }],
  ];
  for (const backend of BACKENDS) {
    for (const [kind, ...tabs] of pairs) {
      const row = (name: string) => `${backend}, ${kind}: ${name}`;
      for (const tab of tabs) await tab.start(backend);
      await prepare(tabs);
      const times = await handOver(tabs, quick ? 5 : 100);
      handOvers(`${backend}, ${kind}`, 'median', percentile(times.first, 0.5));
      handOvers(`${backend}, ${kind}`, '95th percentile', percentile(times.first, 0.95));
      handOvers(`${backend}, ${kind}`, 'median, without hand-over', percentile(times.second, 0.5));
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        for (const [name, job] of jobs) {
          const alone = await tabs[round % 2]!.work(job);
          await pause(IDLE);
          const both = await Promise.all(tabs.map(tab => tab.work(job)));
          await pause(IDLE);
          if (job.rest === 0) {
            const seconds = milliseconds / 1000;
            throughput(row(name), 'one alone', alone.length / seconds);
            throughput(row(name), 'two together', both.flat().length / seconds);
            throughput(row(name), 'the slower of two', Math.min(...both.map(({ length }) => length)) / seconds);
          }
          latency(row(name), 'alone, median', percentile(alone, 0.5));
          latency(row(name), 'alone, 95th percentile', percentile(alone, 0.95));
          latency(row(name), 'both, median', percentile(both.flat(), 0.5));
          latency(row(name), 'both, 95th percentile', percentile(both.flat(), 0.95));
        }
      }
      for (const tab of tabs) await tab.stop();
      await note(`${backend}: ${kind}`);
    }
  }
}

async function prepare(tabs: Tab[]): Promise<void> {
  await tabs[0]!.time('CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)');
  await tabs[0]!.time('INSERT OR IGNORE INTO counter VALUES (1, 0)');
  for (const tab of tabs) await tab.work({ sql: QUERY, milliseconds: 500, rest: 0 });
}

/** Each asks after the other one had it and does nothing any more; the second query of each needs nobody. */
async function handOver(tabs: Tab[], rounds: number): Promise<{ first: number[]; second: number[] }> {
  const first: number[] = [];
  const second: number[] = [];
  for (let i = 0; i < 2 * rounds; i++) {
    await pause(IDLE);
    first.push(await tabs[i % 2]!.time(QUERY));
    second.push(await tabs[i % 2]!.time(QUERY));
  }
  return { first, second };
}

/** Who comes first meets a machine in another state than who comes last, so they take turns. */
function inTurn<T>(all: T[], turn: number): T[] {
  const first = turn % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
