import { timed } from '../shared/timing';
import type { Contender, Value } from './contender';
import { DATABASE, type Group } from './group';
import { createItems, createKeys, createRandom } from './items';

const BLOBS = 20;
const MEGABYTE = 1_000_000;

/** Calls that move or change much. */
export const bulkGroup: Group = {
  title: quick => `Bulk, ${rowsOf(quick)} rows`,
  async measure(contender, quick, sample) {
    await contender.start();
    await contender.create(DATABASE);
    const measure: Measure = async (row, action) => sample(row, await timed(action));
    await measureRows(contender, rowsOf(quick), measure);
    await measureBlobs(contender, measure);
    await contender.close();
  },
};

type Measure = (row: string, action: () => Promise<unknown>) => Promise<void>;

async function measureRows(contender: Contender, rows: number, measure: Measure): Promise<void> {
  const key = createKeys(rows);
  const values = (id: number): Value[] => [id, `Item ${id}, ${'text '.repeat(id % 16)}`, id % 1000, id / 7];
  const data = Array.from({ length: rows }, (_, index) => values(index + 1));
  await createItems(contender, 0, false);
  await measure(`insert ${rows} rows, one transaction`, () =>
    contender.execMany('INSERT INTO item (id, name, count, price) VALUES (?, ?, ?, ?)', data),
  );
  await measure('100 queries of 100 rows', async () => {
    for (let i = 0; i < 100; i++) await contender.query('SELECT * FROM item WHERE id >= ? ORDER BY id LIMIT 100', [key()]);
  });
  await measure('sum over all rows', () => contender.query('SELECT sum(length(name)) AS length, sum(count) AS count FROM item'));
  await measure(`${rows} rows to the page`, () => contender.query('SELECT * FROM item'));
  await measure('update all rows', () => contender.exec("UPDATE item SET count = count + 1, name = name || '!'"));
  await measure('create an index', () => contender.exec('CREATE INDEX item_name ON item (name)'));
  await measure('delete every second row', () => contender.exec('DELETE FROM item WHERE id % 2 = 0'));
  await measure('vacuum', () => contender.exec('VACUUM'));
}

async function measureBlobs(contender: Contender, measure: Measure): Promise<void> {
  const random = createRandom();
  const blob = Uint8Array.from({ length: MEGABYTE }, () => 256 * random());
  await contender.exec('CREATE TABLE file (id INTEGER PRIMARY KEY, data BLOB NOT NULL)');
  await measure(`write ${BLOBS} blobs of 1 MB, a call each`, async () => {
    for (let i = 1; i <= BLOBS; i++) await contender.exec('INSERT INTO file (id, data) VALUES (?, ?)', [i, blob]);
  });
  await measure(`read ${BLOBS} blobs of 1 MB, a call each`, async () => {
    for (let i = 1; i <= BLOBS; i++) {
      const [row] = await contender.query('SELECT data FROM file WHERE id = ?', [i]);
      const { length } = row!.data as Uint8Array;
      if (length !== MEGABYTE) throw new Error(`a blob has come back with ${length} bytes`);
    }
  });
}

function rowsOf(quick: boolean): number {
  return quick ? 10_000 : 100_000;
}
