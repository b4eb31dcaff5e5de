import { type Database, IsarStorage } from '/isar/isar-client.js';
import type { Port } from '../shared/workerCall';
import { serve } from '../shared/serve';
import { pause, timed } from '../shared/timing';
import { RemoteCalls } from './remoteCalls';

const DATABASE = 'counter.db';

/** What a tab does again and again. */
export interface Job {
  sql: string;
  milliseconds: number;
  /** How long it rests after each time, in milliseconds. */
  rest: number;
}

/** Somebody who uses a database that others use too. */
export interface Tab {
  start(backend: string): Promise<void>;
  /** Runs a statement and tells how long it took, in milliseconds. */
  time(sql: string): Promise<number>;
  /** Does a job and tells how long each time took. */
  work(job: Job): Promise<number[]>;
  stop(): Promise<void>;
}

/** A worker of this page. */
export class OwnTab implements Tab {
  #storage!: IsarStorage;
  #database!: Database;

  async start(backend: string): Promise<void> {
    this.#storage = await IsarStorage.start({ directory: `benchmarks/leases/${backend}`, candidates: [backend] });
    this.#database = await this.#storage.open(DATABASE);
  }

  time(sql: string): Promise<number> {
    return timed(() => this.#database.query(sql));
  }

  async work({ sql, milliseconds, rest }: Job): Promise<number[]> {
    const times: number[] = [];
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      times.push(await this.time(sql));
      if (rest > 0) await pause(rest);
    }
    return times;
  }

  async stop(): Promise<void> {
    await this.#database.close();
    this.#storage.stop();
  }
}

/** Another tab, in a window of its own: both tabs stay visible, because browsers slow down hidden ones. */
export class OtherTab implements Tab {
  readonly #calls: RemoteCalls;

  private constructor(port: Port) {
    this.#calls = new RemoteCalls(port);
  }

  static async open(): Promise<OtherTab> {
    const name = crypto.randomUUID();
    const channel = new BroadcastChannel(name);
    const served = new Promise(resolve => channel.addEventListener('message', resolve, { once: true }));
    window.open(`/?tab=${name}`, '_blank', 'popup,noopener');
    await served;
    return new OtherTab(channel);
  }

  start(backend: string): Promise<void> {
    return this.#calls.call('start', backend);
  }

  time(sql: string): Promise<number> {
    return this.#calls.call('time', sql);
  }

  work(job: Job): Promise<number[]> {
    return this.#calls.call('work', job);
  }

  stop(): Promise<void> {
    return this.#calls.call('stop');
  }
}

/** What the other tab runs: does what it is told through a channel, and says that it listens. */
export function serveTab(name: string): void {
  const channel = new BroadcastChannel(name);
  const tab = new OwnTab();
  serve(
    {
      start: (backend: string) => tab.start(backend),
      time: (sql: string) => tab.time(sql),
      work: (job: Job) => tab.work(job),
      stop: () => tab.stop(),
    },
    channel,
  );
  channel.postMessage('serves');
}
