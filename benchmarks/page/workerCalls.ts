import type { Answer, Call } from '../shared/calls';

/** A worker of the benchmarks, called by messages: one posted for each call, one for its answer, and nothing else in between. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;

  constructor(script: string) {
    this.#worker = new Worker(script, { type: 'module' });
    this.#worker.addEventListener('message', event => this.#receive(event.data as Answer));
    this.#worker.addEventListener('error', event => {
      for (const { reject } of this.#pending.values())
        reject(new Error(event.message || `${script} could not be loaded.`));
    });
  }

  call<T>(method: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#worker.postMessage({ id, method, arguments: args } satisfies Call);
    });
  }

  stop(): void {
    this.#worker.terminate();
  }

  #receive(answer: Answer): void {
    const { resolve, reject } = this.#pending.get(answer.id)!;
    this.#pending.delete(answer.id);
    if ('error' in answer)
      reject(new Error(answer.error));
    else
      resolve(answer.result);
  }
}
