import { StoreFailure } from './failures';
import { changedSince, checkManifest, isSame, type Manifest, sizeOfBlock, storedIndexes } from './manifest';
import { Mirror } from './mirror';
import { belowRange, blockRange, BLOCKS, FILES, resultOf, type Store } from './store';

/** The bytes that one request loads, and the number of requests under way at a time. */
const CHUNK = 8 * 1024 * 1024;
const LANES = 4;

export interface LoadOptions {
  /** The size of the blocks of a file that is not stored yet. */
  blockSize: number;
  /** The length in bytes up to which a file is loaded. */
  limit: number;
  onProgress: (completed: number, total: number) => void;
  signal: AbortSignal;
}

/** Reads a file into memory, all of it or nothing: what is stored must be exactly what its manifest says. */
export async function load(store: Store, path: string, { blockSize, limit, onProgress, signal }: LoadOptions): Promise<Mirror> {
  signal.throwIfAborted();
  const transaction = await store.begin([FILES, BLOCKS], 'readonly');
  const abort = () => transaction.abort();
  signal.addEventListener('abort', abort);
  try {
    const blocks = transaction.objectStore(BLOCKS);
    const [value, keys] = await Promise.all([
      resultOf<unknown>(transaction.objectStore(FILES).get(path)),
      resultOf(blocks.getAllKeys(blockRange(path))),
    ]);
    if (value === undefined && keys.length === 0) {
      await checkIsNoDirectory(transaction.objectStore(FILES), path);
      return new Mirror(blockSize);
    }
    if (value === undefined)
      throw new StoreFailure('CorruptError', `the manifest of "${path}" is missing, but ${keys.length} of its blocks are stored`);
    const manifest = checkManifest(path, value);
    if (manifest.length > limit) throw new StoreFailure('TooLargeError', `"${path}" has ${manifest.length} bytes; the limit is ${limit}`);
    const indexes = storedIndexes(manifest);
    checkKeys(path, keys as [string, number][], indexes);
    return new Mirror(manifest.blockSize, await loadBlocks(blocks, path, manifest, indexes, onProgress), manifest);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Updates a file in memory to what is stored now, perhaps by another tab. Loads only the blocks that differ if the history tells them.
 * @returns the same mirror, or another one when everything had to be loaded.
 */
export async function refresh(store: Store, path: string, mirror: Mirror, options: LoadOptions): Promise<Mirror> {
  options.signal.throwIfAborted();
  const transaction = await store.begin([FILES, BLOCKS], 'readonly');
  const value = await resultOf<unknown>(transaction.objectStore(FILES).get(path));
  const current = value === undefined ? undefined : checkManifest(path, value);
  if (isSame(current, mirror.stored)) return mirror;
  const changed = current && mirror.stored && current.length <= options.limit ? changedSince(mirror.stored, current) : undefined;
  if (!current || !changed) return load(store, path, options);
  mirror.replace(current, changed, await readBlocks(transaction, path, current, changed));
  return mirror;
}

/** Sets a file in memory back to what is stored. Fails when something else has changed that. */
export async function revert(store: Store, path: string, mirror: Mirror): Promise<void> {
  const transaction = await store.begin([FILES, BLOCKS], 'readonly');
  const value = await resultOf<unknown>(transaction.objectStore(FILES).get(path));
  checkVersion(path, value, mirror.stored);
  const changed = mirror.changedIndexes();
  mirror.replace(mirror.stored, changed, mirror.stored ? await readBlocks(transaction, path, mirror.stored, changed) : new Map());
}

/** Reads some blocks, as far as they are stored. */
async function readBlocks(transaction: IDBTransaction, path: string, manifest: Manifest, indexes: number[]): Promise<Map<number, Uint8Array>> {
  const isStored = new Set(storedIndexes(manifest));
  const blocks = transaction.objectStore(BLOCKS);
  const result = new Map<number, Uint8Array>();
  await Promise.all(
    indexes
      .filter(index => isStored.has(index))
      .map(async index => result.set(index, toBlock(path, manifest, index, await resultOf<unknown>(blocks.get([path, index]))))),
  );
  return result;
}

/** Fails when the stored file was changed by something that did not hold its lock. */
export function checkVersion(path: string, value: unknown, expected: Manifest | undefined): void {
  const actual = value === undefined ? undefined : checkManifest(path, value);
  if (!isSame(actual, expected)) throw new StoreFailure('ChangedError', `"${path}" was changed or deleted by something else while it was open`);
}

/** Paths are only keys here, but a path that is a file and a directory at once could not move to another backend. */
async function checkIsNoDirectory(files: IDBObjectStore, path: string): Promise<void> {
  const inside = await resultOf(files.count(belowRange(path)));
  if (inside > 0) throw new StoreFailure('NotAFileError', `"${path}" is a directory`);
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const above = path.slice(0, slash);
    if ((await resultOf(files.getKey(above))) !== undefined)
      throw new StoreFailure('NotAFileError', `"${above}" is a file, so there cannot be "${path}"`);
  }
}

function checkKeys(path: string, keys: [string, number][], expected: number[]): void {
  const stored = new Set(keys.map(([, index]) => index));
  const missing = expected.find(index => !stored.has(index));
  if (missing !== undefined) throw new StoreFailure('CorruptError', `block ${missing} of "${path}" is missing`);
  if (keys.length !== expected.length)
    throw new StoreFailure('CorruptError', `"${path}" has ${keys.length} blocks where its manifest says ${expected.length}`);
}

async function loadBlocks(
  blocks: IDBObjectStore,
  path: string,
  manifest: Manifest,
  indexes: number[],
  onProgress: LoadOptions['onProgress'],
): Promise<(Uint8Array | undefined)[]> {
  const result: (Uint8Array | undefined)[] = [];
  const perChunk = Math.max(1, Math.floor(CHUNK / manifest.blockSize));
  let next = 0;
  let completed = 0;
  const total = indexes.length * manifest.blockSize;
  onProgress(0, total);
  const runLane = async () => {
    while (next < indexes.length) {
      const chunk = indexes.slice(next, (next += perChunk));
      const values: unknown[] = await resultOf(blocks.getAll(blockRange(path, chunk[0]!, chunk.at(-1)! + 1)));
      chunk.forEach((index, at) => (result[index] = toBlock(path, manifest, index, values[at])));
      onProgress((completed += chunk.length * manifest.blockSize), total);
    }
  };
  await Promise.all(Array.from({ length: LANES }, runLane));
  result.length = Math.ceil(manifest.length / manifest.blockSize);
  return result;
}

/** Checks what was read as a block and makes it as large as all others. */
function toBlock(path: string, manifest: Manifest, index: number, value: unknown): Uint8Array {
  const size = sizeOfBlock(manifest, index);
  if (!(value instanceof ArrayBuffer) || value.byteLength !== size) {
    const found = value instanceof ArrayBuffer ? `${value.byteLength} bytes` : typeof value;
    throw new StoreFailure('CorruptError', `block ${index} of "${path}" is damaged: it has ${found} instead of ${size} bytes`);
  }
  if (size === manifest.blockSize) return new Uint8Array(value);
  const block = new Uint8Array(manifest.blockSize);
  block.set(new Uint8Array(value));
  return block;
}
