import { CACHE_SIZE, type Contender, PAGE_SIZE, type Value } from './contender';
import { WorkerCalls } from './workerCalls';

/** `synchronous` as SQLite has it by default, said aloud: some VFSes only look at the pragma. */
const SETTINGS = [CACHE_SIZE, 'PRAGMA synchronous = FULL'];

/** A write-ahead log without shared memory needs exclusive locking, set before. */
export const EXCLUSIVE_WAL = ['PRAGMA locking_mode = EXCLUSIVE', 'PRAGMA journal_mode = WAL'];

/** Another library in a worker of its own, behind the least that a page needs to ask it: one message each way for a call. */
export class Peer implements Contender {
  readonly #vfs: string;
  readonly #script: string;
  readonly #settings: readonly string[];
  #worker: WorkerCalls | undefined;

  /** @param settings what its connection is told beside the settings of all. */
  constructor(script: string, vfs: string, settings: readonly string[] = []) {
    this.#script = script;
    this.#vfs = vfs;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    this.#worker = new WorkerCalls(this.#script);
    await this.#worker.call('start', this.#vfs, this.#settings.length > 0 ? 'set' : 'default');
  }

  /** The page size comes first: with a write-ahead log it cannot be changed. */
  async create(name: string): Promise<void> {
    await this.#call('open', name);
    await this.exec(PAGE_SIZE);
    await this.#set();
    if (!this.#settings.includes('PRAGMA journal_mode = WAL')) return;
    const [mode] = await this.query('PRAGMA journal_mode');
    if (mode!.journal_mode !== 'wal') throw new Error(`the journal mode is ${mode!.journal_mode} and not wal`);
  }

  async open(name: string): Promise<void> {
    await this.#call('open', name);
    await this.#set();
  }

  async exec(sql: string, params?: Value[]): Promise<void> {
    await this.#call('exec', sql, params);
  }

  async script(sql: string): Promise<void> {
    await this.#call('script', sql);
  }

  async execMany(sql: string, rows: Value[][]): Promise<void> {
    await this.#call('execMany', sql, rows);
  }

  query(sql: string, params?: Value[]): Promise<Record<string, unknown>[]> {
    return this.#call('query', sql, params);
  }

  async close(): Promise<void> {
    await this.#call('close');
  }

  stop(): void {
    this.#worker?.stop();
  }

  #set(): Promise<void> {
    return this.script([...this.#settings, ...SETTINGS].join(';'));
  }

  #call<T>(method: string, ...args: unknown[]): Promise<T> {
    return this.#worker!.call(method, ...args);
  }
}
