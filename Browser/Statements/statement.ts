import type { Engine, Pointer } from '../Engine/engine';
import type { Access } from '../Changes/access';
import { misuse, SQLITE_STMTSTATUS_REPREPARE, SqliteFailure } from '../Engine/codes';
import type { Parameters } from './packed';
import { bindValues, matchParameters } from './parameters';
import { SQLITE_DONE, SQLITE_OK, SQLITE_ROW } from '../../Protocol/resultCodes';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A compiled statement: what is known about it, and how it runs. */
export class Statement {
  readonly #engine: Engine;
  #parameterNames: (string | null)[] | undefined;
  #columnNames: Uint8Array[] | undefined;
  #columnsFrom = 0;
  #namesDiffer = false;
  #bound: Pointer = 0;

  /** @param access what it can do. */
  constructor(
    engine: Engine,
    readonly handle: Pointer,
    readonly access: Access,
  ) {
    this.#engine = engine;
  }

  /** Whether running it leaves the database as it is; BEGIN and COMMIT count as such. */
  get isReadOnly(): boolean {
    return this.#engine.exports.sqlite3_stmt_readonly(this.handle) !== 0;
  }

  /** The names of the result's columns as UTF-8. SQLite compiles a statement again when the schema has changed, so they can change too. */
  get columnNames(): readonly Uint8Array[] {
    const compiled = this.#engine.exports.sqlite3_stmt_status(this.handle, SQLITE_STMTSTATUS_REPREPARE, 0);
    if (!this.#columnNames || this.#columnsFrom !== compiled) {
      this.#columnNames = this.#readTexts(this.#engine.exports.sqlite3_column_name);
      this.#columnsFrom = compiled;
      this.#namesDiffer = false;
    }
    return this.#columnNames;
  }

  /** The types that tables declare for the columns, as UTF-8 and in the order of {@link columnNames}; empty for a column without one. */
  get declaredTypes(): readonly Uint8Array[] {
    return this.#readTexts(this.#engine.exports.sqlite3_column_decltype);
  }

  /** The names of the parameters with their prefix, `null` for those without a name. */
  get parameterNames(): readonly (string | null)[] {
    const { exports } = this.#engine;
    this.#parameterNames ??= Array.from({ length: exports.sqlite3_bind_parameter_count(this.handle) }, (_, index) => {
      const name = exports.sqlite3_bind_parameter_name(this.handle, index + 1);
      return name === 0 ? null : this.#engine.readText(name);
    });
    return this.#parameterNames;
  }

  /** Makes sure that the columns can be told apart by their names. */
  checkNames(): void {
    const names = this.columnNames;
    if (this.#namesDiffer) return;
    const seen = new Set<string>();
    for (const name of names.map(bytes => decoder.decode(bytes))) {
      if (seen.has(name))
        throw misuse(`The result has more than one column "${name}"; tell them apart with AS, or take rows as arrays with { rows: 'array' }.`);
      if (name === '__proto__')
        throw misuse('A column of the result is named "__proto__", which no object can have; give it another name with AS, or take rows as arrays.');
      seen.add(name);
    }
    this.#namesDiffer = true;
  }

  /** Binds the parameters; then call {@link step} for each row, and {@link end}. */
  begin(params: Parameters | undefined): void {
    this.#bound = bindValues(this.#engine, this.handle, matchParameters(this.parameterNames, params));
  }

  /** Goes to the next row; `false` when there is none. */
  step(): boolean {
    const code = this.#engine.exports.sqlite3_step(this.handle);
    if (code === SQLITE_ROW) return true;
    if (code === SQLITE_DONE) return false;
    throw new SqliteFailure(code);
  }

  /**
   * Frees the locks and the parameters; after a failure the connection keeps its error code and message.
   * @returns the code of a step that failed, or of the commit when the statement has not run to its end and commits only here.
   */
  end(): number {
    const { exports } = this.#engine;
    const code = exports.sqlite3_reset(this.handle);
    if (this.parameterNames.length > 0) exports.sqlite3_clear_bindings(this.handle);
    exports.sqlite3_free(this.#bound);
    this.#bound = 0;
    return code;
  }

  /** Runs it from start to end, or until `onRow` returns `false`. */
  run(params: Parameters | undefined, onRow: () => boolean): void {
    this.begin(params);
    try {
      while (this.step() && onRow());
    } catch (error) {
      this.end();
      throw error;
    }
    const code = this.end();
    if (code !== SQLITE_OK) throw new SqliteFailure(code);
  }

  finalize(): void {
    this.#engine.exports.sqlite3_finalize(this.handle);
  }

  /** Reads a text of each column; one without an address is empty. */
  #readTexts(read: (statement: Pointer, column: number) => Pointer): Uint8Array[] {
    return Array.from({ length: this.#engine.exports.sqlite3_column_count(this.handle) }, (_, column) => {
      const text = read(this.handle, column);
      return text === 0 ? new Uint8Array() : this.#engine.heap().slice(text, text + this.#engine.textLength(text));
    });
  }
}
