import { timeoutError } from '../../Protocol/errors';
import type { StreamBatch } from '../../Protocol/protocol';
import { decodeRows } from '../../Protocol/rowReader';
import type { Row } from './values';

/** Where the rows of a stream come from after the first ones. */
export interface BatchSource {
  /** @param buffer is taken over, for the rows that come. */
  next: (buffer: ArrayBuffer) => Promise<StreamBatch>;
  close: () => Promise<void>;
}

/** What a stream begins with. */
export interface BatchStart {
  first: StreamBatch;
  source: BatchSource;
}

/**
 * The rows of a query, one after another. While the reader has those of one batch, the next batch is read, and no further: the page holds
 * two batches, no matter how slow the reader is.
 * @param open begins it; called when the first row is wanted.
 * @param limitMs how long it waits for the reader. While it waits nobody else can have the database.
 */
export async function* streamRows<T>(open: () => Promise<BatchStart>, limitMs: number): AsyncGenerator<T, void, void> {
  const { first, source } = await open();
  const reader = new PatientReader(limitMs, () => source.close());
  if (first.stream === 0) reader.end();
  try {
    for (let batch = first; ; ) {
      const rows = decodeRows(batch);
      const next = batch.stream === 0 ? undefined : ahead(source.next(batch.bytes));
      for (const row of rows) {
        reader.wait();
        yield row as Row as T;
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

/** Its failure is met where it is awaited, if it ever is. */
function ahead<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Ends a stream that nobody reads any more. */
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

  /** Nothing is left that could wait. */
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
      // A failure is that of a worker that has died, and its end ends the stream too.
      this.close().catch(() => {});
    }, ms);
  }
}
