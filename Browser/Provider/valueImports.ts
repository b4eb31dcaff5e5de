import type { Engine, Pointer } from '../Engine/engine';
import type { Address, Transfer } from './transfer';

/** Makes the imports that fetch the values that did not fit into cells, and that take the results of functions. */
export function createValueImports(engine: Engine, transfer: Transfer) {
  const { exports } = engine;
  const freeMemory = engine.sqlite3.capi.SQLITE_WASM_DEALLOC as unknown as Pointer;

  const bytesOf = (value: Pointer, asText: number): Pointer => (asText ? exports.sqlite3_value_text(value) : exports.sqlite3_value_blob(value));

  return {
    /** The length of a value as text or as a blob; SQLite converts a value of another type. */
    valueLength(value: Pointer, asText: number): number {
      const bytes = bytesOf(value, asText);
      const length = exports.sqlite3_value_bytes(value);
      if (bytes === 0 && length > 0) throw new RangeError('SQLite has no memory left.');
      return length;
    },

    copyValue: (value: Pointer, asText: number, target: Address): void =>
      transfer.copyOut(bytesOf(value, asText), target, exports.sqlite3_value_bytes(value)),

    sqlite3_value_type: exports.sqlite3_value_type,
    sqlite3_value_blob: exports.sqlite3_value_blob,
    sqlite3_value_int64: exports.sqlite3_value_int64,
    sqlite3_value_double: exports.sqlite3_value_double,

    sqlite3_result_text(context: Pointer, text: Address, length: number): void {
      if (text === 0) {
        exports.sqlite3_result_null(context);
        return;
      }
      const size = transfer.sizeOf(text, length);
      const copy = transfer.copyIn(text, size);
      if (copy === 0) exports.sqlite3_result_error_nomem(context);
      else exports.sqlite3_result_text(context, copy, size, freeMemory);
    },

    sqlite3_result_blob(context: Pointer, data: Address, length: number): void {
      if (data === 0) {
        exports.sqlite3_result_null(context);
        return;
      }
      const copy = transfer.copyIn(data, length);
      if (copy === 0) exports.sqlite3_result_error_nomem(context);
      else exports.sqlite3_result_blob(context, copy, length, freeMemory);
    },

    sqlite3_result_error(context: Pointer, message: Address, length: number): void {
      const size = transfer.sizeOf(message, length);
      const copy = transfer.copyIn(message, size);
      exports.sqlite3_result_error(context, copy, size);
      engine.free(copy);
    },

    sqlite3_result_double: exports.sqlite3_result_double,
    sqlite3_result_error_code: exports.sqlite3_result_error_code,
    sqlite3_result_error_nomem: exports.sqlite3_result_error_nomem,
    sqlite3_result_error_toobig: exports.sqlite3_result_error_toobig,
    sqlite3_result_int: exports.sqlite3_result_int,
    sqlite3_result_int64: exports.sqlite3_result_int64,
    sqlite3_result_null: exports.sqlite3_result_null,
    sqlite3_result_zeroblob: exports.sqlite3_result_zeroblob,
  };
}
