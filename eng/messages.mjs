// Takes the messages out of a trimmed assembly that nothing in it can ask for. The trimmer keeps the texts of a library of .NET all together,
// so that most of what is left of some libraries is messages.
// Formats: ECMA-335 II.24 and II.25 (metadata), System.Resources.ResourceReader (resources).

/** How the resources are named in which the libraries of .NET keep their messages. Others may be asked for by any key. */
const OF_DOTNET = ['FxResources.', 'System.Private.CoreLib.Strings.resources'];

/** Libraries that make the keys of their messages while they run. */
const WITH_COMPUTED_KEYS = ['Microsoft.CSharp', 'Microsoft.VisualBasic.Core'];

/** What a file of resources begins with. */
const RESOURCES = Buffer.from([0xce, 0xca, 0xef, 0xbe]);

/** The type code of a text in a file of resources. */
const TEXT = 1;

/** Changes an assembly in place, unless its keys cannot be known. Its resources get shorter; behind them is nothing then. */
export function dropUnusedMessages(name, assembly) {
  if (WITH_COMPUTED_KEYS.includes(name)) return;
  const image = new Image(assembly);
  if (image.resources.size === 0) return;
  const names = image.stream('#Strings');
  if (!OF_DOTNET.some(name => names.includes(name))) return;
  const used = image.userStrings();
  const end = image.resources.offset + image.resources.size;
  // Each is preceded by its length. Where one begins is not the same in all: some are aligned, some are not.
  for (let at = image.resources.offset + 4; (at = assembly.indexOf(RESOURCES, at)) >= 0 && at < end; ) {
    const content = assembly.subarray(at, at + assembly.readUInt32LE(at - 4));
    const shorter = withOnly(content, used);
    if (shorter) content.fill(0).set(shorter);
    at += content.length;
  }
}

class Image {
  #bytes;
  #sections;
  #metadata;

  constructor(bytes) {
    this.#bytes = bytes;
    const header = bytes.readUInt32LE(0x3c);
    const options = header + 24;
    const is64 = bytes.readUInt16LE(options) === 0x20b;
    this.#sections = { at: options + bytes.readUInt16LE(header + 20), count: bytes.readUInt16LE(header + 6) };
    const cli = this.#offset(bytes.readUInt32LE(options + (is64 ? 112 : 96) + 14 * 8));
    this.#metadata = this.#offset(bytes.readUInt32LE(cli + 8));
    const size = bytes.readUInt32LE(cli + 28);
    this.resources = { offset: size === 0 ? 0 : this.#offset(bytes.readUInt32LE(cli + 24)), size };
  }

  /** A part of the metadata; empty when there is none of this name. */
  stream(name) {
    const reader = new Reader(this.#bytes, this.#metadata + 12);
    const version = reader.int();
    reader.at += version + 2;
    for (let count = reader.short(); count > 0; count--) {
      const begin = this.#metadata + reader.int();
      const size = reader.int();
      const found = this.#bytes.toString('latin1', reader.at, this.#bytes.indexOf(0, reader.at));
      if (found === name) return this.#bytes.subarray(begin, begin + size);
      reader.at += (found.length + 4) & ~3;
    }
    return Buffer.alloc(0);
  }

  /** All texts that its code names, among which are the keys of the messages that it asks for. */
  userStrings() {
    const strings = new Set();
    const heap = this.stream('#US');
    for (const reader = new Reader(heap, 0); reader.at < heap.length; ) {
      const text = reader.take(reader.blobLength());
      // Behind each text is one byte that tells what characters it has.
      if (text.length > 1) strings.add(text.toString('utf16le', 0, text.length - 1));
    }
    return strings;
  }

  #offset(address) {
    for (let index = 0; index < this.#sections.count; index++) {
      const section = this.#sections.at + 40 * index;
      const begin = this.#bytes.readUInt32LE(section + 12);
      if (address >= begin && address < begin + this.#bytes.readUInt32LE(section + 16))
        return address - begin + this.#bytes.readUInt32LE(section + 20);
    }
    throw new Error(`There is nothing at the address ${address} of the assembly.`);
  }
}

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  short() {
    return this.bytes.readUInt16LE((this.at += 2) - 2);
  }

  int() {
    return this.bytes.readUInt32LE((this.at += 4) - 4);
  }

  /** An integer in groups of 7 bits, the lowest first. */
  packed() {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** The length before a blob, ECMA-335 II.24.2.4. */
  blobLength() {
    const first = this.bytes[this.at];
    if (first < 0x80) return this.bytes[this.at++];
    if (first < 0xc0) return this.bytes.readUInt16BE((this.at += 2) - 2) & 0x3fff;
    return this.bytes.readUInt32BE((this.at += 4) - 4) & 0x1fffffff;
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

/** A file of resources with those texts only whose keys are used; `undefined` when it holds something else than texts. */
function withOnly(content, used) {
  const reader = new Reader(content, 8);
  // The names of the classes that read it, and the version.
  reader.take(reader.int() + 4);
  const countAt = reader.at;
  const count = reader.int();
  for (let types = reader.int(); types > 0; types--) reader.take(reader.packed());
  reader.at = (reader.at + 7) & ~7;
  const head = content.subarray(0, reader.at);
  const hashes = reader.take(4 * count);
  const positions = reader.take(4 * count);
  const data = reader.int();
  const names = reader.at;
  const kept = { hashes: [], positions: [], names: [], texts: [] };
  let namesLength = 0;
  let textsLength = 0;
  for (let index = 0; index < count; index++) {
    reader.at = names + positions.readUInt32LE(4 * index);
    const begin = reader.at;
    const key = reader.take(reader.packed()).toString('utf16le');
    const name = content.subarray(begin, reader.at);
    reader.at = data + reader.int();
    const textBegin = reader.at;
    if (reader.packed() !== TEXT) return undefined;
    reader.take(reader.packed());
    if (!used.has(key)) continue;
    const text = content.subarray(textBegin, reader.at);
    kept.hashes.push(hashes.subarray(4 * index, 4 * index + 4));
    kept.positions.push(int32(namesLength));
    kept.names.push(name, int32(textsLength));
    kept.texts.push(text);
    namesLength += name.length + 4;
    textsLength += text.length;
  }
  const begin = Buffer.concat([head, ...kept.hashes, ...kept.positions]);
  begin.writeUInt32LE(kept.texts.length, countAt);
  return Buffer.concat([begin, int32(begin.length + 4 + namesLength), ...kept.names, ...kept.texts]);
}

function int32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
