import { timed } from '../shared/timing';
import { complete, openStores, result, type Stores } from './stores';
import { serve } from '../shared/serve';

const MEBIBYTE = 0x10_0000;
const PATH = 'blocks.db';
const DATABASE = 'raw-blocks';

let data: Uint8Array;
let mirror: Uint8Array;
let stores: Stores | undefined;
let blockSize: number;

serve({ prepare, store, load, commit, commitRange }, self);

/** Makes a database of which one half can be compressed and the other cannot. */
function prepare(mebibytes: number): void {
  data = new Uint8Array(mebibytes * MEBIBYTE);
  mirror = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 8192) crypto.getRandomValues(data.subarray(at, at + 4096));
}

/** Stores all of it anew in one transaction; with a window, waits whenever so much is on its way. */
async function store(kibibytes: number, durability: IDBTransactionDurability, windowMebibytes: number): Promise<number> {
  stores?.close();
  await result(indexedDB.deleteDatabase(DATABASE));
  stores = await openStores(DATABASE);
  blockSize = kibibytes * 1024;
  const window = blocksIn(windowMebibytes);
  return await timed(async () => {
    const transaction = stores!.transaction(['blocks', 'manifests'], 'readwrite', { durability });
    const completed = complete(transaction);
    const target = transaction.objectStore('blocks');
    for (let index = 0; index < blocksIn(0); index++) {
      const put = target.put(copyOf(index), [PATH, index]);
      if ((index + 1) % window === 0) await result(put);
    }
    transaction.objectStore('manifests').put({ version: 1 }, PATH);
    transaction.commit();
    await completed;
  });
}

/** Reads all of it into memory. */
function load(rangeMebibytes: number, keys: boolean): Promise<number> {
  const range = blocksIn(rangeMebibytes);
  return timed(async () => {
    const source = stores!.transaction('blocks').objectStore('blocks');
    const parts: Promise<void>[] = [];
    for (let from = 0; from < blocksIn(0); from += range) parts.push(loadRange(source, from, Math.min(from + range, blocksIn(0)), keys));
    await Promise.all(parts);
  });
}

async function loadRange(source: IDBObjectStore, from: number, to: number, keys: boolean): Promise<void> {
  const range = IDBKeyRange.bound([PATH, from], [PATH, to - 1]);
  const [blocks] = await Promise.all([result(source.getAll(range)), keys && result(source.getAllKeys(range))]);
  blocks.forEach((block: ArrayBuffer, index) => mirror.set(new Uint8Array(block), (from + index) * blockSize));
}

/** Stores some blocks anywhere, as a small transaction of SQLite does. */
function commit(count: number, durability: IDBTransactionDurability, explicit: boolean): Promise<number> {
  const indices = new Set<number>();
  while (indices.size < count) indices.add(Math.floor(Math.random() * blocksIn(0)));
  return timed(() => put(indices, durability, explicit));
}

/** Stores blocks side by side, as a large transaction of SQLite does. */
function commitRange(mebibytes: number): Promise<number> {
  const count = blocksIn(mebibytes);
  const from = Math.floor(Math.random() * (blocksIn(0) - count));
  return timed(() =>
    put(
      Array.from({ length: count }, (_, index) => from + index),
      'strict',
      true,
    ),
  );
}

/** Looks at the manifest first, as it takes to notice that somebody else has stored something. */
async function put(indices: Iterable<number>, durability: IDBTransactionDurability, explicit: boolean): Promise<void> {
  const transaction = stores!.transaction(['blocks', 'manifests'], 'readwrite', { durability });
  const completed = complete(transaction);
  const manifests = transaction.objectStore('manifests');
  const manifest = (await result(manifests.get(PATH))) as { version: number };
  for (const index of indices) transaction.objectStore('blocks').put(copyOf(index), [PATH, index]);
  manifests.put({ version: manifest.version + 1 }, PATH);
  if (explicit) transaction.commit();
  await completed;
}

/** A view would take the whole buffer along. */
function copyOf(index: number): ArrayBuffer {
  return data.slice(index * blockSize, (index + 1) * blockSize).buffer;
}

/** How many blocks so many mebibytes are; 0 stands for all. */
function blocksIn(mebibytes: number): number {
  return (mebibytes === 0 ? data.length : mebibytes * MEBIBYTE) / blockSize;
}
