import type { Engine, Pointer } from '../Engine/engine';
import { Access, type AccessRecorder } from '../Changes/access';
import { misuse, SqliteFailure } from '../Engine/codes';
import { Statement } from './statement';
import { StatementCache, statementCounts } from './statementCache';
import { utf8Length } from '../../Protocol/utf8';
import { SQLITE_NOMEM, SQLITE_OK } from '../../Protocol/resultCodes';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What SQLite skips between statements: space, empty statements, comments. */
const SKIPPED = /[ \t\n\f\r;]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y;

/** Compiles the SQL of one connection, and keeps what it has compiled. */
export class Compiler {
  readonly #engine: Engine;
  readonly #db: Pointer;
  readonly #recorder: AccessRecorder;
  readonly #cache = new StatementCache();

  constructor(engine: Engine, db: Pointer, recorder: AccessRecorder) {
    this.#engine = engine;
    this.#db = db;
    this.#recorder = recorder;
  }

  /** Takes the one statement of `sql`; {@link give} takes it back. */
  take(sql: string): Statement {
    return this.#cache.take(sql) ?? this.#compileOne(sql);
  }

  /** Takes back a statement that has ended, to use it again for the same SQL. */
  give(sql: string, statement: Statement): void {
    this.#cache.give(sql, statement);
  }

  /** Lets go of every statement that is kept. */
  clear(): void {
    this.#cache.clear();
  }

  /** Lends the one statement of `sql`. */
  withOne<T>(sql: string, use: (statement: Statement) => T): T {
    return this.#lend(sql, this.take(sql), use);
  }

  /** Lends each statement of `sql` in turn. Each is compiled after the one before it has run, because it may need what that created. */
  withEach(sql: string, use: (statement: Statement) => void): void {
    const cached = this.#cache.take(sql);
    if (cached) {
      this.#lend(sql, cached, use);
      return;
    }
    this.#withText(sql, (start, end) => {
      for (let at = start; at < end; ) {
        const [statement, tail] = this.#compile(at, end);
        if (statement) this.#lend(at === start && this.#isBlank(tail, end) ? sql : undefined, statement, use);
        at = tail;
      }
    });
  }

  #lend<T>(cacheAs: string | undefined, statement: Statement, use: (statement: Statement) => T): T {
    try {
      return use(statement);
    } finally {
      if (cacheAs === undefined) statement.finalize();
      else this.#cache.give(cacheAs, statement);
    }
  }

  #compileOne(sql: string): Statement {
    return this.#withText(sql, (start, end) => {
      let [statement, tail] = this.#compile(start, end);
      while (!statement && tail < end) [statement, tail] = this.#compile(tail, end);
      if (!statement) throw misuse('The SQL holds no statement.');
      if (!this.#isBlank(tail, end)) {
        statement.finalize();
        throw misuse('The SQL holds more than one statement, and this call takes one.');
      }
      return statement;
    });
  }

  /** Compiles the first statement of the text; `undefined` when it is blank. */
  #compile(start: Pointer, end: Pointer): [Statement | undefined, tail: Pointer] {
    const { exports } = this.#engine;
    const stack = exports.sqlite3__wasm_pstack_ptr();
    try {
      const results = exports.sqlite3__wasm_pstack_alloc(8);
      // The length includes the NUL, which spares SQLite a copy of the text.
      const access = new Access();
      const code = this.#recorder.record(access, () => exports.sqlite3_prepare_v3(this.#db, start, end - start + 1, 0, results, results + 4));
      if (code !== SQLITE_OK) throw new SqliteFailure(code);
      const view = this.#engine.view();
      const handle = view.getUint32(results, true);
      const tail = view.getUint32(results + 4, true);
      if (handle === 0) return [undefined, tail];
      statementCounts.prepared++;
      return [new Statement(this.#engine, handle, access), tail];
    } finally {
      exports.sqlite3__wasm_pstack_restore(stack);
    }
  }

  #isBlank(start: Pointer, end: Pointer): boolean {
    const sql = decoder.decode(this.#engine.heap().subarray(start, end));
    for (SKIPPED.lastIndex = 0; SKIPPED.lastIndex < sql.length; ) {
      if (!SKIPPED.test(sql)) return false;
    }
    return true;
  }

  /** Puts SQL into SQLite's memory, with a NUL behind it. */
  #withText<T>(sql: string, use: (start: Pointer, end: Pointer) => T): T {
    const length = utf8Length(sql);
    if (length < 0) throw misuse('The SQL holds half of a surrogate pair.');
    if (sql.includes('\0')) throw misuse('The SQL holds a NUL character, where SQLite would stop reading.');
    const start = this.#engine.exports.sqlite3_malloc(length + 1);
    if (start === 0) throw new SqliteFailure(SQLITE_NOMEM, 'out of memory');
    try {
      const heap = this.#engine.heap();
      encoder.encodeInto(sql, heap.subarray(start, start + length));
      heap[start + length] = 0;
      return use(start, start + length);
    } finally {
      this.#engine.free(start);
    }
  }
}
