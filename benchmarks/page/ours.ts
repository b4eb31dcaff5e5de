import { type Database, IsarStorage } from '/isar/isar-client.js';
import { CACHE_SIZE, type Contender, PAGE_SIZE, type Value } from './contender';

/** The backends of the worker that store anything. */
export const BACKENDS = ['opfs', 'indexeddb'] as const;

export class Ours implements Contender {
  readonly #backend: string;
  #storage!: IsarStorage;
  #database!: Database;

  constructor(backend: string) {
    this.#backend = backend;
  }

  async start(): Promise<void> {
    this.#storage = await IsarStorage.start({ directory: `benchmarks/${this.#backend}`, candidates: [this.#backend] });
  }

  async create(name: string): Promise<void> {
    await this.open(name);
    await this.exec(PAGE_SIZE);
  }

  async open(name: string): Promise<void> {
    this.#database = await this.#storage.open(name);
    await this.exec(CACHE_SIZE);
  }

  async exec(sql: string, params?: Value[]): Promise<void> {
    await this.#database.exec(sql, params);
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
    this.#storage.stop();
  }
}
