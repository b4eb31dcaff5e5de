import { tooBigError } from './errors';
import { type RowBatch, Tag, type WireValue } from './protocol';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Turns a row batch into one object per row, by column name. */
export function decodeRows(batch: RowBatch): Record<string, WireValue>[] {
  const reader = new BatchReader(batch);
  return Array.from({ length: reader.count }, () => reader.readObject());
}

/** Reads the rows of a batch, one after another. */
export class BatchReader {
  /** The names of the columns. */
  readonly columns: string[];
  /** How many rows there are. */
  readonly count: number;

  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(batch: RowBatch) {
    this.#bytes = new Uint8Array(batch.bytes, 0, batch.length);
    this.#view = new DataView(batch.bytes, 0, batch.length);
    const columns = this.#readLength();
    this.count = this.#readLength();
    this.columns = Array.from({ length: columns }, () => this.#readText());
  }

  /** How many bytes were read. */
  get position(): number {
    return this.#at;
  }

  /** Reads the next row as an object by column name. */
  readObject(): Record<string, WireValue> {
    const row: Record<string, WireValue> = {};
    for (let i = 0; i < this.columns.length; i++) row[this.columns[i]!] = this.#readValue();
    return row;
  }

  /** Reads the next row as an array in the order of the columns. */
  readArray(): WireValue[] {
    const row = new Array<WireValue>(this.columns.length);
    for (let i = 0; i < row.length; i++) row[i] = this.#readValue();
    return row;
  }

  #readValue(): WireValue {
    const tag = this.#bytes[this.#at++];
    switch (tag) {
      case Tag.null:
        return null;
      case Tag.int32:
        return this.#view.getInt32(this.#advance(4), true);
      case Tag.int64:
        return this.#readInt64();
      case Tag.float64:
        return this.#view.getFloat64(this.#advance(8), true);
      case Tag.text:
        return this.#readText();
      case Tag.blob:
        return this.#readBlob();
      default:
        throw new RangeError(`The row batch is damaged: tag ${tag} at ${this.#at - 1}.`);
    }
  }

  #readInt64(): number | bigint {
    const at = this.#advance(8);
    const near = this.#view.getInt32(at + 4, true) * 0x1_0000_0000 + this.#view.getUint32(at, true);
    return Number.isSafeInteger(near) ? near : this.#view.getBigInt64(at, true);
  }

  #readText(): string {
    const length = this.#readLength();
    const start = this.#advance(length);
    try {
      return decoder.decode(this.#bytes.subarray(start, start + length));
    } catch (cause) {
      throw tooBigError(`A text of ${length} bytes is longer than a string can be here; read it in parts, or as a blob.`, { cause });
    }
  }

  #readBlob(): Uint8Array {
    const length = this.#readLength();
    const start = this.#advance(length);
    try {
      return this.#bytes.slice(start, start + length);
    } catch (cause) {
      throw tooBigError(`A blob of ${length} bytes is more than the page has memory for; read it in parts.`, { cause });
    }
  }

  #readLength(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
