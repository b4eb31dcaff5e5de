import { percentile, timed } from '../shared/timing';
import type { Contender } from './contender';
import { DATABASE, type Group, type Sample } from './group';
import { createItems, createKeys, statements } from './items';

const SELECT = 'SELECT name, count FROM item WHERE id = ?';
const INSERT = 'INSERT INTO item (name, count, price) VALUES (?, ?, ?)';
const UPDATE = 'UPDATE item SET price = price + 1 WHERE id = ?';

/** Calls before the first that is measured: compilers need some. */
const WARM_UP = 100;

/** Calls as an app makes them: small ones, one after another and at once; and many statements in one. */
export const callsGroup: Group = {
  title: quick => `Calls on a database of ${rowsOf(quick)} rows`,
  async measure(contender, quick, sample) {
    const rows = rowsOf(quick);
    const key = createKeys(rows);
    await contender.start();
    await contender.create(DATABASE);
    await createItems(contender, rows, true);
    for (let i = 0; i < WARM_UP; i++) await contender.query(SELECT, [key()]);
    await oneAfterAnother(sample, 'point SELECT', quick ? 200 : 2000, () => contender.query(SELECT, [key()]));
    const scale = quick ? 0.2 : 1;
    await measureAtOnce(contender, 1000 * scale, key, sample);
    const count = 500 * scale;
    await oneAfterAnother(sample, 'one-row INSERT', count, i => contender.exec(INSERT, [`New item ${i}`, rows + i, i / 7]));
    await oneAfterAnother(sample, 'one-row UPDATE', count, () => contender.exec(UPDATE, [key()]));
    await measureScripts(contender, rows, scale, key, sample);
    await contender.close();
  },
};

/** Makes calls of which each waits for the one before, and tells what is usual and what a person notices. */
export async function oneAfterAnother(sample: Sample, row: string, count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await timed(() => call(i)));
  sample(`${row}, p50`, percentile(times, 0.5));
  sample(`${row}, p95`, percentile(times, 0.95));
}

async function measureAtOnce(contender: Contender, count: number, key: () => number, sample: Sample): Promise<void> {
  const keys = Array.from({ length: count }, key);
  sample(`${count} point SELECTs at once`, await timed(() => Promise.all(keys.map(id => contender.query(SELECT, [id])))));
}

async function measureScripts(contender: Contender, rows: number, scale: number, key: () => number, sample: Sample): Promise<void> {
  const selects = 5000 * scale;
  const scans = 100 * scale;
  const inserts = 1000 * scale;
  const scripts: [row: string, sql: string][] = [
    [
      `${selects} indexed SELECTs in one call`,
      statements(selects, () => {
        const from = key();
        return `SELECT count(*), avg(price) FROM item WHERE count >= ${from} AND count < ${from + 10}`;
      }),
    ],
    [
      `${scans} SELECTs without an index in one call`,
      statements(scans, i => {
        const from = ((rows / 7) * i) / scans;
        return `SELECT count(*), avg(count) FROM item WHERE price >= ${from} AND price < ${from + 100}`;
      }),
    ],
    [
      `${inserts} autocommit INSERTs in one call`,
      statements(inserts, i => `INSERT INTO item (name, count, price) VALUES ('Another item ${i}', ${2 * rows + i}, ${i / 7})`),
    ],
  ];
  for (const [row, sql] of scripts) sample(row, await timed(() => contender.script(sql)));
}

function rowsOf(quick: boolean): number {
  return quick ? 10_000 : 50_000;
}
