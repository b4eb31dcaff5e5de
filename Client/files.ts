import { callBack, type CallOptions } from './calls.js';
import type { WorkerConnection } from './connection.js';
import { usageError } from './errors.js';

/** What a database can be imported from. A `File` is a `Blob`. Blobs and streams are read part by part. */
export type ImportSource = ReadableStream<Uint8Array> | Blob | ArrayBuffer | Uint8Array;

/** How much of a file travels at a time. */
const CHUNK_LENGTH = 512 * 1024;

/** The type of a database file: https://www.iana.org/assignments/media-types/application/vnd.sqlite3 */
const MEDIA_TYPE = 'application/vnd.sqlite3';

/** A database as one file, as it was at the moment of the export. It is read once. */
export class DatabaseExport {
  /** The database's name. */
  readonly name: string;

  /** The length of the file in bytes. */
  readonly size: number;

  /**
   * The file. It is read as fast as its reader reads, one part ahead. A stream that nobody reads for five minutes ends with an error of kind
   * `closed`; `cancel()` ends it at once. Until then its copy takes space in the storage.
   */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;

  /** @internal */
  constructor(name: string, size: number, stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.name = name;
    this.size = size;
    this.stream = stream;
  }

  /** Reads the whole file, for a download or an upload. A browser keeps large blobs on disk where it can. */
  async blob(): Promise<Blob> {
    return await new Response(this.stream, { headers: { 'Content-Type': MEDIA_TYPE } }).blob();
  }

  /** Reads the whole file and gives it a name; the default is the last part of the database's. */
  async file(name = this.name.slice(this.name.lastIndexOf('/') + 1)): Promise<File> {
    return new File([await this.blob()], name, { type: MEDIA_TYPE });
  }
}

/** Makes a copy of a database within its storage, and a stream that reads it. */
export async function exportDatabase(connection: WorkerConnection, name: string, options: CallOptions = {}): Promise<DatabaseExport> {
  const { onProgress, signal } = options;
  const { stream, bytes } = await connection.request('export', { name }, options);
  let completed = 0;
  let stop: (() => void) | undefined;
  const end = () => {
    signal?.removeEventListener('abort', stop!);
    return close(connection, stream);
  };
  return new DatabaseExport(name, bytes, new ReadableStream({
    start(controller) {
      callBack(onProgress, { stage: 'exporting', completed, total: bytes });
      stop = () => {
        controller.error(signal!.reason);
        void end();
      };
      if (signal?.aborted)
        stop();
      else
        signal?.addEventListener('abort', stop);
    },
    async pull(controller) {
      const chunk = await connection.request('pull', { stream });
      if (signal?.aborted)
        return;
      controller.enqueue(new Uint8Array(chunk.bytes));
      completed += chunk.bytes.byteLength;
      callBack(onProgress, { stage: 'exporting', completed, total: bytes });
      if (chunk.done) {
        signal?.removeEventListener('abort', stop!);
        controller.close();
      }
    },
    cancel: end,
  }));
}

/** Sends a file to the worker, which checks it and replaces the database by it. */
export async function importDatabase(
  connection: WorkerConnection, name: string, source: ImportSource, options: CallOptions = {},
): Promise<void> {
  const { onProgress, signal } = options;
  const size = sizeOf(source);
  signal?.throwIfAborted();
  const stream = await connection.request('import', { name, ...(size !== undefined && { bytes: size }) }, { signal });
  let completed = 0;
  let pushing = Promise.resolve();
  const push = async (bytes: Uint8Array<ArrayBuffer>) => {
    const length = bytes.length;
    const total = await connection.request('push', { stream, bytes }, { transfer: [bytes.buffer] });
    completed += length;
    callBack(onProgress, { stage: 'importing', completed, total });
  };
  try {
    for await (const bytes of partsOf(source, signal)) {
      await pushing;
      signal?.throwIfAborted();
      pushing = push(bytes);
      // Awaited only with the next part; a failure until then is no unhandled one.
      pushing.catch(() => {});
    }
    await pushing;
    await connection.request('finishImport', { stream }, options);
  } catch (error) {
    await close(connection, stream);
    throw error;
  }
}

/** A worker that is dead has closed everything, and whoever uses it hears of it elsewhere. */
async function close(connection: WorkerConnection, stream: number): Promise<void> {
  await connection.request('closeStream', { stream }).catch(() => {});
}

function sizeOf(source: ImportSource): number | undefined {
  if (source instanceof Blob)
    return source.size;
  if (source instanceof ReadableStream)
    return undefined;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array)
    return source.byteLength;
  throw usageError('A database is imported from a ReadableStream of bytes, a Blob, a File, an ArrayBuffer or a Uint8Array.');
}

/** Gives a file in parts that can be transferred: never the caller's own buffers, which would be taken from the page. */
async function* partsOf(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (source instanceof ReadableStream) {
    yield* collect(source, signal);
    return;
  }
  const length = sizeOf(source)!;
  for (let start = 0; start < length; start += CHUNK_LENGTH) {
    const end = Math.min(start + CHUNK_LENGTH, length);
    yield source instanceof Blob ? new Uint8Array(await source.slice(start, end).arrayBuffer())
      : source instanceof ArrayBuffer ? new Uint8Array(source.slice(start, end))
      : new Uint8Array(source.subarray(start, end));
  }
}

/** Joins and cuts what a stream gives to parts of one length. However it ends, the stream is done with. */
async function* collect(source: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = source.getReader();
  const stop = () => void reader.cancel(signal!.reason).catch(() => {});
  signal?.addEventListener('abort', stop);
  let part = new Uint8Array(CHUNK_LENGTH);
  let length = 0;
  let complete = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done)
        break;
      if (!(value instanceof Uint8Array))
        throw usageError('The stream that a database is imported from must give Uint8Arrays.');
      for (let at = 0; at < value.length;) {
        const count = Math.min(value.length - at, CHUNK_LENGTH - length);
        part.set(value.subarray(at, at + count), length);
        at += count;
        length += count;
        if (length === CHUNK_LENGTH) {
          yield part;
          part = new Uint8Array(CHUNK_LENGTH);
          length = 0;
        }
      }
    }
    complete = true;
    if (length > 0)
      yield part.slice(0, length);
  } finally {
    signal?.removeEventListener('abort', stop);
    if (!complete)
      await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}
