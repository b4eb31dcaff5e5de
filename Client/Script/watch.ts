import { callBack } from './calls';
import { ANY_TABLE } from '../../Protocol/protocol';

/** What a commit has changed. */
export interface Change {
  /** The names of the watched tables that it changed, in lower case; all that are watched when the page may have missed changes. */
  tables: string[];
}

/** Called after a commit. */
export type ChangeListener = (change: Change) => void;

/** One that wants to hear of changes. */
export interface Watch {
  file: string;
  tables: readonly string[];
  listener: ChangeListener;
  /** Makes a worker tell of changes that has not been asked to, and tells of everything that may have changed meanwhile. */
  resume: () => Promise<void>;
}

/** Who on this page wants to hear of changes. */
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

  /** Watches with another worker. What fails here is tried again by the next call on that database. */
  async resume(): Promise<void> {
    await Promise.allSettled([...this.#watches].map(({ resume }) => resume()));
  }

  /** Tells of tables of a file that were changed. */
  tell(file: string, changed: readonly string[]): void {
    for (const watch of this.#watches) {
      const tables = watch.file === file ? watch.tables.filter(table => changed.includes(table) || changed.includes(ANY_TABLE)) : [];
      if (tables.length > 0) callBack(watch.listener, { tables });
    }
  }

  /** Tells everybody that anything may have changed. */
  tellAll(): void {
    for (const { tables, listener } of this.#watches) callBack(listener, { tables: [...tables] });
  }
}
