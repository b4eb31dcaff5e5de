import type { Answer, Call, Port } from '../shared/workerCall';

/** Calls through a port: one message for each call, one for its answer, and nothing else in between. */
export class RemoteCalls {
  readonly #port: Port;
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #last = 0;

  constructor(port: Port) {
    this.#port = port;
    port.addEventListener('message', event => this.#receive(event.data as Answer));
  }

  call<T>(method: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#port.postMessage({ id, method, arguments: args } satisfies Call);
    });
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
  }

  #receive(answer: Answer): void {
    const { resolve, reject } = this.#pending.get(answer.id)!;
    this.#pending.delete(answer.id);
    if ('error' in answer) reject(new Error(answer.error));
    else resolve(answer.result);
  }
}
