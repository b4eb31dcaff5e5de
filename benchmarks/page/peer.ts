import { CACHE_SIZE, type Contender, PAGE_SIZE, type Value } from './contender';
import { WorkerCalls } from './workerCalls';

/** Another library in a worker of its own, behind the least that a page needs to ask it: one message each way for a call. */
export class Peer implements Contender {
  readonly #vfs: string;
  readonly #script: string;
  #worker!: WorkerCalls;

  constructor(script: string, vfs: string) {
    this.#script = script;
    this.#vfs = vfs;
  }

  async start(): Promise<void> {
    this.#worker = new WorkerCalls(this.#script);
    await this.#worker.call('start', this.#vfs);
  }

  async create(name: string): Promise<void> {
    await this.open(name);
    await this.exec(PAGE_SIZE);
  }

  /** `synchronous` as SQLite has it by default, said aloud: some of these VFSes only look at the pragma. */
  async open(name: string): Promise<void> {
    await this.#worker.call('open', name);
    await this.exec(CACHE_SIZE);
    await this.exec('PRAGMA synchronous = FULL');
  }

  async exec(sql: string, params?: Value[]): Promise<void> {
    await this.#worker.call('exec', sql, params);
  }

  async execMany(sql: string, rows: Value[][]): Promise<void> {
    await this.#worker.call('execMany', sql, rows);
  }

  query(sql: string, params?: Value[]): Promise<Record<string, unknown>[]> {
    return this.#worker.call('query', sql, params);
  }

  async close(): Promise<void> {
    await this.#worker.call('close');
  }

  stop(): void {
    this.#worker.stop();
  }
}
