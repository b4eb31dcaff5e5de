import type { Engine, Pointer } from '../Engine/engine';
import { type Access, TableSet } from './access';

/** The tables of one database file that a commit has changed. */
export interface FileChange {
  /** The database's name. */
  file: string;
  /** The names of the tables, in lower case. */
  tables: string[];
}

/** Finds out which tables the commits of one connection have changed. */
export class ChangeTracker {
  readonly #engine: Engine;
  readonly #db: Pointer;
  readonly #uncommitted = new TableSet();
  readonly #committed = new TableSet();

  constructor(engine: Engine, db: Pointer) {
    this.#engine = engine;
    this.#db = db;
  }

  /** Runs a statement that can do what `access` says. Nothing else may run on the connection meanwhile. */
  track(access: Access, inTransaction: () => boolean, run: () => void): void {
    const { sqlite3_total_changes } = this.#engine.exports;
    const before = sqlite3_total_changes(this.#db);
    const began = inTransaction();
    let failed = true;
    try {
      run();
      failed = false;
    } finally {
      if (sqlite3_total_changes(this.#db) !== before || (access.changesSchema && !failed))
        this.#uncommitted.addAll(access.writes);
      if (!inTransaction())
        this.#end(access.rollsBack || (failed && began));
    }
  }

  /** The changes committed since the last time this was asked. */
  take(): FileChange[] {
    if (this.#committed.isEmpty)
      return [];
    const changes = [...this.#committed].map(([schema, tables]) => ({ file: this.fileOf(schema), tables: [...tables] }));
    this.#committed.clear();
    return changes.filter(({ file }) => file !== '');
  }

  /** The name of a database file by that of its schema; empty for one that is no file. */
  fileOf(schema: string): string {
    const name = this.#engine.allocateText(schema);
    const file = this.#engine.exports.sqlite3_db_filename(this.#db, name);
    this.#engine.free(name);
    return file === 0 ? '' : this.#engine.readText(file);
  }

  #end(rolledBack: boolean): void {
    if (this.#uncommitted.isEmpty)
      return;
    if (!rolledBack)
      this.#committed.addAll(this.#uncommitted);
    this.#uncommitted.clear();
  }
}
