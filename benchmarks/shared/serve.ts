import type { Answer, Call, Port } from './workerCall';

/** Answers the calls that come through a port, one after another. */
export function serve(methods: Record<string, (...args: never[]) => unknown>, port: Port): void {
  let last: Promise<void> = Promise.resolve();
  port.addEventListener('message', event => {
    const { id, method, arguments: args } = event.data as Call;
    last = last.then(async () => {
      let answer: Answer;
      try {
        answer = { id, result: await methods[method]!(...(args as never[])) };
      } catch (error) {
        answer = { id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
      }
      port.postMessage(answer);
    });
  });
}
