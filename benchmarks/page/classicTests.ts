import { createRandom, statements } from './items';

/** One of the tests: any number of statements. */
export interface ClassicTest {
  name: string;
  sql: string;
}

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/**
 * The tests of [Database Speed Comparison](https://sqlite.org/speed.html), with SQL of our own making: they say what is done to tables of a
 * random number and the same number in words. Transactions say at once that they write, because some VFSes refuse others.
 * @param scale how much of everything: 1 for the numbers of statements that the tests are known for.
 */
export function classicTests(scale: number): ClassicTest[] {
  const random = createRandom();
  const number = () => Math.floor(random() * 100_000);
  const many = 25_000 * scale;
  const values = (index: number) => {
    const b = number();
    return `${index + 1}, ${b}, '${inWords(b)}'`;
  };
  const table = (name: string) => `CREATE TABLE ${name} (a INTEGER, b INTEGER, c VARCHAR(100));\n`;
  const inserts = (name: string, count: number) => statements(count, index => `INSERT INTO ${name} VALUES (${values(index)})`);
  const inTransaction = (sql: string) => `BEGIN IMMEDIATE;\n${sql}COMMIT;\n`;
  const range = (column: string, from: number, length: number) => `${column} >= ${from} AND ${column} < ${from + length}`;
  const average = (condition: string) => `SELECT count(*), avg(b) FROM t2 WHERE ${condition}`;
  const selects = 5000 * scale;
  const updates = 1000 * scale;
  const scans = 100 * scale;
  const small = 12_000 * scale;
  const tests: [name: string, sql: string][] = [
    [`${updates} INSERTs`, table('t1') + inserts('t1', updates)],
    [`${many} INSERTs in a transaction`, inTransaction(table('t2') + inserts('t2', many))],
    [`${many} INSERTs into an indexed table`, inTransaction(`${table('t3')}CREATE INDEX i3 ON t3 (c);\n${inserts('t3', many)}`)],
    [`${scans} SELECTs without an index`, inTransaction(statements(scans, i => average(range('b', 100 * i, 1000))))],
    [`${scans} SELECTs on a string comparison`, inTransaction(statements(scans, i => average(`c LIKE '%${inWords(i + 1)}%'`)))],
    ['creating an index', 'CREATE INDEX i2a ON t2 (a);\nCREATE INDEX i2b ON t2 (b);\n'],
    [`${selects} SELECTs with an index`, statements(selects, i => average(range('b', (100 / scale / 5) * i, 100)))],
    [`${updates} UPDATEs without an index`, inTransaction(statements(updates, i => `UPDATE t1 SET b = b * 2 WHERE ${range('a', 10 * i, 10)}`))],
    [`${many} UPDATEs with an index`, inTransaction(statements(many, i => `UPDATE t2 SET b = ${number()} WHERE a = ${i + 1}`))],
    [`${many} text UPDATEs with an index`, inTransaction(statements(many, i => `UPDATE t2 SET c = '${inWords(number())}' WHERE a = ${i + 1}`))],
    ['INSERTs from a SELECT', inTransaction('INSERT INTO t1 SELECT b, a, c FROM t2;\nINSERT INTO t2 SELECT b, a, c FROM t1;\n')],
    ['DELETE without an index', "DELETE FROM t2 WHERE c LIKE '%fifty%';\n"],
    ['DELETE with an index', `DELETE FROM t2 WHERE a > 10 AND a < ${Math.round(0.8 * many)};\n`],
    ['a big INSERT after a big DELETE', 'INSERT INTO t2 SELECT * FROM t1;\n'],
    [`a big DELETE and ${small} small INSERTs`, inTransaction(`DELETE FROM t1;\n${inserts('t1', small)}`)],
    ['DROP TABLE', 'DROP TABLE t1;\nDROP TABLE t2;\nDROP TABLE t3;\n'],
  ];
  return tests.map(([name, sql], index) => ({ name: `${index + 1}: ${name}`, sql }));
}

/** A whole number from 0 to 999 999 in English words. */
function inWords(value: number): string {
  if (value >= 1000) return joined(inWords(Math.floor(value / 1000)), 'thousand', value % 1000);
  if (value >= 100) return joined(inWords(Math.floor(value / 100)), 'hundred', value % 100);
  if (value >= 20) return joined(TENS[Math.floor(value / 10) - 2]!, '', value % 10);
  return UNITS[value]!;
}

function joined(high: string, unit: string, low: number): string {
  return [high, unit, low === 0 ? '' : inWords(low)].filter(word => word !== '').join(' ');
}
