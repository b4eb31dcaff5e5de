import type { Options } from '../shared/programMessages';
import { pause, timed } from '../shared/timing';
import { BACKENDS, Ours } from './ours';
import { browserMemory, note, table } from './program';

const ROWS_PER_MEGABYTE = 1000;
const RELEASE = 500;

/**
 * How long the browser may take to tell its memory. When Chromium waits in vain for a worker that starts or ends, it answers after a minute,
 * without that worker, or never.
 */
const MEASURING = 30_000;

/** What opening a large database costs in each backend; IndexedDB reads all of it into memory. */
export async function open({ quick }: Options): Promise<void> {
  const megabytes = quick ? 10 : 100;
  const rounds = quick ? 1 : 5;
  const time = table('open', `Opening a database of ${megabytes} MB in a new worker`, 'ms', BACKENDS, 'opfs');
  const memory = table('open-memory', 'The memory that it takes', 'MiB', BACKENDS, 'opfs');
  for (const backend of BACKENDS) {
    await create(backend, megabytes);
    await note(`${backend}: the database is made`);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const backend of BACKENDS) {
      await measure(
        backend,
        megabytes,
        (row, value) => time(row, backend, value),
        (row, value) => memory(row, backend, value),
      );
      await note(`round ${round} of ${rounds}: ${backend}`);
    }
  }
}

async function create(backend: string, megabytes: number): Promise<void> {
  const ours = new Ours(backend);
  await ours.start();
  await ours.create('large.db');
  await ours.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, data BLOB NOT NULL)');
  for (let megabyte = 0; megabyte < megabytes; megabyte++) {
    await ours.exec(
      'INSERT INTO item (data) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT randomblob(1000) FROM n',
      [ROWS_PER_MEGABYTE],
    );
  }
  await ours.close();
  ours.stop();
  await pause(RELEASE);
}

type Report = (row: string, value: number) => void;

async function measure(backend: string, megabytes: number, time: Report, memory: Report): Promise<void> {
  const ours = new Ours(backend);
  const key = Math.floor((megabytes * ROWS_PER_MEGABYTE) / 2);
  time('start the worker', await timed(() => ours.start()));
  const before = await usedMemory();
  time('open', await timed(() => ours.open('large.db')));
  time('one query by key', await timed(() => ours.query('SELECT data FROM item WHERE id = ?', [key])));
  const after = await usedMemory();
  for (const [row, value] of Object.entries(after)) {
    const start = before[row];
    if (value !== undefined && start !== undefined) memory(row, value - start);
  }
  time('sum over all rows', await timed(() => ours.query('SELECT sum(length(data)) AS length FROM item')));
  time('change one row', await timed(() => ours.exec('UPDATE item SET data = randomblob(1000) WHERE id = ?', [key])));
  await ours.close();
  ours.stop();
  await pause(RELEASE);
}

/** Only Chromium tells what a page and its workers take, after it has collected garbage; the processes take what they once needed. */
async function usedMemory(): Promise<Record<string, number | undefined>> {
  const measurable = performance as { measureUserAgentSpecificMemory?: () => Promise<{ bytes: number }> };
  const own = await Promise.race([measurable.measureUserAgentSpecificMemory?.(), pause(MEASURING).then(() => undefined)]);
  return {
    'page and worker, as the browser tells': own && own.bytes / 0x10_0000,
    'all processes of the browser': await browserMemory(),
  };
}
