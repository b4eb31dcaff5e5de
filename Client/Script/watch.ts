import { callBack } from './calls';
import { ANY_TABLE } from '../../Protocol/protocol';

/** What a commit has changed. */
export interface Change {
  /** The names of the watched tables that it changed, in lower case; all that are watched when the page may have missed changes. */
  tables: string[];
}

/** Called after a commit. */
export type ChangeListener = (change: Change) => void;

/** A listener, and the tables that it watches. */
export interface Watch {
  file: string;
  tables: readonly string[];
  listener: ChangeListener;
  /** Asks a new worker to tell of changes, and calls the listener, because changes may have been missed. */
  resume: () => Promise<void>;
}

/** All listeners of this page. */
export class Watches {
  readonly #watches = new Set<Watch>();

  get isEmpty(): boolean {
    return this.#watches.size === 0;
  }

  /** @returns a function that ends it. */
  add(watch: Watch): () => void {
    this.#watches.add(watch);
    return () => void this.#watches.delete(watch);
  }

  /** Watches in a new worker. If that fails, the next call on that database tries it again. */
  async resume(): Promise<void> {
    await Promise.allSettled([...this.#watches].map(({ resume }) => resume()));
  }

  /** Calls the listeners that watch one of the changed tables of a file. */
  tell(file: string, changed: readonly string[]): void {
    for (const watch of this.#watches) {
      const tables = watch.file === file ? watch.tables.filter(table => changed.includes(table) || changed.includes(ANY_TABLE)) : [];
      if (tables.length > 0) callBack(watch.listener, { tables });
    }
  }

  /** Calls every listener, because anything may have changed. */
  tellAll(): void {
    for (const { tables, listener } of this.#watches) callBack(listener, { tables: [...tables] });
  }
}
