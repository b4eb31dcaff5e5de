import { Database, type DatabaseContext } from './database';
import { CallQueue } from './queue';
import type { Statements } from './statements';
import { Watches } from './watch';

/** What all databases of a storage have in common. */
export class Databases {
  readonly watches = new Watches();
  readonly #limits: Omit<DatabaseContext, 'queue' | 'watches'>;
  readonly #queues = new Map<string, CallQueue>();

  constructor(limits: Omit<DatabaseContext, 'queue' | 'watches'>) {
    this.#limits = limits;
  }

  /** Makes a database whose calls take turns with those of the others of its name. */
  create(name: string, statements: Statements): Database {
    return new Database(name, statements, { ...this.#limits, watches: this.watches, queue: this.#queueOf(name) });
  }

  /** Ends all waits for a turn. */
  endWaits(error: Error): void {
    this.#queues.forEach(queue => queue.rejectAll(error));
  }

  #queueOf(name: string): CallQueue {
    let queue = this.#queues.get(name);
    if (!queue) this.#queues.set(name, (queue = new CallQueue()));
    return queue;
  }
}
