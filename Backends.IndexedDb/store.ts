import { StoreFailure } from './failures';

/** The version of the object stores, which IndexedDB keeps. */
const SCHEMA = 1;

export const FILES = 'files';
export const BLOCKS = 'blocks';
export const HOMES = 'homes';

/** An open IndexedDB database. https://w3c.github.io/IndexedDB/ */
export class Store {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;
  #closed: StoreFailure | undefined;

  private constructor(database: IDBDatabase, durability: IDBTransactionDurability) {
    this.#database = database;
    this.#durability = durability;
    // Another tab upgrades or deletes it and must not have to wait for us. What was acknowledged is stored.
    database.onversionchange = () => this.#close('another tab upgraded or deleted it; reload this page');
    database.onclose = () => this.#close('the browser closed it, for example because the data of this site was deleted; reload this page');
  }

  /**
   * Opens an IndexedDB database and creates it when it is missing.
   * @param patience how long to wait for other tabs that are in the way, in milliseconds.
   */
  static open(name: string, durability: IDBTransactionDurability, patience: number): Promise<Store> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, SCHEMA);
      let expired = false;
      const timer = setTimeout(() => {
        expired = true;
        reject(new StoreFailure('BlockedError',
          'another tab has it open in an older version, or waits to delete it; close the other tabs of this site'));
      }, patience);
      request.onupgradeneeded = () => {
        for (const part of [FILES, BLOCKS, HOMES])
          request.result.createObjectStore(part);
      };
      request.onsuccess = () => {
        clearTimeout(timer);
        const database = request.result;
        const complete = [FILES, BLOCKS, HOMES].every(part => database.objectStoreNames.contains(part));
        if (!expired && complete) {
          resolve(new Store(database, durability));
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

  /** Begins a transaction. One that writes is as durable as the store was opened for. */
  begin(parts: string[], mode: IDBTransactionMode): IDBTransaction {
    if (this.#closed)
      throw this.#closed;
    return this.#database.transaction(parts, mode, { durability: this.#durability });
  }

  close(): void {
    this.#close('it was disposed');
  }

  #close(reason: string): void {
    this.#closed ??= new StoreFailure('ClosedError', reason);
    this.#database.close();
  }
}

/** The result of a request. When nobody waits for it any more, its transaction still tells that it failed. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  const result = new Promise<T>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  result.catch(() => undefined);
  return result;
}

/** Resolves when everything of a transaction is stored as durably as asked for; what made it fail is the reason otherwise. */
export function completionOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('The transaction was aborted.', 'AbortError'));
  });
}

/** The keys of a file's blocks from one index up to before another. */
export function blockRange(path: string, first = 0, end = Number.POSITIVE_INFINITY): IDBKeyRange {
  return IDBKeyRange.bound([path, first], [path, end], false, true);
}
