import {
  type Database,
  IsarStorage,
  type StorageProgress,
  type StorageQuota,
  type StorageReport,
} from '/_content/Isar.Storage.Client/isar-client.js';
import { allowedStorages } from './candidates';
import { migrate } from './schema';
import { FOUND_END, FOUND_START, toMatch } from './search';

/** What a person writes. */
export interface Draft {
  title: string;
  text: string;
}

/** A note as it is stored. */
export interface Note extends Draft {
  id: number;
  /** When it was last changed, in milliseconds since 1970. */
  changed: number;
}

/** A note as the list shows it; after a search, title and excerpt mark what was found. */
export interface ListedNote {
  id: number;
  title: string;
  excerpt: string;
  changed: number;
}

/** Notes that were asked for, the last changed first. */
export interface Listing {
  notes: ListedNote[];
  /** How many there are; more than `notes` when there are very many. */
  total: number;
}

export interface StorageInfo extends StorageReport {
  sqliteVersion: string;
}

/** What a store tells without being asked. */
export interface StoreEvents {
  onProgress: (progress: StorageProgress) => void;
  onQuotaNearlyUsed: (quota: StorageQuota) => void;
}

/** Which part of the space may be used before the page warns. */
export const QUOTA_WARNING_RATIO = 0.8;

/** As many as anybody scrolls through. */
const LIST_LIMIT = 200;
const EXCERPT_LENGTH = 160;
const EXCERPT_WORDS = 8;

/** The notes, in a SQLite database of this browser. */
export class NoteStore {
  readonly #storage: IsarStorage;
  readonly #database: Database;

  private constructor(storage: IsarStorage, database: Database) {
    this.#storage = storage;
    this.#database = database;
  }

  static async open({ onProgress, onQuotaNearlyUsed }: StoreEvents): Promise<NoteStore> {
    const candidates = allowedStorages();
    const storage = await IsarStorage.start({
      ...(candidates && { candidates }),
      quotaWarningRatio: QUOTA_WARNING_RATIO,
      onQuotaNearlyUsed,
    });
    try {
      const database = await storage.open('notes.db', { onProgress });
      await migrate(database);
      return new NoteStore(storage, database);
    } catch (error) {
      storage.stop();
      throw error;
    }
  }

  /** Lists the notes that match what was typed, or all. */
  async list(typed: string): Promise<Listing> {
    const match = toMatch(typed);
    return match === undefined ? await this.#listAll() : await this.#listMatching(match);
  }

  /** Gets a note; `undefined` when it was deleted, in another tab for example. */
  async get(id: number): Promise<Note | undefined> {
    const [note] = await this.#database.query<Note>('SELECT id, title, text, changed FROM note WHERE id = ?', [id]);
    return note;
  }

  /**
   * Saves a draft: over the note it was made from, or as a new note. As a new note too when that note was changed or deleted since, in
   * another tab for example, so that nothing is lost on either side.
   */
  async save({ title, text }: Draft, from: Note | undefined): Promise<Note> {
    const changed = Date.now();
    if (from) {
      const { changes } = await this.#database.exec('UPDATE note SET title = ?, text = ?, changed = ? WHERE id = ? AND changed = ?', [
        title,
        text,
        changed,
        from.id,
        from.changed,
      ]);
      if (changes > 0) return { id: from.id, title, text, changed };
    }
    return await this.#insert({ title, text, changed });
  }

  /**
   * Deletes a note.
   * @returns `false` when it was changed or deleted since it was read, in another tab for example; then nothing is deleted.
   */
  async delete({ id, changed }: Note): Promise<boolean> {
    const { changes } = await this.#database.exec('DELETE FROM note WHERE id = ? AND changed = ?', [id, changed]);
    return changes > 0;
  }

  /** Brings a deleted note back. */
  async restore(note: Note): Promise<Note> {
    return await this.#insert(note);
  }

  async info(): Promise<StorageInfo> {
    const [report, [row]] = await Promise.all([
      this.#storage.report(),
      this.#database.query<{ version: string }>('SELECT sqlite_version() AS version'),
    ]);
    return { ...report, sqliteVersion: row!.version };
  }

  /** Asks the browser to keep the notes when space runs out; tells whether it does. */
  async persist(): Promise<boolean> {
    return await this.#storage.persist();
  }

  stop(): void {
    this.#storage.stop();
  }

  async #insert({ title, text, changed }: Omit<Note, 'id'>): Promise<Note> {
    const [row] = await this.#database.query<{ id: number }>('INSERT INTO note (title, text, changed) VALUES (?, ?, ?) RETURNING id', [
      title,
      text,
      changed,
    ]);
    return { id: row!.id, title, text, changed };
  }

  async #listAll(): Promise<Listing> {
    const [notes, total] = await Promise.all([
      this.#database.query<ListedNote>('SELECT id, title, substr(text, 1, ?) AS excerpt, changed FROM note ORDER BY changed DESC, id DESC LIMIT ?', [
        EXCERPT_LENGTH,
        LIST_LIMIT,
      ]),
      this.#count('SELECT count(*) AS total FROM note', []),
    ]);
    return { notes, total };
  }

  async #listMatching(match: string): Promise<Listing> {
    const [notes, total] = await Promise.all([
      this.#database.query<ListedNote>(
        `SELECT note.id, highlight(note_search, 0, :start, :end) AS title,
           snippet(note_search, 1, :start, :end, '…', ${EXCERPT_WORDS}) AS excerpt, note.changed
         FROM note_search JOIN note ON note.id = note_search.rowid
         WHERE note_search MATCH :match ORDER BY note.changed DESC, note.id DESC LIMIT ${LIST_LIMIT}`,
        { start: FOUND_START, end: FOUND_END, match },
      ),
      this.#count('SELECT count(*) AS total FROM note_search WHERE note_search MATCH ?', [match]),
    ]);
    return { notes, total };
  }

  async #count(sql: string, params: string[]): Promise<number> {
    const [row] = await this.#database.query<{ total: number }>(sql, params);
    return row!.total;
  }
}
