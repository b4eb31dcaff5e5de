import type { Engine, Pointer } from '../Engine/engine';
import { pathOf } from '../../Protocol/fullNames';
import { type Access, TableSet } from './access';

/** The tables of one database file that a commit has changed. */
export interface FileChange {
  /** The database's name. */
  file: string;
  /** The names of the tables, in lower case. */
  tables: string[];
}

/** The state of a statement after a call; one that stands on a row is still running. */
export type Outcome = 'running' | 'done' | 'failed';

interface Mark {
  changes: number;
  inTransaction: boolean;
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

  /** Takes the count of changes, and whether a transaction is open, before a statement runs or goes on. */
  mark(): Mark {
    const { sqlite3_total_changes, sqlite3_get_autocommit } = this.#engine.exports;
    return { changes: sqlite3_total_changes(this.#db), inTransaction: sqlite3_get_autocommit(this.#db) === 0 };
  }

  /** Finds out what a statement has changed since the mark; `access` says what it can change. */
  note(access: Access, before: Mark, outcome: Outcome): void {
    const { changes, inTransaction } = this.mark();
    if (changes !== before.changes || (access.changesSchema && outcome === 'done')) this.#uncommitted.addAll(access.writes);
    if (!inTransaction && outcome !== 'running') this.#end(access.rollsBack || (before.inTransaction && outcome === 'failed'));
  }

  /** Takes the changes that were committed since the last call. */
  take(): FileChange[] {
    if (this.#committed.isEmpty) return [];
    const changes = [...this.#committed].map(([schema, tables]) => ({ file: this.fileOf(schema), tables: [...tables] }));
    this.#committed.clear();
    return changes.filter(({ file }) => file !== '');
  }

  /** The name of the database file of a schema such as `main`; empty when the database is not a file. */
  fileOf(schema: string): string {
    const name = this.#engine.allocateText(schema);
    const file = this.#engine.exports.sqlite3_db_filename(this.#db, name);
    this.#engine.free(name);
    return file === 0 ? '' : pathOf(this.#engine.readText(file));
  }

  #end(rolledBack: boolean): void {
    if (this.#uncommitted.isEmpty) return;
    if (!rolledBack) this.#committed.addAll(this.#uncommitted);
    this.#uncommitted.clear();
  }
}
