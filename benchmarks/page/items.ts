import type { Contender } from './contender';

const CREATE = 'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, count INTEGER NOT NULL, price REAL NOT NULL)';
const FACTOR = 7919;

/** Makes the table `item` of so many rows, whose `count` has each number below that once, with an index or without. */
export async function createItems(contender: Contender, rows: number, index: boolean): Promise<void> {
  await contender.exec(CREATE);
  if (rows > 0)
    await contender.exec(
      `INSERT INTO item (id, name, count, price)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
       SELECT i, 'Item ' || i || ', ' || substr('text text text text text text text text text text text text', 1, 5 * (i % 12)),
         (i * ${FACTOR}) % ${rows}, i / 7.0 FROM n`,
    );
  if (index) await contender.exec('CREATE INDEX item_count ON item (count)');
}

/** The same numbers from 0 to below 1 for everybody; a linear congruential generator. */
export function createRandom(): () => number {
  let state = 42;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 0x1_0000_0000;
}

/** The same whole numbers from 1 to the highest for everybody. */
export function createKeys(highest: number): () => number {
  const random = createRandom();
  return () => 1 + Math.floor(random() * highest);
}

/** So many statements as one text. */
export function statements(count: number, statement: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${statement(index)};\n`).join('');
}
