import { Tag } from '../../Protocol/protocol';
import type { Engine } from '../Engine/engine';
import type { BatchWriter } from './batch';
import { SQLITE_BLOB, SQLITE_FLOAT, SQLITE_INTEGER, SQLITE_TEXT, SqliteFailure } from '../Engine/codes';
import type { Statement } from './statement';
import { SQLITE_NOMEM } from '../../Protocol/resultCodes';

export interface RowOptions {
  /** Whether the columns must differ by name. */
  byName?: boolean;
  /** Whether the declared types of the columns are written before the batch. */
  typed?: boolean;
}

/** Packs the rows of a statement into a row batch, straight from SQLite's memory. */
export class RowPacker {
  readonly #engine: Engine;
  readonly #statement: Statement;
  readonly #writer: BatchWriter;
  readonly #options: RowOptions;
  #columns = -1;

  /** @param writer gets the batch, after what was written to it before. */
  constructor(engine: Engine, statement: Statement, writer: BatchWriter, options: RowOptions) {
    this.#engine = engine;
    this.#statement = statement;
    this.#writer = writer;
    this.#options = options;
  }

  /** Packs the row that the statement stands on. */
  addRow(): void {
    this.#writeHeader();
    this.#writer.startRow();
    for (let column = 0; column < this.#columns; column++) this.#addValue(column);
  }

  /** Ends the batch, which may have no rows. */
  finish(): void {
    this.#writeHeader();
  }

  /** Called after the first step: until then SQLite may compile the statement again, with other columns. */
  #writeHeader(): void {
    if (this.#columns >= 0) return;
    if (this.#options.byName) this.#statement.checkNames();
    const names = this.#statement.columnNames;
    this.#columns = names.length;
    if (this.#options.typed) this.#writer.writeTypes(this.#statement.declaredTypes);
    this.#writer.writeHeader(names);
  }

  #addValue(column: number): void {
    const { exports } = this.#engine;
    const { handle } = this.#statement;
    switch (exports.sqlite3_column_type(handle, column)) {
      case SQLITE_INTEGER:
        this.#addInteger(handle, column);
        break;
      case SQLITE_FLOAT:
        this.#writer.writeFloat64(exports.sqlite3_column_double(handle, column));
        break;
      case SQLITE_TEXT:
        this.#addBytes(Tag.text, exports.sqlite3_column_text(handle, column), exports.sqlite3_column_bytes(handle, column));
        break;
      case SQLITE_BLOB:
        this.#addBytes(Tag.blob, exports.sqlite3_column_blob(handle, column), exports.sqlite3_column_bytes(handle, column));
        break;
      default:
        this.#writer.writeNull();
        break;
    }
  }

  /** Reads an integer as a double where that is exact, because a bigint costs more. */
  #addInteger(handle: number, column: number): void {
    const near = this.#engine.exports.sqlite3_column_double(handle, column);
    if (Number.isSafeInteger(near)) this.#writer.writeInteger(near);
    else this.#writer.writeInt64(this.#engine.exports.sqlite3_column_int64(handle, column));
  }

  /** Adds a text or blob. Without an address, it is an empty blob or SQLite ran out of memory. */
  #addBytes(tag: typeof Tag.text | typeof Tag.blob, address: number, length: number): void {
    if (address === 0 && (length > 0 || tag === Tag.text)) throw new SqliteFailure(SQLITE_NOMEM, 'out of memory');
    this.#writer.writeBytes(tag, this.#engine.heap(), address, length);
  }
}
