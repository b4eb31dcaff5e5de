/**
 * SQLite in the browser with storage that lasts: the page's side.
 *
 * ```ts
 * import { IsarStorage } from './isar-client.js';
 *
 * const storage = await IsarStorage.start();
 * const db = await storage.open('notes.db');
 * await db.exec('CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)');
 * await db.exec('INSERT INTO notes (text) VALUES (?)', ['Buy milk']);
 * const notes = await db.query<{ id: number; text: string }>('SELECT id, text FROM notes ORDER BY id');
 * ```
 *
 * @packageDocumentation
 */
export type { CallOptions, SqlOptions } from './calls';
export { Database } from './database';
export { IsarStorageError } from '../../Protocol/errors';
export { DatabaseExport, type ImportOptions, type ImportSource } from './transfers';
export type { HandlerOptions } from './handlers';
export { PreparedStatement } from './prepared';
export type {
  DatabaseEntry,
  Diagnostics,
  ErrorKind,
  ExecResult,
  RejectedBackend,
  StorageProgress,
  StorageQuota,
  StorageReport,
} from '../../Protocol/protocol';
export type { ArrayResult, ArrayRow, ArrayRows, StatementResult } from './rows';
export { IsarStorage, type IsarStorageOptions, type OpenOptions } from './storage';
export { Transaction } from './transaction';
export type { Row, SqlInput, SqlParameters, SqlText, SqlValue } from './values';
export type { Change, ChangeListener } from './watch';
export type { WorkerUrl } from './workerConnection';
