import { Tag, type WireParameters, type WireValue } from '../../Protocol/protocol';
import { misuse } from '../Engine/codes';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A real number. A `number` alone does not say whether 1 is an integer or a real. */
export class PackedReal {
  constructor(readonly value: number) {}
}

/** A text as UTF-8, which is copied to SQLite as it is. */
export class PackedText {
  constructor(readonly utf8: Uint8Array) {}
}

/** A value that a statement takes, as JavaScript has it or as it came in a block. */
export type Value = WireValue | PackedReal | PackedText;

/** The parameters that statements take. */
export type Parameters = WireParameters | PackedParameters;

/** The parameters of a run, read from a block. */
export class PackedParameters {
  readonly #byName = new Map<string, Value>();

  /**
   * @param names all empty, or none.
   * @param areForOne whether all of them are for one statement; else each of several takes those that it names.
   */
  constructor(
    readonly values: readonly Value[],
    names: readonly string[],
    readonly areForOne: boolean,
  ) {
    const unnamed = names.filter(name => name === '').length;
    if (unnamed !== 0 && unnamed !== names.length) throw misuse('Some of the values have names and some have none: name all of them or none.');
    if (unnamed !== 0) return;
    for (let i = 0; i < names.length; i++) this.#byName.set(names[i]!, values[i]!);
    if (this.#byName.size !== names.length) throw misuse('Two of the values have one name.');
  }

  /** Whether there are values and they have no names. */
  get byPosition(): boolean {
    return this.values.length > 0 && this.#byName.size === 0;
  }

  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  get(name: string): Value | undefined {
    return this.#byName.get(name);
  }
}

/** Reads the parameters of `run` from their block. */
export function unpackParameters(block: Uint8Array): PackedParameters {
  const reader = new BlockReader(block);
  const parameters = reader.readParameters(false);
  if (!reader.isAtEnd) throw misuse('The block of parameters is damaged: it is longer than its parameters.');
  return parameters;
}

/** Reads the parameters of many runs from their blocks. */
export function* unpackRows(blocks: readonly Uint8Array[]): Generator<PackedParameters, void, void> {
  for (const block of blocks) {
    const reader = new BlockReader(block);
    while (!reader.isAtEnd) yield reader.readParameters(true);
  }
}

class BlockReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  readParameters(areForOne: boolean): PackedParameters {
    const count = this.#readLength();
    const names: string[] = [];
    const values: Value[] = [];
    for (let i = 0; i < count; i++) {
      const name = this.#readBytes();
      names.push(name.length === 0 ? '' : decoder.decode(name));
      values.push(this.#readValue());
    }
    return new PackedParameters(values, names, areForOne);
  }

  #readLength(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  #readBytes(): Uint8Array {
    const length = this.#readLength();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #readValue(): Value {
    const tag = this.#view.getUint8(this.#advance(1));
    switch (tag) {
      case Tag.null:
        return null;
      case Tag.int32:
        return this.#view.getInt32(this.#advance(4), true);
      case Tag.int64:
        return this.#view.getBigInt64(this.#advance(8), true);
      case Tag.float64:
        return new PackedReal(this.#view.getFloat64(this.#advance(8), true));
      case Tag.text:
        return new PackedText(this.#readBytes());
      case Tag.blob:
        return this.#readBytes();
      default:
        throw misuse(`The block of parameters is damaged: there is no tag ${tag}.`);
    }
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw misuse('The block of parameters is damaged: it ends too early.');
    return at;
  }
}
