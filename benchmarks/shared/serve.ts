import type { Answer, Call, Port } from './workerCall';

/** A result of which some buffers are handed over instead of copied. */
export class Transferred {
  readonly result: unknown;
  readonly buffers: ArrayBuffer[];

  constructor(result: unknown, buffers: ArrayBuffer[]) {
    this.result = result;
    this.buffers = buffers;
  }
}

/** Answers the calls that come through a port, one after another. */
export function serve(methods: Record<string, (...args: never[]) => unknown>, port: Port): void {
  let last: Promise<void> = Promise.resolve();
  port.addEventListener('message', event => {
    const { id, method, arguments: args } = event.data as Call;
    last = last.then(async () => {
      let answer: Answer;
      try {
        const result = await methods[method]!(...(args as never[]));
        if (result instanceof Transferred) {
          port.postMessage({ id, result: result.result } satisfies Answer, result.buffers);
          return;
        }
        answer = { id, result };
      } catch (error) {
        answer = { id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
      }
      port.postMessage(answer);
    });
  });
}
