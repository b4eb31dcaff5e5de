import { usageError } from '../../Protocol/errors';
import type { StorageWorker } from './storageWorker';

/** The options of a call of a handler. */
export interface HandlerOptions {
  /**
   * Cancels the handler's token. When the handler has ended because of it, the call rejects with the signal's `reason`. A handler that
   * completes all the same is not affected.
   */
  signal?: AbortSignal | undefined;
}

/** Calls a handler of the worker's own. */
export async function callHandler(worker: StorageWorker, name: string, argument: unknown, options?: HandlerOptions): Promise<unknown> {
  return JSON.parse(await worker.request('call', { name, argument: write(name, argument) }, options));
}

function write(name: string, argument: unknown): string {
  if (argument === undefined) return 'null';
  const fault = (why: string) => usageError(`The argument of the handler "${name}" cannot be written as JSON: ${why}`);
  let text: string | undefined;
  try {
    text = JSON.stringify(argument);
  } catch (error) {
    throw fault(String(error));
  }
  if (text === undefined) throw fault(`it is a ${typeof argument}.`);
  return text;
}
