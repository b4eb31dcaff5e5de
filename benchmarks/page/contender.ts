export type Value = null | number | string | Uint8Array;

/** One way to run SQL on stored data in a browser, as a page uses it. */
export interface Contender {
  /** Starts the worker; a page without what it needs gets an error. */
  start(): Promise<void>;
  /** Makes a database, with the page size that all contenders share. */
  create(name: string): Promise<void>;
  /** Opens a database that exists. */
  open(name: string): Promise<void>;
  /** Runs one statement for its effect. */
  exec(sql: string, params?: Value[]): Promise<void>;
  /** Runs any number of statements in one call and drops what they return. */
  script(sql: string): Promise<void>;
  /** Runs one statement with each of many parameters in one transaction, all sent at once. */
  execMany(sql: string, rows: Value[][]): Promise<void>;
  /** Runs one statement and returns its rows as objects. */
  query(sql: string, params?: Value[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
  /** Ends the worker, if it was started. */
  stop(): void;
}

/** The same for all: the page size and cache that the official build of SQLite has by default. */
export const PAGE_SIZE = 'PRAGMA page_size = 8192';
export const CACHE_SIZE = 'PRAGMA cache_size = -16384';
