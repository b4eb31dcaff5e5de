import { RemoteCalls } from './remoteCalls';

/** A worker of the benchmarks, called by messages. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #calls: RemoteCalls;

  constructor(script: string) {
    this.#worker = new Worker(script, { type: 'module' });
    this.#calls = new RemoteCalls(this.#worker);
    this.#worker.addEventListener('error', event => this.#calls.rejectAll(new Error(event.message || `${script} could not be loaded.`)));
  }

  call<T>(method: string, ...args: unknown[]): Promise<T> {
    return this.#calls.call(method, ...args);
  }

  stop(): void {
    this.#worker.terminate();
  }
}
