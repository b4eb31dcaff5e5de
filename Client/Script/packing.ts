import { BlockWriter } from '../../Protocol/blockWriter';
import { IsarStorageError, usageError } from '../../Protocol/errors';
import { letOthersRun, PART_BYTES } from './parts';
import { Tag } from '../../Protocol/protocol';
import { utf8Length } from '../../Protocol/utf8';
import { convert, entriesOf, labelOf, type SqlInput, type SqlParameters } from './values';

/** The parameters of several runs, one after another. */
type Block = Uint8Array<ArrayBuffer>;

const NO_NAME = new Uint8Array();
const encoder = new TextEncoder();

/** Packs the parameters of many runs, for `exec`. It stops after each part. */
export function* packRows(rows: Iterable<SqlParameters>): Generator<void, Block[], void> {
  const blocks: Block[] = [];
  const names = new Map<string, Uint8Array>();
  let writer = new BlockWriter();
  let row = 0;
  for (const params of rows) {
    row++;
    try {
      packRow(writer, params, names);
    } catch (error) {
      throw error instanceof IsarStorageError && error.kind === 'usage' ? usageError(`Row ${row}: ${error.message}`, { cause: error.cause }) : error;
    }
    if (writer.length < PART_BYTES) continue;
    blocks.push(blockOf(writer));
    writer = new BlockWriter(new ArrayBuffer(PART_BYTES));
    yield;
  }
  if (writer.length > 0) blocks.push(blockOf(writer));
  return blocks;
}

/** Packs the parts that are left, between other tasks of the page, unless a signal ends it. */
export async function packRest(packing: ReturnType<typeof packRows>, ...signals: (AbortSignal | undefined)[]): Promise<Block[]> {
  try {
    for (;;) {
      await letOthersRun();
      for (const signal of signals) signal?.throwIfAborted();
      const step = packing.next();
      if (step.done) return step.value;
    }
  } finally {
    packing.return([]);
  }
}

function blockOf(writer: BlockWriter): Block {
  return new Uint8Array(writer.buffer, 0, writer.length);
}

function packRow(writer: BlockWriter, params: SqlParameters, names: Map<string, Uint8Array>): void {
  if (Array.isArray(params)) {
    writer.writeCount(params.length);
    for (let i = 0; i < params.length; i++) {
      writer.writeBlock(NO_NAME);
      pack(writer, params[i] as SqlInput, i);
    }
    return;
  }
  const entries = entriesOf(params);
  writer.writeCount(entries.length);
  for (const [name, value] of entries) {
    let encoded = names.get(name);
    if (!encoded) names.set(name, (encoded = encodeName(name)));
    writer.writeBlock(encoded);
    pack(writer, value, name);
  }
}

/** No parameter has one of these names, but their bytes would be those of no name, and of another name. */
function encodeName(name: string): Uint8Array {
  if (name === '' || utf8Length(name) < 0) throw usageError(`There is no parameter "${name}" in the statement.`);
  return encoder.encode(name);
}

function pack(writer: BlockWriter, value: SqlInput, name: string | number): void {
  const wire = convert(value, name);
  if (typeof wire === 'string') {
    const length = utf8Length(wire);
    if (length < 0) throw usageError(`${labelOf(name)} is a text with half of a surrogate pair, which cannot be stored as UTF-8.`);
    writer.writeText(wire, length);
  } else if (typeof wire === 'number') {
    if (Number.isSafeInteger(wire)) writer.writeInteger(wire);
    else writer.writeFloat64(wire);
  } else if (wire === null) {
    writer.writeNull();
  } else if (typeof wire === 'bigint') {
    if (BigInt.asIntN(64, wire) !== wire) throw usageError(`${labelOf(name)} is ${wire}, which does not fit into 64 bits.`);
    writer.writeInt64(wire);
  } else {
    writer.writeBytes(Tag.blob, wire, 0, wire.length);
  }
}
