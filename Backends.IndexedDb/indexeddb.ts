// The IndexedDB side of IndexedDbBackend, by numbers instead of objects, so that C# can hold them.

import { getHome as getStoredHome, listHomes as listStoredHomes, replaceHome as replaceStoredHome } from './homes';
import { load as loadMirror, type LoadOptions, refresh as refreshMirror, revert as revertMirror } from './load';
import { lengthIn } from './manifest';
import { Mirror } from './mirror';
import { save as saveMirrors } from './save';
import { belowRange, FILES, resultOf, Store } from './store';

interface DotnetRuntime {
  localHeapViewU8(): Uint8Array;
}

declare global {
  function getDotnetRuntime(id: number): DotnetRuntime;
}

/** Objects that .NET knows by numbers. */
class Table<T> {
  readonly #name: string;
  readonly #items = new Map<number, T>();
  #last = 0;

  constructor(name: string) {
    this.#name = name;
  }

  add(item: T): number {
    this.#items.set(++this.#last, item);
    return this.#last;
  }

  get(id: number): T {
    const item = this.#items.get(id);
    if (item === undefined) throw new Error(`There is no ${this.#name} ${id}.`);
    return item;
  }

  replace(id: number, item: T): void {
    this.#items.set(id, item);
  }

  remove(id: number): T {
    const item = this.get(id);
    this.#items.delete(id);
    return item;
  }
}

/** The .NET runtime of this worker, which is younger than this script. */
let runtime: DotnetRuntime | undefined;
const stores = new Table<Store>('store');
const mirrors = new Table<Mirror>('file');
const loads = new Map<number, AbortController>();

function heap(address: number, length: number): Uint8Array {
  runtime ??= globalThis.getDotnetRuntime(0);
  return runtime.localHeapViewU8().subarray(address, address + length);
}

export async function open(name: string, durability: IDBTransactionDurability, patience: number): Promise<number> {
  return stores.add(await Store.open(name, durability, patience));
}

export function close(store: number): void {
  stores.remove(store).close();
}

/** Reads a file into memory. `cancelLoad` takes the same `id`. */
export async function load(
  store: number,
  path: string,
  id: number,
  blockSize: number,
  limit: number,
  onProgress: LoadOptions['onProgress'],
): Promise<number> {
  return mirrors.add(await cancellable(id, signal => loadMirror(stores.get(store), path, { blockSize, limit, onProgress, signal })));
}

/** Updates a file in memory to what is stored now. `cancelLoad` takes the same `id`. */
export async function refresh(
  store: number,
  path: string,
  id: number,
  file: number,
  blockSize: number,
  limit: number,
  onProgress: LoadOptions['onProgress'],
): Promise<void> {
  const mirror = mirrors.get(file);
  mirrors.replace(file, await cancellable(id, signal => refreshMirror(stores.get(store), path, mirror, { blockSize, limit, onProgress, signal })));
}

async function cancellable<T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  loads.set(id, controller);
  try {
    return await work(controller.signal);
  } finally {
    loads.delete(id);
  }
}

export function cancelLoad(id: number): void {
  loads.get(id)?.abort();
}

/** Makes a file that is never stored. */
export function create(blockSize: number): number {
  return mirrors.add(new Mirror(blockSize));
}

export function drop(file: number): void {
  mirrors.remove(file);
}

export function isStored(file: number): boolean {
  return mirrors.get(file).stored !== undefined;
}

export function getLength(file: number): number {
  return mirrors.get(file).length;
}

export function read(file: number, address: number, length: number, offset: number): void {
  mirrors.get(file).read(heap(address, length), offset);
}

export function write(file: number, address: number, length: number, offset: number): void {
  mirrors.get(file).write(heap(address, length), offset);
}

export function resize(file: number, length: number): void {
  mirrors.get(file).resize(length);
}

export function commit(file: number, exists: boolean): number {
  return mirrors.get(file).commit(exists);
}

/** Stores what was committed to some files in one transaction. */
export function save(store: number, paths: string[], files: ArrayLike<number>): Promise<void> {
  return saveMirrors(
    stores.get(store),
    paths.map((path, index) => ({ path, mirror: mirrors.get(files[index]!) })),
  );
}

/** Sets a file in memory back to what is stored. */
export function revert(store: number, path: string, file: number): Promise<void> {
  return revertMirror(stores.get(store), path, mirrors.get(file));
}

/**
 * Lists stored files, one `length path` per line, also those that are damaged, because they are still there: all, or where `at` is not empty,
 * that file or those in that directory.
 */
export async function list(store: number, at: string): Promise<string> {
  const files = (await stores.get(store).begin([FILES], 'readonly')).objectStore(FILES);
  const ranges = at === '' ? [undefined] : [IDBKeyRange.only(at), belowRange(at)];
  const lists = ranges.flatMap(range => [resultOf<unknown[]>(files.getAllKeys(range)), resultOf<unknown[]>(files.getAll(range))]);
  const [paths = [], values = [], inside = [], more = []] = await Promise.all(lists);
  paths.push(...inside);
  values.push(...more);
  return values.map((value, index) => `${lengthIn(value)} ${String(paths[index])}`).join('\n');
}

export function getHome(store: number, database: string): Promise<string | null> {
  return getStoredHome(stores.get(store), database);
}

export function listHomes(store: number): Promise<string> {
  return listStoredHomes(stores.get(store));
}

export function replaceHome(store: number, database: string, expected: string | null, home: string | null): Promise<boolean> {
  return replaceStoredHome(stores.get(store), database, expected, home);
}
