import { BlockWriter } from '../../Protocol/blockWriter';
import type { RowBatch } from '../../Protocol/protocol';
import { SqliteFailure } from '../Engine/codes';
import { SQLITE_TOOBIG } from '../../Protocol/resultCodes';

/** Where the number of rows stands in a batch; it is written last. */
const ROWS_AT = 4;

/** The largest batch that is copied to the page; handing over a buffer of its own costs more than such a copy. */
export const LARGEST_COPY = 4096;

/** Where every batch begins. One that outgrows it goes on in a buffer of its own. Only one is written at a time. */
const scratch = new ArrayBuffer(LARGEST_COPY);

/** Writes row batches, one after another; their format is described in protocol.ts. */
export class BatchWriter extends BlockWriter {
  #rows = 0;
  #batchAt = -1;

  /** @param buffer is used first; its content is overwritten. */
  constructor(buffer = scratch) {
    super(buffer);
  }

  /** Starts a batch with its columns' names, each as UTF-8. */
  writeHeader(names: readonly Uint8Array[]): void {
    this.#endBatch();
    this.#batchAt = this.length;
    this.writeCount(names.length);
    this.writeCount(0);
    this.#writeTexts(names);
  }

  /** Writes what stands before a batch in the results of `run`: the declared types of its columns, each as UTF-8. */
  writeTypes(types: readonly Uint8Array[]): void {
    this.writeCount(types.length);
    this.#writeTexts(types);
  }

  /** Counts a row; its values follow. */
  startRow(): void {
    this.#rows++;
  }

  /** Returns the batch; the writer cannot be used afterwards. */
  finish(): RowBatch {
    this.#endBatch();
    const { buffer, length } = this;
    return { bytes: buffer === scratch ? buffer.slice(0, length) : buffer, length };
  }

  protected override tooBig(bytes: number): Error {
    return new SqliteFailure(SQLITE_TOOBIG, `The rows take more than ${bytes} bytes, for which there is no memory.`);
  }

  #endBatch(): void {
    if (this.#batchAt >= 0) this.setCount(this.#batchAt + ROWS_AT, this.#rows);
    this.#rows = 0;
  }

  #writeTexts(texts: readonly Uint8Array[]): void {
    for (const text of texts) this.writeBlock(text);
  }
}
