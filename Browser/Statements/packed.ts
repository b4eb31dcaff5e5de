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

/** The parameters of `run`, read from their block. */
export class PackedParameters {
  readonly #byName: ReadonlyMap<string, Value>;

  constructor(
    readonly values: readonly Value[],
    names: readonly string[],
  ) {
    this.#byName = new Map(names.map((name, index) => [name, values[index]!]));
  }

  /** Whether there are values and they have no names. */
  get byPosition(): boolean {
    return this.#byName.has('');
  }

  get(name: string): Value | undefined {
    return this.#byName.get(name);
  }
}

/** Reads the block that protocol.ts describes. */
export function unpackParameters(block: Uint8Array): PackedParameters {
  const reader = new BlockReader(block);
  const count = reader.readLength();
  const names: string[] = [];
  const values: Value[] = [];
  for (let i = 0; i < count; i++) {
    names.push(decoder.decode(reader.readBytes()));
    values.push(reader.readValue());
  }
  reader.checkEnd();
  const unnamed = names.filter(name => name === '').length;
  if (unnamed !== 0 && unnamed !== count) throw misuse('Some of the values have names and some have none: name all of them or none.');
  if (unnamed === 0 && new Set(names).size !== count) throw misuse('Two of the values have one name.');
  return new PackedParameters(values, names);
}

class BlockReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  readLength(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  readBytes(): Uint8Array {
    const length = this.readLength();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  readValue(): Value {
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
        return new PackedText(this.readBytes());
      case Tag.blob:
        return this.readBytes();
      default:
        throw misuse(`The block of parameters is damaged: there is no tag ${tag}.`);
    }
  }

  checkEnd(): void {
    if (this.#at !== this.#bytes.length) throw misuse('The block of parameters is damaged: it is longer than its parameters.');
  }

  #advance(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw misuse('The block of parameters is damaged: it ends too early.');
    return at;
  }
}
