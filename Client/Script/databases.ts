import { OutsideCalls } from './callbackWatch';
import type { CallOptions } from './calls';
import { Database, type DatabaseContext } from './database';
import { Order } from './order';
import { Statements } from './statements';
import type { StorageWorker } from './storageWorker';
import { Watches } from './watch';

/** What the connections to one database of this page have in common. */
interface Shared {
  order: Order;
  outside: OutsideCalls;
}

/** What all databases of a storage have in common. */
export class Databases {
  readonly watches = new Watches();
  readonly #limits: Omit<DatabaseContext, 'outside' | 'watches'>;
  readonly #shared = new Map<string, Shared>();

  constructor(limits: Omit<DatabaseContext, 'outside' | 'watches'>) {
    this.#limits = limits;
  }

  /** Opens another connection to a database. */
  async open(worker: StorageWorker, name: string, setup: string, options: CallOptions): Promise<Database> {
    const { order, outside } = this.#sharedOf(name);
    const statements = await Statements.open(worker, order, name, setup, options);
    return new Database(name, statements, { ...this.#limits, watches: this.watches, outside });
  }

  #sharedOf(name: string): Shared {
    let shared = this.#shared.get(name);
    if (!shared) this.#shared.set(name, (shared = { order: new Order(), outside: new OutsideCalls() }));
    return shared;
  }
}
