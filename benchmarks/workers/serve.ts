import type { Answer, Call } from '../shared/calls';

/** Answers the calls of the page, one after another. */
export function serve(methods: Record<string, (...args: never[]) => unknown>): void {
  let last: Promise<void> = Promise.resolve();
  addEventListener('message', event => {
    const { id, method, arguments: args } = event.data as Call;
    last = last.then(async () => {
      let answer: Answer;
      try {
        answer = { id, result: await methods[method]!(...args as never[]) };
      } catch (error) {
        answer = { id, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
      }
      postMessage(answer);
    });
  });
}
