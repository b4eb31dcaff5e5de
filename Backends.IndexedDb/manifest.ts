import { StoreFailure } from './failures';

/** The format of manifests and blocks. A database that says otherwise is not touched. */
export const FORMAT = 1;

/** What is stored about a file beside its blocks: enough to tell a block that is missing from one that never was. */
export interface Manifest {
  format: number;
  /** The file's length in bytes. */
  length: number;
  /** The bytes of every block; the last one has only what the length leaves. */
  blockSize: number;
  /** Counts the transactions that changed the file, so that one by somebody else is noticed. */
  version: number;
  /** The blocks that are not stored and read as zeros: pairs of the first one and their count. */
  holes: number[];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** Checks what was read as a manifest. */
export function checkManifest(path: string, value: unknown): Manifest {
  const manifest = Object(value) as Partial<Manifest>;
  if (isCount(manifest.format) && manifest.format > FORMAT)
    throw new StoreFailure('NewerFormatError', `"${path}" has the format ${manifest.format}; this version knows formats up to ${FORMAT}`);
  const valid = manifest.format === FORMAT && isCount(manifest.length) && isCount(manifest.version)
    && isCount(manifest.blockSize) && manifest.blockSize > 0
    && Array.isArray(manifest.holes) && manifest.holes.every(isCount) && manifest.holes.length % 2 === 0;
  if (!valid)
    throw new StoreFailure('CorruptError', `the manifest of "${path}" is damaged`);
  return manifest as Manifest;
}

/** The length in a manifest that nobody checked, 0 when there is none. */
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
    for (let index = first; index < end; index++)
      isHole.add(index);
  }
  return Array.from({ length: blockCount(manifest) }, (_, index) => index).filter(index => !isHole.has(index));
}
