import { callBack, type CallOptions, untilAborted } from './calls';
import { closedError, IsarStorageError, usageError, workerError } from '../../Protocol/errors';
import { describePage, watchPage } from './page';
import {
  type ErrorShape,
  type EventMessage,
  type Fields,
  INTERRUPT_WORDS,
  type Method,
  NO_REQUEST,
  PROTOCOL_VERSION,
  type Response,
  type Result,
  type StartOptions,
  versionError,
  type WorkerMessage,
} from '../../Protocol/protocol';
import { SQLITE_INTERRUPT } from '../../Protocol/resultCodes';

/** The number of the first request. */
const HELLO = NO_REQUEST + 1;

/** How long a worker that has not started may take to say why, in milliseconds. */
const EXPLANATION_MS = 1000;

/** How long the start of a worker may take. */
export interface StartLimits {
  startTimeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** An address: a text, a `URL` or a `TrustedScriptURL`. */
export type WorkerUrl = string | { toString(): string; toJSON(): string };

/** The events of a connection. */
export interface ConnectionEvents {
  /** The worker died or was stopped; called once. */
  onEnd: (error: IsarStorageError) => void;
  onEvent: (message: EventMessage) => void;
  /** The page runs again after it may have missed events. */
  onResume: () => void;
}

/** The options of a request. */
export interface RequestOptions<R> extends CallOptions {
  transfer?: Transferable[];
  /** Asked when the signal is aborted: whether nobody need know what becomes of the request, so that it is not waited for. */
  canDrop?: () => boolean;
  /** Called with the result of a request that was dropped. */
  onLate?: (result: R) => void;
}

/** A request that is not answered yet. */
interface Pending extends Pick<CallOptions, 'onProgress'> {
  resolve: (response: Response) => void;
}

/** The messages between this page and one worker. Once the worker is dead or stopped, every call fails with the reason. */
export class WorkerConnection {
  readonly #worker: Worker;
  readonly #url: WorkerUrl;
  readonly #pending = new Map<number, Pending>();
  readonly #events: ConnectionEvents;
  readonly #interrupts = createInterrupts();
  #lastId = NO_REQUEST;
  readonly #ended = new AbortController();
  #end: IsarStorageError | undefined;

  private constructor(worker: Worker, url: WorkerUrl, events: ConnectionEvents) {
    this.#worker = worker;
    this.#url = url;
    this.#events = events;
    worker.addEventListener('message', event => this.#receive(event.data));
    worker.addEventListener('messageerror', () => this.#die(workerError(`A message of the worker ${url} could not be read.`)));
    worker.addEventListener('error', event => this.#die(workerError(describeFailure(url, event))));
  }

  /** Starts a worker and waits until it is ready. */
  static async start(url: WorkerUrl, options: StartOptions, events: ConnectionEvents, limits: StartLimits): Promise<WorkerConnection> {
    const { startTimeoutMs, signal } = limits;
    signal?.throwIfAborted();
    const connection = new WorkerConnection(createWorker(url), url, events);
    let timer = setTimeout(() => {
      // The answer to `hello` then says what the worker waits for. One that waits for its script, or that is none of ours, says nothing.
      connection.request('cancel', { request: HELLO }).catch(() => {});
      timer = setTimeout(() => connection.#die(workerError(describeSilence(url, startTimeoutMs))), EXPLANATION_MS);
    }, startTimeoutMs);
    try {
      const hello = connection.request('hello', {
        protocol: PROTOCOL_VERSION,
        options: { ...options, ...describePage() },
        ...(connection.#interrupts && { interrupts: connection.#interrupts }),
      });
      await untilAborted(hello, signal);
      // These answers are not awaited. They fail only when the worker is dead, which `onEnd` tells.
      watchPage(
        {
          onPause: () => void connection.request('yield', {}).catch(() => {}),
          onResume: () => events.onResume(),
          onVisibility: hidden => void connection.request('setHidden', { hidden }).catch(() => {}),
        },
        connection.#ended.signal,
      );
    } catch (error) {
      connection.#die(error instanceof IsarStorageError ? error : stoppedError());
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return connection;
  }

  /** Why it has ended, or `undefined` while the worker lives. */
  get end(): IsarStorageError | undefined {
    return this.#end;
  }

  /** Sends a request and waits for its answer. The message is posted before this returns. */
  async request<M extends Method>(method: M, fields: Fields<M>, options: RequestOptions<Result<M>> = {}): Promise<Result<M>> {
    const { transfer = [], onProgress, signal } = options;
    signal?.throwIfAborted();
    if (this.#end) throw this.#end;
    const id = ++this.#lastId;
    this.#post({ ...fields, id, method }, transfer);
    const answer = new Promise<Response>(resolve => this.#pending.set(id, { resolve, onProgress }));
    const response = await (signal ? this.#cancelOnAbort(id, answer, signal, options) : answer);
    if (method === 'hello') this.#checkVersion(response);
    // Thrown here rather than where the message arrives, so that the stack shows the caller.
    if ('error' in response) throw signal?.aborted && isCancelled(response.error) ? signal.reason : new IsarStorageError(response.error);
    return response.result as Result<M>;
  }

  /** Posts a message. One that cannot be copied, such as bytes whose buffer was transferred, is the caller's error. */
  #post(message: object, transfer: Transferable[]): void {
    try {
      this.#worker.postMessage(message, transfer);
    } catch (error) {
      if (error instanceof DOMException) throw usageError(`The request cannot be sent to the worker: ${error.message}`, { cause: error });
      throw error;
    }
  }

  stop(): void {
    this.#die(stoppedError());
  }

  #cancelOnAbort<R>(id: number, answer: Promise<Response>, signal: AbortSignal, { canDrop, onLate }: RequestOptions<R>): Promise<Response> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        if (this.#interrupts) Atomics.store(this.#interrupts, id % INTERRUPT_WORDS, id);
        // The answer to the request itself shows what came of it.
        this.request('cancel', { request: id }).catch(() => {});
        if (!canDrop?.()) return;
        reject(signal.reason);
        void answer.then(response => 'result' in response && onLate?.(response.result as R));
      };
      signal.addEventListener('abort', cancel, { once: true });
      void answer.then(response => {
        signal.removeEventListener('abort', cancel);
        resolve(response);
      });
    });
  }

  #receive(message: WorkerMessage): void {
    const pending = this.#pending.get(message?.id);
    if (pending && 'progress' in message) callBack(pending.onProgress, message.progress);
    else if (pending && ('result' in message || 'error' in message)) this.#settle(message, pending);
    else if (message?.id === NO_REQUEST && 'event' in message) this.#events.onEvent(message);
    else if (message?.id === NO_REQUEST && 'error' in message) this.#die(new IsarStorageError(message.error));
    else this.#die(workerError(`The worker ${this.#url} sent something that is no answer; is it the worker of Isar.Storage?`));
  }

  #settle(response: Response, { resolve }: Pending): void {
    this.#pending.delete(response.id);
    resolve(response);
  }

  #checkVersion(response: Response): void {
    const mismatch = versionError(PROTOCOL_VERSION, response.protocol);
    if (mismatch) throw new IsarStorageError(mismatch);
  }

  #die(error: IsarStorageError): void {
    if (this.#end) return;
    this.#end = error;
    this.#ended.abort();
    this.#worker.terminate();
    const { kind, code, extendedCode, message } = error;
    for (const [id, { resolve }] of this.#pending) resolve({ id, protocol: PROTOCOL_VERSION, error: { kind, code, extendedCode, message } });
    this.#pending.clear();
    this.#events.onEnd(error);
  }
}

/** What every call hears after the page has ended the worker. */
export function stoppedError(): IsarStorageError {
  return closedError('The storage was stopped.');
}

function createInterrupts(): Int32Array | undefined {
  return globalThis.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(INTERRUPT_WORDS * Int32Array.BYTES_PER_ELEMENT)) : undefined;
}

function isCancelled({ kind, code }: ErrorShape): boolean {
  return kind === 'cancelled' || (kind === 'sqlite' && code === SQLITE_INTERRUPT);
}

/** Gives the address to the browser as it is: a text of it would not be trusted where Trusted Types are enforced. */
function createWorker(url: WorkerUrl): Worker {
  try {
    return new Worker(url as string | URL, { type: 'module', name: 'isar-storage' });
  } catch (error) {
    throw workerError(`The worker ${url} could not be started: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function describeSilence(url: WorkerUrl, milliseconds: number): string {
  return (
    `The worker ${url} has said nothing in ${milliseconds} ms; see the option startTimeoutMs. ` +
    'The server has not sent all of its script, or it is not the worker of Isar.Storage.'
  );
}

/** A script that cannot be loaded gives an event without any detail; an exception inside the worker one with a message. */
function describeFailure(url: WorkerUrl, event: ErrorEvent): string {
  return event.message
    ? `The worker failed: ${event.message} (${event.filename}:${event.lineno})`
    : `The worker script ${url} could not be loaded: it is missing, not served as JavaScript, or blocked by the page's ` +
        'Content Security Policy. The address can be set with the option workerUrl.';
}
