import { StoreFailure } from './failures';

/** The version of the object stores, which IndexedDB keeps. */
const SCHEMA = 1;

export const FILES = 'files';
export const BLOCKS = 'blocks';
export const HOMES = 'homes';

/** An open IndexedDB database. https://w3c.github.io/IndexedDB/ */
export class Store {
  readonly #name: string;
  readonly #durability: IDBTransactionDurability;
  readonly #patience: number;
  #database: IDBDatabase;
  #closed: StoreFailure | undefined;

  private constructor(name: string, durability: IDBTransactionDurability, patience: number, database: IDBDatabase) {
    this.#name = name;
    this.#durability = durability;
    this.#patience = patience;
    this.#database = this.#watch(database);
  }

  /**
   * Opens an IndexedDB database and creates it when it is missing.
   * @param patience how long to wait for other tabs that are in the way, in milliseconds.
   */
  static async open(name: string, durability: IDBTransactionDurability, patience: number): Promise<Store> {
    return new Store(name, durability, patience, await openDatabase(name, patience));
  }

  /**
   * Begins a transaction. One that writes is as durable as the store was opened for. WebKitGTK was seen to close connections by itself; a
   * connection found closed is opened again.
   */
  async begin(parts: string[], mode: IDBTransactionMode): Promise<IDBTransaction> {
    if (this.#closed) throw this.#closed;
    try {
      return this.#database.transaction(parts, mode, { durability: this.#durability });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
    }
    const database = await openDatabase(this.#name, this.#patience);
    if (this.#closed) {
      database.close();
      throw this.#closed;
    }
    this.#database = this.#watch(database);
    return this.#database.transaction(parts, mode, { durability: this.#durability });
  }

  close(): void {
    this.#close('it was disposed');
  }

  /** Closes the database when another tab upgrades or deletes it, or that tab would wait for us. Acknowledged commits are stored. */
  #watch(database: IDBDatabase): IDBDatabase {
    database.onversionchange = () => this.#close('another tab upgraded or deleted it; reload this page');
    return database;
  }

  #close(reason: string): void {
    this.#closed ??= new StoreFailure('ClosedError', reason);
    this.#database.close();
  }
}

function openDatabase(name: string, patience: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, SCHEMA);
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      reject(
        new StoreFailure('BlockedError', 'another tab has it open in an older version, or waits to delete it; close the other tabs of this site'),
      );
    }, patience);
    request.onupgradeneeded = () => {
      for (const part of [FILES, BLOCKS, HOMES]) request.result.createObjectStore(part);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      const database = request.result;
      const complete = [FILES, BLOCKS, HOMES].every(part => database.objectStoreNames.contains(part));
      if (!expired && complete) {
        resolve(database);
        return;
      }
      database.close();
      reject(new StoreFailure('CorruptError', `the IndexedDB database "${name}" lacks parts that it should have`));
    };
    request.onerror = () => {
      clearTimeout(timer);
      reject(request.error);
    };
  });
}

/** The result of a request. A failure that is not awaited any more still fails the transaction. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  const result = new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  result.catch(() => undefined);
  return result;
}

/** Resolves when a transaction is stored as durably as asked for; rejects with what made it fail. */
export function completionOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'));
  });
}

/** The paths of the files in a directory. */
export function belowRange(directory: string): IDBKeyRange {
  return IDBKeyRange.bound(`${directory}/`, `${directory}0`, false, true);
}

/** The keys of a file's blocks from one index up to before another. */
export function blockRange(path: string, first = 0, end = Number.POSITIVE_INFINITY): IDBKeyRange {
  return IDBKeyRange.bound([path, first], [path, end], false, true);
}
