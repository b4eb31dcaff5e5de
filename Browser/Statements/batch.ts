import { type RowBatch, Tag } from '../../Protocol/protocol';
import { SqliteFailure } from '../Engine/codes';
import { SQLITE_TOOBIG } from '../../Protocol/resultCodes';

const INITIAL_SIZE = 4096;

/** Up to this length a loop copies faster than making a view for `set`. */
const SHORT_COPY = 32;

/** Where the number of rows stands in a batch; it is written last. */
const ROWS_AT = 4;

/** Writes row batches, one after another; their format is described in protocol.ts. */
export class BatchWriter {
  #buffer: ArrayBuffer;
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #rows = 0;
  #batchAt = -1;

  /** @param buffer is used first; its content is overwritten. */
  constructor(buffer = new ArrayBuffer(INITIAL_SIZE)) {
    this.#buffer = buffer;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#length;
  }

  /** Starts a batch with its columns' names, each as UTF-8. */
  writeHeader(names: readonly Uint8Array[]): void {
    this.#endBatch();
    this.#batchAt = this.#reserve(ROWS_AT + 4);
    this.#view.setUint32(this.#batchAt, names.length, true);
    this.#writeTexts(names);
  }

  /** Writes what stands before a batch in the results of `run`: the declared types of its columns, each as UTF-8. */
  writeTypes(types: readonly Uint8Array[]): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, types.length, true);
    this.#writeTexts(types);
  }

  /** Counts a row; its values follow. */
  startRow(): void {
    this.#rows++;
  }

  writeNull(): void {
    this.#startValue(Tag.null, 0);
  }

  /** Writes a whole number that is exact as a double. */
  writeInteger(value: number): void {
    if (value === (value | 0)) {
      const at = this.#startValue(Tag.int32, 4);
      this.#view.setInt32(at, value, true);
    } else {
      const at = this.#startValue(Tag.int64, 8);
      this.#view.setUint32(at, value >>> 0, true);
      this.#view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
    }
  }

  writeInt64(value: bigint): void {
    const at = this.#startValue(Tag.int64, 8);
    this.#view.setBigInt64(at, value, true);
  }

  writeFloat64(value: number): void {
    const at = this.#startValue(Tag.float64, 8);
    this.#view.setFloat64(at, value, true);
  }

  /** Writes the `length` bytes at `start` of `source` as a text or a blob. */
  writeBytes(tag: typeof Tag.text | typeof Tag.blob, source: Uint8Array, start: number, length: number): void {
    this.#startValue(tag, 0);
    this.#writeBlock(source, start, length);
  }

  /** Returns the batch; the writer cannot be used afterwards. */
  finish(): RowBatch {
    this.#endBatch();
    return { bytes: this.#buffer, length: this.#length };
  }

  #endBatch(): void {
    if (this.#batchAt >= 0) this.#view.setUint32(this.#batchAt + ROWS_AT, this.#rows, true);
    this.#rows = 0;
  }

  #writeTexts(texts: readonly Uint8Array[]): void {
    for (const text of texts) this.#writeBlock(text, 0, text.length);
  }

  #writeBlock(source: Uint8Array, start: number, length: number): void {
    const at = this.#reserve(4 + length);
    this.#view.setUint32(at, length, true);
    if (length > SHORT_COPY) {
      this.#bytes.set(source.subarray(start, start + length), at + 4);
    } else {
      for (let i = 0; i < length; i++) this.#bytes[at + 4 + i] = source[start + i]!;
    }
  }

  /** Writes a tag and makes room behind it. The buffer may have moved afterwards. */
  #startValue(tag: number, size: number): number {
    const at = this.#reserve(1 + size);
    this.#bytes[at] = tag;
    return at + 1;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#buffer.byteLength) this.#grow();
    return at;
  }

  #grow(): void {
    try {
      this.#buffer = new ArrayBuffer(Math.max(this.#length, this.#buffer.byteLength * 2));
    } catch {
      throw new SqliteFailure(SQLITE_TOOBIG, `The rows take more than ${this.#bytes.length} bytes, for which there is no memory.`);
    }
    const old = this.#bytes;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#bytes.set(old);
    this.#view = new DataView(this.#buffer);
  }
}
