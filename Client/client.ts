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
export type { CallOptions, SqlOptions } from './calls.js';
export { Database } from './database.js';
export { IsarStorageError } from './errors.js';
export { DatabaseExport, type ImportSource } from './files.js';
export type { HandlerOptions } from './handlers.js';
export { PreparedStatement } from './prepared.js';
export type {
  DatabaseEntry, Diagnostics, ErrorKind, ExecResult, RejectedBackend, StorageProgress, StorageQuota, StorageReport,
} from './protocol.js';
export { IsarStorage, type IsarStorageOptions, type OpenOptions } from './storage.js';
export { Transaction } from './transaction.js';
export type { Row, SqlInput, SqlParameters, SqlText, SqlValue } from './values.js';
export type { Change, ChangeListener } from './watch.js';
