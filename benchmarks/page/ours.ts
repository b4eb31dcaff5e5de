import { type Database, type Diagnostics, IsarStorage } from '/isar/isar-client.js';
import { CACHE_SIZE, type Contender, PAGE_SIZE, type Value } from './contender';

/** The backends of the worker that store anything. */
export const BACKENDS = ['opfs', 'indexeddb'] as const;

export class Ours implements Contender {
  readonly #backend: string;
  readonly #worker: string | undefined;
  #storage: IsarStorage | undefined;
  #database!: Database;

  /** @param worker the script of the worker, when it is not the ready-made one. */
  constructor(backend: string, worker?: string) {
    this.#backend = backend;
    this.#worker = worker;
  }

  async start(): Promise<void> {
    const directory = `benchmarks/${this.#backend}`;
    this.#storage = await IsarStorage.start({
      directory,
      candidates: [this.#backend],
      ...(this.#worker !== undefined && { workerUrl: this.#worker }),
    });
  }

  async create(name: string): Promise<void> {
    await this.open(name);
    await this.exec(PAGE_SIZE);
  }

  async open(name: string): Promise<void> {
    this.#database = await this.#storage!.open(name);
    await this.exec(CACHE_SIZE);
  }

  async exec(sql: string, params?: Value[]): Promise<void> {
    await this.#database.exec(sql, params);
  }

  async script(sql: string): Promise<void> {
    await this.#database.exec(sql);
  }

  async execMany(sql: string, rows: Value[][]): Promise<void> {
    await this.#database.execMany(sql, rows);
  }

  async query(sql: string, params?: Value[]): Promise<Record<string, unknown>[]> {
    return await this.#database.query(sql, params);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  stop(): void {
    this.#storage?.stop();
  }

  /** What the worker has counted since it started. */
  async diagnostics(): Promise<Diagnostics> {
    return await this.#storage!.diagnostics();
  }
}
