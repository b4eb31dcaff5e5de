import { SQLITE_FLOAT, SQLITE_INTEGER, SQLITE_NULL } from '../Engine/codes';
import type { Engine, Pointer } from '../Engine/engine';
import type { Address, Transfer } from './transfer';

/** The layout is that of `Cell` in Cell.cs. */
export const CELL_SIZE = 24;
const LENGTH = 4;
const CONTENT = 8;
const SOURCE = 16;

/** Writes SQLite's values into .NET's memory: a row of cells, and the bytes of texts and blobs behind them. */
export class CellWriter {
  readonly #engine: Engine;
  readonly #transfer: Transfer;

  constructor(engine: Engine, transfer: Transfer) {
    this.#engine = engine;
    this.#transfer = transfer;
  }

  /**
   * Writes `count` values to `start` and on, not beyond `end`. The cells must fit. Bytes that do not fit stay where they are, and the cell
   * says so with the address 0: .NET fetches them if it wants them.
   * @returns the address behind everything written.
   */
  write(count: number, valueAt: (index: number) => Pointer, start: Address, end: Address): Address {
    let top = start + count * CELL_SIZE;
    for (let i = 0; i < count; i++) top = this.#writeCell(valueAt(i), start + i * CELL_SIZE, top, end);
    return top;
  }

  #writeCell(value: Pointer, cell: Address, top: Address, end: Address): Address {
    const { exports } = this.#engine;
    const view = this.#transfer.dotnetView();
    const type = exports.sqlite3_value_type(value);
    view.setInt32(cell, type, true);
    view.setInt32(cell + SOURCE, value, true);
    switch (type) {
      case SQLITE_INTEGER:
        view.setBigInt64(cell + CONTENT, exports.sqlite3_value_int64(value), true);
        return top;
      case SQLITE_FLOAT:
        view.setFloat64(cell + CONTENT, exports.sqlite3_value_double(value), true);
        return top;
      case SQLITE_NULL:
        return top;
    }
    const source = exports.sqlite3_value_blob(value);
    const length = exports.sqlite3_value_bytes(value);
    const fits = top + length < end;
    view.setInt32(cell + LENGTH, length, true);
    view.setInt32(cell + CONTENT, fits ? top : 0, true);
    if (!fits) return top;
    this.#transfer.copyOut(source, top, length);
    view.setInt8(top + length, 0);
    return top + length + 1;
  }
}
