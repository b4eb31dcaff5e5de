import type { ExecResult, QueryResult, RowBatch } from '../../Protocol/protocol';
import { letOthersRun, PART_BYTES } from './parts';
import { BatchReader } from '../../Protocol/rowReader';

/** The option that gives rows as arrays, in which columns of one name stay apart and keep their order. */
export interface ArrayRows {
  rows: 'array';
}

/** One row as an array: its values in the order of the columns. */
export interface ArrayRow<T> {
  /** The names of the columns; some may be equal. */
  columns: string[];
  row: T;
}

/** Rows as arrays: their values in the order of the columns. */
export interface ArrayResult<T> {
  /** The names of the columns; some may be equal. Empty for a statement that returns nothing. */
  columns: string[];
  rows: T[];
}

/** What {@link Database.run} returns: the rows of the statement as arrays, and what it did. */
export interface StatementResult<T> extends ArrayResult<T>, ExecResult {}

/** Whether rows are wanted as arrays. */
export function wantsArrays(options: Partial<ArrayRows>): boolean {
  return options.rows === 'array';
}

/** Reads all rows of a batch, in parts between which other tasks of the page run: as objects, or as arrays with their columns. */
export async function readRows(batch: RowBatch, asArrays: boolean): Promise<object> {
  const reader = new BatchReader(batch);
  if (!asArrays) return await readInParts(reader, () => reader.readObject());
  return { columns: reader.columns, rows: await readInParts(reader, () => reader.readArray()) };
}

/** Reads the rows of a statement as arrays, together with what it did. */
export async function readResult<T>(result: QueryResult): Promise<StatementResult<T>> {
  const { changes, lastInsertRowid } = result;
  return { ...((await readRows(result, true)) as ArrayResult<T>), changes, lastInsertRowid };
}

/** Reads the rows of a batch for one after another to be given to the page: as objects, or as arrays with their columns. */
export function readEach(batch: RowBatch, asArrays: boolean): object[] {
  const reader = new BatchReader(batch);
  const { columns } = reader;
  return readAll<object>(reader, asArrays ? () => ({ columns, row: reader.readArray() }) : () => reader.readObject());
}

async function readInParts<T>(reader: BatchReader, read: () => T): Promise<T[]> {
  const rows = new Array<T>(reader.count);
  for (let i = 0, end = PART_BYTES; i < rows.length; i++) {
    if (reader.position >= end) {
      await letOthersRun();
      end = reader.position + PART_BYTES;
    }
    rows[i] = read();
  }
  return rows;
}

function readAll<T>(reader: BatchReader, read: () => T): T[] {
  const rows = new Array<T>(reader.count);
  for (let i = 0; i < rows.length; i++) rows[i] = read();
  return rows;
}
