import { StoreFailure } from './failures';

/** The format of manifests and blocks. A database that says otherwise is not touched. */
export const FORMAT = 1;

/** What is stored about a file beside its blocks: enough to tell a lost block from one that was never written. */
export interface Manifest {
  format: number;
  /** The file's length in bytes. */
  length: number;
  /** The bytes of every block; the last one has only what the length leaves. */
  blockSize: number;
  /** A random text of the transaction that made the file, so that it is not taken for another one of the same name. */
  generation: string;
  /** Counts the transactions that changed the file, so that a change by another tab is noticed. */
  version: number;
  /** What the last transactions changed, the newest last, so that a tab with an older version in memory need not load everything. */
  history: Change[];
  /** The blocks that are not stored and read as zeros: pairs of the first one and their count. */
  holes: number[];
}

/** What a transaction changed: its version, the index from which on all older blocks are void, and the indexes of the blocks it stored. */
export type Change = [version: number, cut: number, ...indexes: number[]];

/** The numbers that a history has at most: it is stored with every transaction. */
const MAX_HISTORY = 1024;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isChange = (value: unknown): value is Change => Array.isArray(value) && value.length >= 2 && value.every(isCount);

/** Checks what was read as a manifest. */
export function checkManifest(path: string, value: unknown): Manifest {
  const manifest = Object(value) as Partial<Manifest>;
  if (isCount(manifest.format) && manifest.format > FORMAT)
    throw new StoreFailure('NewerFormatError', `"${path}" has the format ${manifest.format}; this version knows formats up to ${FORMAT}`);
  const valid =
    manifest.format === FORMAT &&
    isCount(manifest.length) &&
    isCount(manifest.version) &&
    isCount(manifest.blockSize) &&
    manifest.blockSize > 0 &&
    typeof manifest.generation === 'string' &&
    Array.isArray(manifest.history) &&
    manifest.history.every(isChange) &&
    Array.isArray(manifest.holes) &&
    manifest.holes.every(isCount) &&
    manifest.holes.length % 2 === 0;
  if (!valid) throw new StoreFailure('CorruptError', `the manifest of "${path}" is damaged`);
  return manifest as Manifest;
}

/** The length in a manifest that was not checked, 0 when it has no length. */
export function lengthIn(value: unknown): number {
  const { length } = Object(value) as Partial<Manifest>;
  return isCount(length) ? length : 0;
}

export function blockCount({ length, blockSize }: { length: number; blockSize: number }): number {
  return Math.ceil(length / blockSize);
}

/** The bytes that the block of an index has in a file of this length. */
export function sizeOfBlock({ length, blockSize }: { length: number; blockSize: number }, index: number): number {
  return Math.min(blockSize, length - index * blockSize);
}

/** The indexes of the blocks that are stored, in order. */
export function storedIndexes(manifest: Manifest): number[] {
  const isHole = new Set<number>();
  for (let at = 0; at < manifest.holes.length; at += 2) {
    const first = manifest.holes[at]!;
    const end = Math.min(first + manifest.holes[at + 1]!, blockCount(manifest));
    for (let index = first; index < end; index++) isHole.add(index);
  }
  return Array.from({ length: blockCount(manifest) }, (_, index) => index).filter(index => !isHole.has(index));
}

/** Adds a change to a history and drops the oldest ones beyond the limit. */
export function extendHistory(history: readonly Change[], change: Change): Change[] {
  const result = [...history, change];
  let size = result.reduce((sum, { length }) => sum + length, 0);
  while (size > MAX_HISTORY) size -= result.shift()!.length;
  return result;
}

/**
 * The indexes of the blocks in which two versions of a file can differ, up to the length of the newer one; `undefined` when its history
 * does not go back so far, or it is another file.
 */
export function changedSince(older: Manifest, newer: Manifest): number[] | undefined {
  if (older.generation !== newer.generation || older.blockSize !== newer.blockSize) return undefined;
  const changes = newer.history.filter(([version]) => version > older.version);
  if (changes.length !== newer.version - older.version) return undefined;
  const count = blockCount(newer);
  const cut = Math.min(count, ...changes.map(([, cut]) => cut));
  const indexes = new Set(changes.flatMap(([, , ...stored]) => stored).filter(index => index < cut));
  for (let index = cut; index < count; index++) indexes.add(index);
  return [...indexes];
}

/** Whether two manifests are of the same version of the same file. */
export function isSame(one: Manifest | undefined, other: Manifest | undefined): boolean {
  return one?.generation === other?.generation && one?.version === other?.version;
}
