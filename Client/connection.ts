import { closedError, IsarStorageError, workerError } from './errors.js';
import {
  type Fields, type Method, NO_REQUEST, PROTOCOL_VERSION, type Response, type Result, type StartOptions, versionError,
} from './protocol.js';

/** The messages between this page and one worker. Once the worker is dead or stopped, every call fails with the reason. */
export class WorkerConnection {
  readonly #worker: Worker;
  readonly #url: string;
  readonly #pending = new Map<number, (response: Response) => void>();
  readonly #onEnd: (error: IsarStorageError) => void;
  #lastId = NO_REQUEST;
  #end: IsarStorageError | undefined;

  private constructor(worker: Worker, url: string, onEnd: (error: IsarStorageError) => void) {
    this.#worker = worker;
    this.#url = url;
    this.#onEnd = onEnd;
    worker.addEventListener('message', event => this.#receive(event.data));
    worker.addEventListener('messageerror', () => this.#die(workerError(`A message of the worker ${url} could not be read.`)));
    worker.addEventListener('error', event => this.#die(workerError(describeFailure(url, event))));
  }

  /** Starts a worker and waits until it is ready. `onEnd` is called once, when the worker dies or is stopped. */
  static async start(url: string, options: StartOptions, onEnd: (error: IsarStorageError) => void): Promise<WorkerConnection> {
    const connection = new WorkerConnection(createWorker(url), url, onEnd);
    try {
      await connection.request('hello', { protocol: PROTOCOL_VERSION, options });
    } catch (error) {
      connection.stop();
      throw error;
    }
    return connection;
  }

  /** Sends a request and waits for its answer. The message is posted before this returns. */
  async request<M extends Method>(method: M, fields: Fields<M>, transfer: Transferable[] = []): Promise<Result<M>> {
    if (this.#end)
      throw this.#end;
    const id = ++this.#lastId;
    this.#worker.postMessage({ ...fields, id, method }, transfer);
    const response = await new Promise<Response>(resolve => this.#pending.set(id, resolve));
    if (method === 'hello')
      this.#checkVersion(response);
    // Thrown here rather than where the message arrives, so that the stack shows the caller.
    if ('error' in response)
      throw new IsarStorageError(response.error);
    return response.result as Result<M>;
  }

  stop(): void {
    this.#die(closedError('The storage was stopped.'));
  }

  #receive(response: Response): void {
    if (response?.id === NO_REQUEST && 'error' in response) {
      this.#die(new IsarStorageError(response.error));
      return;
    }
    const resolve = this.#pending.get(response?.id);
    if (!resolve) {
      this.#die(workerError(`The worker ${this.#url} sent something that is no answer; is it the worker of Isar.Storage?`));
      return;
    }
    this.#pending.delete(response.id);
    resolve(response);
  }

  #checkVersion(response: Response): void {
    const mismatch = versionError(PROTOCOL_VERSION, response.protocol);
    if (mismatch)
      throw new IsarStorageError(mismatch);
  }

  #die(error: IsarStorageError): void {
    if (this.#end)
      return;
    this.#end = error;
    this.#worker.terminate();
    const { kind, code, extendedCode, message } = error;
    for (const [id, resolve] of this.#pending)
      resolve({ id, protocol: PROTOCOL_VERSION, error: { kind, code, extendedCode, message } });
    this.#pending.clear();
    this.#onEnd(error);
  }
}

function createWorker(url: string): Worker {
  try {
    return new Worker(url, { type: 'module', name: 'isar-storage' });
  } catch (error) {
    throw workerError(`The worker ${url} could not be started: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** A script that cannot be loaded gives an event without any detail; an exception inside the worker one with a message. */
function describeFailure(url: string, event: ErrorEvent): string {
  return event.message
    ? `The worker failed: ${event.message} (${event.filename}:${event.lineno})`
    : `The worker script ${url} could not be loaded: it is missing, not served as JavaScript, or blocked by the page's `
      + 'Content Security Policy. The address can be set with the option workerUrl.';
}
