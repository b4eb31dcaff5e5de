import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import type { ProviderChanges } from './changes';
import { CELL_SIZE, type CellWriter } from './cells';
import type { Address, Transfer } from './transfer';
import { SQLITE_NOMEM, SQLITE_OK, SQLITE_ROW } from '../../Protocol/resultCodes';

/** How much of a script is copied to find its first statement, so that a long script is not copied once per statement. */
const FIRST_CHUNK = 16 * 1024;

/** The layout of a row is that of `RowBuffer` in RowBuffer.cs: the number of cells, 4 bytes unused, the cells. */
const ROW_HEADER = 8;

/** Makes the imports that compile, step and bind. */
export function createStatementImports(engine: Engine, transfer: Transfer, cells: CellWriter, changes: ProviderChanges) {
  const { exports } = engine;
  const freeMemory = engine.sqlite3.capi.SQLITE_WASM_DEALLOC as unknown as Pointer;

  /** Compiles the first statement of `length` bytes of SQL and writes the statement, the bytes consumed and the number of columns. */
  function prepare(db: Pointer, sql: Address, length: number, flags: number, results: Address): ResultCode {
    const text = transfer.copyIn(sql, length);
    if (text === 0) return SQLITE_NOMEM;
    try {
      return transfer.withResults(8, out => {
        // With the NUL counted, SQLite does not copy the text once more.
        let code = SQLITE_OK;
        changes.prepare(db, () => {
          code = exports.sqlite3_prepare_v3(db, text, length + 1, flags, out, out + 4);
          return engine.view().getInt32(out, true);
        });
        const statement = engine.view().getInt32(out, true);
        const tail = engine.view().getInt32(out + 4, true);
        const view = transfer.dotnetView();
        view.setInt32(results, statement, true);
        view.setInt32(results + 4, tail === 0 ? length : tail - text, true);
        view.setInt32(results + 8, statement === 0 ? 0 : exports.sqlite3_column_count(statement), true);
        return code;
      });
    } finally {
      engine.free(text);
    }
  }

  function finalize(statement: Pointer): ResultCode {
    const code = changes.endRun(statement, exports.sqlite3_finalize);
    changes.finalized(statement);
    return code;
  }

  function writeRow(statement: Pointer, buffer: Address, capacity: number): void {
    const count = exports.sqlite3_data_count(statement);
    transfer.dotnetView().setInt32(buffer, count, true);
    if (ROW_HEADER + count * CELL_SIZE <= capacity)
      cells.write(count, i => exports.sqlite3_column_value(statement, i), buffer + ROW_HEADER, buffer + capacity);
  }

  return {
    sqlite3_prepare(db: Pointer, sql: Address, length: number, flags: number, results: Address): ResultCode {
      const whole = transfer.sizeOf(sql, length);
      for (let size = Math.min(whole, FIRST_CHUNK); ; size = Math.min(whole, size * 8)) {
        const code = prepare(db, sql, size, flags, results);
        const view = transfer.dotnetView();
        // A statement that ends inside the chunk is the same in the whole text; any other outcome may come from the cut.
        if (size === whole || (code === SQLITE_OK && view.getInt32(results + 4, true) < size)) return code;
        finalize(view.getInt32(results, true));
        transfer.dotnetHeap().fill(0, results, results + 12);
      }
    },

    /** Steps and, on a row, writes the row into `buffer`; when its cells do not fit, only their number. */
    sqlite3_step(statement: Pointer, buffer: Address, capacity: number): ResultCode {
      const code = changes.step(statement);
      if (code === SQLITE_ROW && capacity > 0) writeRow(statement, buffer, capacity);
      return code;
    },

    writeRow,

    sqlite3_finalize: finalize,

    sqlite3_bind_text(statement: Pointer, index: number, text: Address, length: number): ResultCode {
      if (text === 0) return exports.sqlite3_bind_null(statement, index);
      const size = transfer.sizeOf(text, length);
      const copy = transfer.copyIn(text, size);
      return copy === 0 ? SQLITE_NOMEM : exports.sqlite3_bind_text(statement, index, copy, size, freeMemory);
    },

    sqlite3_bind_blob(statement: Pointer, index: number, data: Address, length: number): ResultCode {
      const copy = transfer.copyIn(data, length);
      return copy === 0 ? SQLITE_NOMEM : exports.sqlite3_bind_blob(statement, index, copy, length, freeMemory);
    },

    sqlite3_bind_parameter_index: (statement: Pointer, name: Address): number =>
      transfer.withTexts([name], copy => exports.sqlite3_bind_parameter_index(statement, copy)),
  };
}
