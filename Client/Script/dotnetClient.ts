// The functions that the C# client on a page calls. Requests are numbers and texts; the bytes of statements are copied once.

import type { CallOptions } from './calls';
import type { StartLimits, WorkerConnection } from './workerConnection';
import { closedError, IsarStorageError, workerError } from '../../Protocol/errors';
import {
  type ErrorShape,
  type ExportChunk,
  type Fields,
  type Method,
  PROTOCOL_VERSION,
  type RunResult,
  type StartOptions,
  type StorageProgress,
} from '../../Protocol/protocol';
import { Order } from './order';
import { Statements, type TransactionSession } from './statements';
import { StorageWorker } from './storageWorker';
import { SQLITE_INTERRUPT } from '../../Protocol/resultCodes';

/** A part of .NET's memory; usable only until the call that passes it returns. */
interface MemoryView {
  readonly length: number;
  slice(): Uint8Array<ArrayBuffer>;
  set(source: Uint8Array): void;
  dispose(): void;
}

/** The answer to a request as .NET reads it: JSON with the result or the error. */
type Answer = Promise<string>;

const connections = new Map<number, StorageWorker>();
/** The open databases, by a number that stays the same after a restart; the worker's own number changes. */
const databases = new Map<number, Statements>();
/** The transactions that go on, by the numbers of their databases. */
const transactions = new Map<number, TransactionSession>();
const cancellable = new Map<number, AbortController>();
const results = new Map<number, RunResult | ExportChunk | ErrorShape>();
/** Buffers of parts of exports, to be used again. */
const spares: ArrayBuffer[] = [];
let lastConnection = 0;
let lastDatabase = 0;
/** The exports and imports under way, by numbers of their own. Each ends with its worker. */
const transfers = new Map<number, Transfer>();
let lastTransfer = 0;

/** The version of the protocol that this script speaks, which its C# must speak too. */
export function protocolVersion(): number {
  return PROTOCOL_VERSION;
}

/**
 * Starts a worker; the result is the number of its connection, which starts another worker whenever this one has died.
 * @param workerUrl its script; an empty text means the one beside this script.
 * @param base the base of relative addresses.
 * @param options as JSON, with `startTimeoutMs` among them.
 * @param onRestart called with the reason when another worker runs.
 */
export function start(
  workerUrl: string,
  base: string,
  options: string,
  onRestart: (reason: string) => void,
  onQuotaNearlyUsed: (quota: string) => void,
  onCommitUndone: (error: string) => void,
): Answer {
  return answer(async () => {
    const { startTimeoutMs, ...startOptions } = JSON.parse(options) as StartOptions & StartLimits;
    const connection = await StorageWorker.start(
      resolve(workerUrl, base),
      startOptions,
      {
        onEvent: message => {
          if (message.event === 'quotaNearlyUsed') onQuotaNearlyUsed(JSON.stringify(message.quota));
          else if (message.event === 'commitUndone') onCommitUndone(JSON.stringify(message.reason));
        },
        onResume: () => {},
        onRestart: reason => onRestart(JSON.stringify(shapeOf(reason))),
        needsEvents: () => false,
      },
      { startTimeoutMs },
    );
    connections.set(++lastConnection, connection);
    return lastConnection;
  });
}

/**
 * Sends a request whose fields and result are JSON. The result of `open` is the number that `run` and `begin` to `close` take; its field `setup` is
 * SQL that is run whenever the database is opened, also again after a restart.
 */
export function request(
  connection: number,
  id: number,
  method: Method,
  fields: string,
  onProgress?: (stage: StorageProgress['stage'], completed: number, total: number) => void,
): Answer {
  return answer(() =>
    withSignal(id, signal =>
      send(get(connection), method, JSON.parse(fields), {
        signal,
        ...(onProgress && { onProgress: ({ stage, completed, total }) => onProgress(stage, completed, total) }),
      }),
    ),
  );
}

/**
 * Runs statements.
 * @param waitMs how long it waits for transactions that came before it; 0 means for ever.
 * @returns how many bytes the results have, which {@link takeResult} then copies, or -1 when {@link takeError} has the error.
 */
export async function run(id: number, database: number, sql: string, transaction: boolean, waitMs: number, parameters: MemoryView): Promise<number> {
  // Copied before the first await, after which .NET may have moved it. The copy is transferred with the message.
  const fields = { sql, parameters: parameters.slice(), transaction, ...(waitMs > 0 && { waitMs }) };
  parameters.dispose();
  try {
    const result = await withSignal(id, signal =>
      find(database).run(fields, { signal, transaction: transaction ? transactions.get(database) : undefined }),
    );
    results.set(id, result);
    return result.length;
  } catch (error) {
    results.set(id, shapeOf(error));
    return -1;
  }
}

/**
 * Copies a part of the results of a request into memory that is as long as that part. With the last part they are given up.
 * @returns how many rows were changed.
 */
export function takeResult(id: number, from: number, target: MemoryView): number {
  const { bytes, length, changes } = results.get(id) as RunResult;
  target.set(new Uint8Array(bytes, from, target.length));
  if (from + target.length === length) results.delete(id);
  return changes;
}

/**
 * Gets the next part of an export.
 * @returns how many bytes it has, which {@link takeChunk} then copies, or -1 when {@link takeError} has the error.
 */
export async function pull(id: number, stream: number): Promise<number> {
  try {
    const buffer = spares.pop();
    const transfer = findTransfer(stream);
    const chunk = await withSignal(id, signal =>
      transfer.connection.request('pull', { stream: transfer.stream, ...(buffer && { buffer }) }, { signal, transfer: buffer ? [buffer] : [] }),
    );
    if (chunk.done) transfers.delete(stream);
    results.set(id, chunk);
    return chunk.length;
  } catch (error) {
    results.set(id, shapeOf(error));
    return -1;
  }
}

/**
 * Copies the part of an export that {@link pull} got into memory as long as that part.
 * @returns whether this was the last part.
 */
export function takeChunk(id: number, target: MemoryView): boolean {
  const { bytes, length, done } = take(id) as ExportChunk;
  target.set(new Uint8Array(bytes, 0, length));
  if (!done) spares.push(bytes);
  return done;
}

/** Sends the next part of an import; the result is how many bytes are expected together. */
export function push(id: number, stream: number, part: MemoryView): Answer {
  const bytes = part.slice();
  part.dispose();
  return answer(async () => {
    const transfer = findTransfer(stream);
    const { total } = await withSignal(id, signal =>
      transfer.connection.request('push', { stream: transfer.stream, bytes }, { signal, transfer: [bytes.buffer] }),
    );
    return total;
  });
}

/** The error of a request as JSON; also drops results for which there is no memory. */
export function takeError(id: number): string {
  return JSON.stringify(take(id));
}

/** Asks a request to end, if it is not answered yet. */
export function cancel(id: number): void {
  cancellable.get(id)?.abort();
}

export { letOthersRun } from './parts';

/** Asks the browser to keep the origin's data. */
export { persist } from './persist';

/** Ends the worker at once. */
export function stop(connection: number): void {
  get(connection).stop();
}

function resolve(workerUrl: string, base: string): string {
  try {
    return (workerUrl ? new URL(workerUrl, base) : new URL('./isar-worker.js', import.meta.url)).href;
  } catch (error) {
    throw workerError(`The worker's address "${workerUrl}" is not a valid URL.`, { cause: error });
  }
}

function get(connection: number): StorageWorker {
  return connections.get(connection)!;
}

function find(database: number): Statements {
  const found = databases.get(database);
  if (!found) throw closedError('The connection was closed.');
  return found;
}

async function send(worker: StorageWorker, method: Method, fields: RequestFields, options: CallOptions): Promise<unknown> {
  switch (method) {
    case 'open': {
      const opened = await Statements.open(worker, new Order(), fields.name, fields.setup ?? '', options);
      databases.set(++lastDatabase, opened);
      return lastDatabase;
    }
    case 'begin': {
      const { database, deferred = false, waitMs } = fields;
      transactions.set(database, await find(database).begin({ deferred, ...(waitMs !== undefined && { waitMs }) }, options));
      return null;
    }
    case 'commit':
      await find(fields.database).commit(transactions.get(fields.database)!);
      transactions.delete(fields.database);
      return null;
    case 'rollback': {
      const { database } = fields;
      const rolledBack = find(database).rollback(transactions.get(database)!);
      transactions.delete(database);
      await rolledBack;
      return null;
    }
    case 'close': {
      const closing = find(fields.database);
      databases.delete(fields.database);
      transactions.delete(fields.database);
      await closing.close();
      return null;
    }
    case 'export': {
      const connection = await worker.connect(options.signal);
      const { stream, bytes } = await connection.request(method, fields, options);
      return { stream: keepTransfer({ connection, stream }), bytes };
    }
    case 'import': {
      const connection = await worker.connect(options.signal);
      return keepTransfer({ connection, stream: await connection.request(method, fields, options) });
    }
    case 'finishImport': {
      const { connection, stream } = findTransfer(fields.stream);
      await connection.request(method, { stream, checkIntegrity: fields.checkIntegrity }, options);
      transfers.delete(fields.stream);
      return null;
    }
    case 'closeTransfer': {
      const { connection, stream } = findTransfer(fields.stream);
      transfers.delete(fields.stream);
      await connection.request(method, { stream }, options);
      return null;
    }
    default:
      return await worker.request(method, fields as Fields<Method>, options);
  }
}

/** An export or import as one worker has it. */
interface Transfer {
  connection: WorkerConnection;
  stream: number;
}

function keepTransfer(transfer: Transfer): number {
  transfers.set(++lastTransfer, transfer);
  return lastTransfer;
}

function findTransfer(stream: number): Transfer {
  const found = transfers.get(stream);
  if (!found) throw closedError('The export or import has ended.');
  return found;
}

/** The fields of a request; those that are read here have names. */
interface RequestFields {
  database: number;
  name: string;
  setup?: string;
  deferred?: boolean;
  waitMs?: number;
  stream: number;
  checkIntegrity: boolean;
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

function shapeOf(error: unknown): ErrorShape {
  if (error instanceof IsarStorageError) {
    const { kind, code, extendedCode, message } = error;
    return { kind, code, extendedCode, message };
  }
  if (error instanceof DOMException && error.name === 'AbortError')
    return { kind: 'cancelled', code: SQLITE_INTERRUPT, extendedCode: SQLITE_INTERRUPT, message: 'The request was cancelled.' };
  return { kind: 'internal', code: 0, extendedCode: 0, message: String(error) };
}
