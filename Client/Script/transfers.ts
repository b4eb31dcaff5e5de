import { callBack, type CallOptions } from './calls';
import type { WorkerConnection } from './workerConnection';
import { usageError } from '../../Protocol/errors';

/** What a database can be imported from. A `File` is a `Blob`. Blobs and streams are read part by part. */
export type ImportSource = ReadableStream<Uint8Array> | Blob | ArrayBuffer | Uint8Array;

/** Settings of an import. */
export interface ImportOptions extends CallOptions {
  /**
   * `false` leaves SQLite's check out, and imports also what it cannot check, such as a schema whose functions the worker does not register. A
   * damaged file then becomes a damaged database. The default is `true`.
   */
  checkIntegrity?: boolean;
}

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
   * The file; the worker is one part ahead of the reader. A stream that is not read for five minutes ends with an error of kind `closed`;
   * `cancel()` ends it at once. Until it ends, its copy takes space in the storage.
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

  /** Reads the whole file and gives it a name; the default is the last part of the database's name. */
  async file(name = this.name.slice(this.name.lastIndexOf('/') + 1)): Promise<File> {
    return new File([await this.blob()], name, { type: MEDIA_TYPE });
  }
}

/** Makes a copy of a database within its storage, and a stream that reads it. */
export async function exportDatabase(connection: WorkerConnection, name: string, options: CallOptions = {}): Promise<DatabaseExport> {
  const { onProgress, signal } = options;
  const { stream, bytes } = await connection.request('export', { name }, options);
  let completed = 0;
  let spare: ArrayBuffer | undefined;
  let stop: (() => void) | undefined;
  const end = () => {
    signal?.removeEventListener('abort', stop!);
    return close(connection, stream);
  };
  return new DatabaseExport(
    name,
    bytes,
    new ReadableStream({
      start(controller) {
        callBack(onProgress, { stage: 'exporting', completed, total: bytes });
        stop = () => {
          controller.error(signal!.reason);
          void end();
        };
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop);
      },
      async pull(controller) {
        const chunk = await connection.request('pull', { stream, ...(spare && { buffer: spare }) }, { transfer: spare ? [spare] : [] });
        spare = chunk.bytes;
        if (signal?.aborted) return;
        // A copy, because the reader may keep it, and browsers are slow to collect what came from another thread.
        controller.enqueue(new Uint8Array(chunk.bytes.slice(0, chunk.length)));
        completed += chunk.length;
        callBack(onProgress, { stage: 'exporting', completed, total: bytes });
        if (chunk.done) {
          signal?.removeEventListener('abort', stop!);
          controller.close();
        }
      },
      cancel: end,
    }),
  );
}

/** Sends a file to the worker, which checks it and replaces the database by it. */
export async function importDatabase(connection: WorkerConnection, name: string, source: ImportSource, options: ImportOptions = {}): Promise<void> {
  const { onProgress, signal, checkIntegrity = true } = options;
  const size = sizeOf(source);
  signal?.throwIfAborted();
  const stream = await connection.request('import', { name, ...(size !== undefined && { bytes: size }) }, { signal });
  let completed = 0;
  let pushing = Promise.resolve();
  const spares: ArrayBuffer[] = [];
  const push = async (part: Uint8Array<ArrayBuffer>) => {
    const { length } = part;
    const { total, bytes } = await connection.request('push', { stream, bytes: part }, { transfer: [part.buffer] });
    spares.push(bytes);
    completed += length;
    callBack(onProgress, { stage: 'importing', completed, total });
  };
  try {
    for await (const part of collect(piecesOf(source, signal), () => new Uint8Array(spares.pop() ?? new ArrayBuffer(CHUNK_LENGTH)))) {
      await pushing;
      signal?.throwIfAborted();
      pushing = push(part);
      // Awaited only with the next part; until then a failure must not count as unhandled.
      pushing.catch(() => {});
    }
    await pushing;
    await connection.request('finishImport', { stream, checkIntegrity }, options);
  } catch (error) {
    await close(connection, stream);
    throw error;
  }
}

/** Closes a stream. A failure does not matter: it is that of a dead worker, whose streams have ended. */
async function close(connection: WorkerConnection, stream: number): Promise<void> {
  await connection.request('closeTransfer', { stream }).catch(() => {});
}

function sizeOf(source: ImportSource): number | undefined {
  if (source instanceof Blob) return source.size;
  if (source instanceof ReadableStream) return undefined;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return source.byteLength;
  throw usageError('A database is imported from a ReadableStream of bytes, a Blob, a File, an ArrayBuffer or a Uint8Array.');
}

/** Gives the bytes of a source, in pieces of any length. A stream is cancelled when it is not read to its end. */
async function* piecesOf(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) {
    yield source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    return;
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = (source instanceof Blob ? source.stream() : source).getReader();
  const cancel = (reason?: unknown) => reader.cancel(reason).catch(() => {});
  const stop = () => void cancel(signal!.reason);
  signal?.addEventListener('abort', stop);
  let complete = false;
  try {
    // The signal may have been aborted before the listener was added.
    signal?.throwIfAborted();
    for (;;) {
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) break;
      if (!(value instanceof Uint8Array)) throw usageError('The stream that a database is imported from must give Uint8Arrays.');
      yield value;
    }
    complete = true;
  } finally {
    signal?.removeEventListener('abort', stop);
    if (!complete) await cancel();
    reader.releaseLock();
  }
}

/** Joins and cuts pieces to parts that can be transferred: never the caller's own buffers, which would be taken from the page. */
async function* collect(pieces: AsyncIterable<Uint8Array>, allocate: () => Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let part: Uint8Array<ArrayBuffer> | undefined;
  let length = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      part ??= allocate();
      const count = Math.min(piece.length - at, part.length - length);
      part.set(piece.subarray(at, at + count), length);
      at += count;
      length += count;
      if (length === part.length) {
        yield part;
        part = undefined;
        length = 0;
      }
    }
  }
  if (part) yield part.subarray(0, length);
}
