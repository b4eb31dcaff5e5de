import { tooBigError } from './errors';
import { Tag } from './protocol';

const INITIAL_SIZE = 4096;

/** Up to this length a loop copies faster than a call. */
const SHORT_COPY = 32;

const encoder = new TextEncoder();

/** Writes values into a block of bytes that grows; protocol.ts describes them. */
export class BlockWriter {
  #buffer: ArrayBuffer;
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

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

  /** Where the block is written; another one after it has grown. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Writes a count, or the length of what follows. */
  writeCount(count: number): void {
    this.setCount(this.reserve(4), count);
  }

  /** Writes a count where room was made for it. */
  setCount(at: number, count: number): void {
    this.#view.setUint32(at, count, true);
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

  /**
   * Writes a text.
   * @param utf8Length its length as UTF-8.
   */
  writeText(text: string, utf8Length: number): void {
    this.#startValue(Tag.text, 0);
    this.writeCount(utf8Length);
    const at = this.reserve(utf8Length);
    if (utf8Length === text.length && utf8Length <= SHORT_COPY) {
      for (let i = 0; i < utf8Length; i++) this.#bytes[at + i] = text.charCodeAt(i);
    } else {
      encoder.encodeInto(text, this.#bytes.subarray(at, at + utf8Length));
    }
  }

  /** Writes the `length` bytes at `start` of `source` as a text or a blob. */
  writeBytes(tag: typeof Tag.text | typeof Tag.blob, source: Uint8Array, start: number, length: number): void {
    this.#startValue(tag, 0);
    this.writeBlock(source, start, length);
  }

  /** Writes bytes with their length before them. */
  writeBlock(source: Uint8Array, start = 0, length = source.length): void {
    const at = this.reserve(4 + length);
    this.#view.setUint32(at, length, true);
    if (length > SHORT_COPY) {
      this.#bytes.set(source.subarray(start, start + length), at + 4);
    } else {
      for (let i = 0; i < length; i++) this.#bytes[at + 4 + i] = source[start + i]!;
    }
  }

  /** Makes room. The buffer may have moved afterwards. */
  protected reserve(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#buffer.byteLength) this.#grow();
    return at;
  }

  /** The error of bytes for which there is no memory. */
  protected tooBig(bytes: number): Error {
    return tooBigError(`The parameters take more than ${bytes} bytes, for which there is no memory.`);
  }

  /** Writes a tag and makes room behind it. */
  #startValue(tag: number, size: number): number {
    const at = this.reserve(1 + size);
    this.#bytes[at] = tag;
    return at + 1;
  }

  #grow(): void {
    try {
      this.#buffer = new ArrayBuffer(Math.max(this.#length, this.#buffer.byteLength * 2));
    } catch {
      throw this.tooBig(this.#bytes.length);
    }
    const old = this.#bytes;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#bytes.set(old);
    this.#view = new DataView(this.#buffer);
  }
}
