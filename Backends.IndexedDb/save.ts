import { checkVersion } from './load';
import { blockCount, type Manifest, sizeOfBlock } from './manifest';
import type { Changes, Mirror } from './mirror';
import { blockRange, BLOCKS, completionOf, FILES, resultOf, type Store } from './store';

/** The bytes that IndexedDB is given at a time: it copies them, and copies take memory too. */
const WINDOW = 8 * 1024 * 1024;

/** A file with changes that were committed. */
export interface Committed {
  path: string;
  mirror: Mirror;
}

/** Stores what was committed to some files in one transaction: all of it or nothing. */
export async function save(store: Store, files: Committed[]): Promise<void> {
  const taken = files.map(file => ({ ...file, changes: file.mirror.take() }));
  const transaction = await store.begin([FILES, BLOCKS], 'readwrite');
  const completion = completionOf(transaction);
  const manifests: (Manifest | undefined)[] = [];
  try {
    for (const file of taken) manifests.push(await saveFile(transaction, file));
    transaction.commit();
  } catch (error) {
    abort(transaction);
    await completion.catch(() => undefined);
    // The browser's reason for aborting it says more than the failed request.
    throw transaction.error ?? error;
  }
  await completion;
  taken.forEach(({ mirror }, index) => mirror.acknowledge(manifests[index]));
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'InvalidStateError')) throw error;
    // The transaction has already ended.
  }
}

/** Gives a file's changes to a transaction and says what will be stored then. */
async function saveFile(transaction: IDBTransaction, { path, mirror, changes }: Committed & { changes: Changes }): Promise<Manifest | undefined> {
  const files = transaction.objectStore(FILES);
  const blocks = transaction.objectStore(BLOCKS);
  const current = resultOf<unknown>(files.get(path));
  if (mirror.stored && changes.cut < blockCount(mirror.stored)) blocks.delete(blockRange(path, changes.cut));
  const manifest = mirror.describe(changes);
  if (manifest) {
    files.put(manifest, path);
    await saveBlocks(blocks, path, manifest, mirror, changes.blocks);
  } else {
    files.delete(path);
  }
  checkVersion(path, await current, mirror.stored);
  return manifest;
}

async function saveBlocks(blocks: IDBObjectStore, path: string, manifest: Manifest, mirror: Mirror, changed: Map<number, Uint8Array>): Promise<void> {
  let given = 0;
  let windowBefore: Promise<unknown> | undefined;
  for (const [index, block] of changed) {
    const size = sizeOfBlock(manifest, index);
    const request = blocks.put(size === block.length ? block.buffer : block.slice(0, size).buffer, [path, index]);
    mirror.thaw(block);
    given += size;
    if (given >= WINDOW) {
      await windowBefore;
      windowBefore = resultOf(request);
      given = 0;
    }
  }
  await windowBefore;
}
