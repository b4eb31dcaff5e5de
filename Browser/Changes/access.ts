import type { Engine, Pointer } from '../Engine/engine';

// The actions of https://sqlite.org/c3ref/c_alter_table.html that matter here.
const CREATE_TABLE = 2;
const CREATE_VIEW = 8;
const DELETE = 9;
const DROP_TABLE = 11;
const DROP_VIEW = 17;
const INSERT = 18;
const READ = 20;
const TRANSACTION = 22;
const UPDATE = 23;
const ALTER_TABLE = 26;
const CREATE_VTABLE = 29;
const DROP_VTABLE = 30;
const SAVEPOINT = 32;

/** The actions that make or drop a table or view. ALTER_TABLE is not among them, because its arguments stand in another order. */
const SCHEMA_CHANGES = new Set([CREATE_TABLE, CREATE_VIEW, DROP_TABLE, DROP_VIEW, CREATE_VTABLE, DROP_VTABLE]);

/** Tables by the name of their schema, such as `main`; names in lower case, because SQLite ignores case. */
export class TableSet {
  readonly #schemas = new Map<string, Set<string>>();

  get isEmpty(): boolean {
    return this.#schemas.size === 0;
  }

  add(schema: string, table: string): void {
    const tables = this.#schemas.get(schema);
    if (tables) tables.add(table);
    else this.#schemas.set(schema, new Set([table]));
  }

  addAll(other: TableSet): void {
    for (const [schema, tables] of other) tables.forEach(table => this.add(schema, table));
  }

  clear(): void {
    this.#schemas.clear();
  }

  [Symbol.iterator](): IterableIterator<[schema: string, tables: ReadonlySet<string>]> {
    return this.#schemas.entries();
  }
}

/** What a statement can do, as SQLite tells when it compiles it. It may do less when it runs: perhaps a trigger does not fire. */
export class Access {
  readonly reads = new TableSet();
  readonly writes = new TableSet();
  changesSchema = false;
  rollsBack = false;
  controlsTransaction = false;

  /** Whether running it can change something, or end a transaction. */
  get canChange(): boolean {
    return this.controlsTransaction || this.changesSchema || !this.writes.isEmpty;
  }
}

/**
 * Hears from SQLite what statements can do: an [authorizer](https://sqlite.org/c3ref/set_authorizer.html) that allows everything. SQLite's
 * update hook is not enough: it is silent about tables without a rowid, and about a DELETE of all rows.
 */
export class AccessRecorder {
  readonly #engine: Engine;
  /** The authorizer. */
  readonly authorizer: Pointer;
  #access: Access | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.authorizer = engine.installFunction('i(pipppp)', (_data: Pointer, action: number, first: Pointer, second: Pointer, schema: Pointer) => {
      this.hear(action, first, second, schema);
      return 0;
    });
  }

  /** Listens to a connection from now on. */
  listen(db: Pointer): void {
    this.#engine.exports.sqlite3_set_authorizer(db, this.authorizer, 0);
  }

  /** Runs `action` and adds what SQLite compiles meanwhile. When the schema has changed, SQLite compiles a statement again to run it. */
  record<T>(access: Access, action: () => T): T {
    const outer = this.#access;
    this.#access = access;
    try {
      return action();
    } finally {
      this.#access = outer;
    }
  }

  /** The body of the authorizer: adds an action to the access that is being recorded, if there is one. */
  hear(action: number, first: Pointer, second: Pointer, schema: Pointer): void {
    const access = this.#access;
    if (!access) return;
    if (action === READ) {
      this.#add(access.reads, schema, first);
    } else if (action === INSERT || action === UPDATE || action === DELETE) {
      this.#add(access.writes, schema, first);
    } else if (action === ALTER_TABLE) {
      access.changesSchema = true;
      this.#add(access.writes, first, second);
    } else if (SCHEMA_CHANGES.has(action)) {
      access.changesSchema = true;
      this.#add(access.writes, schema, first);
    } else if (action === SAVEPOINT) {
      access.controlsTransaction = true;
    } else if (action === TRANSACTION) {
      access.controlsTransaction = true;
      access.rollsBack ||= this.#engine.readText(first) === 'ROLLBACK';
    }
  }

  /** Adds a table. A read of no particular table, such as a subquery, has no schema; SQLite's own tables are left out. */
  #add(tables: TableSet, schema: Pointer, table: Pointer): void {
    if (schema === 0 || table === 0) return;
    const name = this.#engine.readText(table).toLowerCase();
    if (!name.startsWith('sqlite_')) tables.add(this.#engine.readText(schema), name);
  }
}
