import { timeoutError } from '../../Protocol/errors';
import type { StreamBatch } from '../../Protocol/protocol';
import { readEach } from './rows';

/** Where the rows of a stream come from after the first ones. */
export interface BatchSource {
  /**
   * @param buffer is transferred; the next rows are written into it.
   * @param signal absent means that of the stream.
   */
  next: (buffer: ArrayBuffer, signal?: AbortSignal) => Promise<StreamBatch>;
  close: () => Promise<void>;
}

/** The beginning of a stream: its first rows, and the source of the others. */
export interface BatchStart {
  first: StreamBatch;
  source: BatchSource;
}

/**
 * The rows of a query, one after another. While the reader has the rows of one batch, only the next batch is read: the page holds two
 * batches, no matter how slow the reader is.
 * @param open begins it; called when the first row is wanted.
 * @param asArrays whether each row is an array with its columns.
 * @param limitMs how long it waits for the reader. While it waits, no other tab can have the database.
 */
export async function* streamRows<T>(open: () => Promise<BatchStart>, asArrays: boolean, limitMs: number): AsyncGenerator<T, void, void> {
  const { first, source } = await open();
  const reader = new PatientReader(limitMs, () => source.close());
  if (first.stream === 0) reader.end();
  try {
    for (let batch = first; ; ) {
      const rows = readEach(batch, asArrays);
      const next = batch.stream === 0 ? undefined : ahead(source.next(batch.bytes));
      for (const row of rows) {
        reader.wait();
        yield row as T;
        reader.go();
      }
      if (!next) return;
      batch = await next;
      if (batch.stream === 0) reader.end();
    }
  } finally {
    await reader.close();
  }
}

/** Keeps a failure from counting as unhandled before the promise is awaited. */
function ahead<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Closes a stream when its reader takes no row for too long. */
class PatientReader {
  readonly #limitMs: number;
  readonly #onClose: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitsSince: number | undefined;
  #closing: Promise<void> | undefined;
  #isOver = false;

  constructor(limitMs: number, onClose: () => Promise<void>) {
    this.#limitMs = limitMs;
    this.#onClose = onClose;
    this.#watch(limitMs);
  }

  /** The reader has a row. */
  wait(): void {
    this.#waitsSince = performance.now();
  }

  /** The reader wants the next row. */
  go(): void {
    this.#waitsSince = undefined;
    if (this.#isOver) throw timeoutError(`The stream was closed because no row was read for ${this.#limitMs} ms; see the option streamLimitMs.`);
  }

  /** The worker has ended the stream, so nothing needs to be closed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#closing ??= Promise.resolve();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await (this.#closing ??= this.#onClose());
  }

  #watch(ms: number): void {
    this.#timer = setTimeout(() => {
      const waited = this.#waitsSince === undefined ? 0 : performance.now() - this.#waitsSince;
      if (waited < this.#limitMs) {
        this.#watch(this.#limitMs - waited);
        return;
      }
      this.#isOver = true;
      // This can fail only because the worker has died, which ends the stream too.
      this.close().catch(() => {});
    }, ms);
  }
}
