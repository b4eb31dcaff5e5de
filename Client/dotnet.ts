// What the C# client on a page calls: requests by numbers and texts, and the bytes of statements, each copied once.

import { WorkerConnection } from './connection.js';
import { IsarStorageError, workerError } from './errors.js';
import {
  type ErrorShape, type ExportChunk, type Fields, type Method, PROTOCOL_VERSION, type RunResult, type StartOptions, type StorageProgress,
} from './protocol.js';

/** A part of .NET's memory; usable only until the call that passes it returns. */
interface MemoryView {
  slice(): Uint8Array<ArrayBuffer>;
  set(source: Uint8Array): void;
  dispose(): void;
}

/** The answer to a request as .NET reads it: JSON with the result or the error. */
type Answer = Promise<string>;

const connections = new Map<number, WorkerConnection>();
const cancellable = new Map<number, AbortController>();
const results = new Map<number, RunResult | ExportChunk | ErrorShape>();
/** Buffers of parts of exports, to be used again. */
const spares: ArrayBuffer[] = [];
let lastConnection = 0;

/** The version of the protocol that this script speaks, which its C# must speak too. */
export function protocolVersion(): number {
  return PROTOCOL_VERSION;
}

/**
 * Starts a worker; the result is its number.
 * @param workerUrl its script; an empty text means the one beside this script.
 * @param base what a relative address is relative to.
 * @param options as JSON.
 */
export function start(
  workerUrl: string, base: string, options: string, onEnd: (error: string) => void, onQuotaNearlyUsed: (quota: string) => void,
): Answer {
  return answer(async () => {
    const connection = await WorkerConnection.start(resolve(workerUrl, base), JSON.parse(options) as StartOptions, {
      onEnd: error => onEnd(JSON.stringify(shapeOf(error))),
      onEvent: message => {
        if (message.event === 'quotaNearlyUsed')
          onQuotaNearlyUsed(JSON.stringify(message.quota));
      },
      onResume: () => {},
    });
    connections.set(++lastConnection, connection);
    return lastConnection;
  });
}

/** Sends a request whose fields and result are JSON. */
export function request(
  connection: number, id: number, method: Method, fields: string,
  onProgress?: (stage: StorageProgress['stage'], completed: number, total: number) => void,
): Answer {
  return answer(() => withSignal(id, signal => get(connection).request(method, JSON.parse(fields) as Fields<Method>, {
    signal,
    ...(onProgress && { onProgress: ({ stage, completed, total }) => onProgress(stage, completed, total) }),
  })));
}

/**
 * Runs statements.
 * @returns how many bytes the results have, which {@link takeResult} then copies, or -1 when {@link takeError} has the error.
 */
export async function run(
  connection: number, id: number, database: number, sql: string, transaction: boolean, parameters: MemoryView,
): Promise<number> {
  // Copied before the first await, after which .NET may have moved it. Taken along with the message, without another copy.
  const bytes = parameters.slice();
  parameters.dispose();
  try {
    const result = await withSignal(id, signal => get(connection).request(
      'run', { database, sql, transaction, parameters: bytes }, { signal, transfer: [bytes.buffer] }));
    results.set(id, result);
    return result.length;
  } catch (error) {
    results.set(id, shapeOf(error));
    return -1;
  }
}

/**
 * Copies the results of a request into memory that is as long as they are.
 * @returns how many rows were changed.
 */
export function takeResult(id: number, target: MemoryView): number {
  const { bytes, length, changes } = take(id) as RunResult;
  target.set(new Uint8Array(bytes, 0, length));
  return changes;
}

/**
 * Gets the next part of an export.
 * @returns how many bytes it has, which {@link takeChunk} then copies, or -1 when {@link takeError} has the error.
 */
export async function pull(connection: number, id: number, stream: number): Promise<number> {
  try {
    const buffer = spares.pop();
    const chunk = await withSignal(id, signal => get(connection).request(
      'pull', { stream, ...(buffer && { buffer }) }, { signal, transfer: buffer ? [buffer] : [] }));
    results.set(id, chunk);
    return chunk.length;
  } catch (error) {
    results.set(id, shapeOf(error));
    return -1;
  }
}

/**
 * Copies a part of an export into memory that is as long as it is.
 * @returns whether it is the last.
 */
export function takeChunk(id: number, target: MemoryView): boolean {
  const { bytes, length, done } = take(id) as ExportChunk;
  target.set(new Uint8Array(bytes, 0, length));
  if (!done)
    spares.push(bytes);
  return done;
}

/** Sends the next part of an import; the result is how many bytes are expected together. */
export function push(connection: number, id: number, stream: number, part: MemoryView): Answer {
  const bytes = part.slice();
  part.dispose();
  return answer(async () => (await withSignal(id, signal =>
    get(connection).request('push', { stream, bytes }, { signal, transfer: [bytes.buffer] }))).total);
}

/** The error of a request as JSON; also gives up results for which there is no memory. */
export function takeError(id: number): string {
  return JSON.stringify(take(id));
}

/** Asks a request to end, if it is not answered yet. */
export function cancel(id: number): void {
  cancellable.get(id)?.abort();
}

/** Asks the browser to keep the origin's data. */
export { persist } from './persist.js';

/** Ends the worker at once. */
export function stop(connection: number): void {
  get(connection).stop();
}

function resolve(workerUrl: string, base: string): string {
  try {
    return (workerUrl ? new URL(workerUrl, base) : new URL('./isar-worker.js', import.meta.url)).href;
  } catch (error) {
    throw workerError(`The worker's address "${workerUrl}" is none.`, { cause: error });
  }
}

function get(connection: number): WorkerConnection {
  return connections.get(connection)!;
}

function take(id: number): RunResult | ExportChunk | ErrorShape {
  const result = results.get(id)!;
  results.delete(id);
  return result;
}

async function withSignal<T>(id: number, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  cancellable.set(id, controller);
  try {
    return await action(controller.signal);
  } finally {
    cancellable.delete(id);
  }
}

async function answer(action: () => Promise<unknown>): Answer {
  try {
    return JSON.stringify({ result: await action() });
  } catch (error) {
    return JSON.stringify({ error: shapeOf(error) });
  }
}

/** SQLite's code for what was broken off. */
const SQLITE_INTERRUPT = 9;

function shapeOf(error: unknown): ErrorShape {
  if (error instanceof IsarStorageError) {
    const { kind, code, extendedCode, message } = error;
    return { kind, code, extendedCode, message };
  }
  if (error instanceof DOMException && error.name === 'AbortError')
    return { kind: 'cancelled', code: SQLITE_INTERRUPT, extendedCode: SQLITE_INTERRUPT, message: 'The request was cancelled.' };
  return { kind: 'internal', code: 0, extendedCode: 0, message: String(error) };
}
