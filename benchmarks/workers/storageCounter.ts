// Counts what the worker that loads this asks of the browser's storage, and tells it on a channel. It has to be loaded before the worker's own
// script.
import { serve } from '../shared/serve';
import { COUNTS_CHANNEL, type StorageCounts } from '../shared/storageCounts';

type Callable = (this: unknown, ...args: unknown[]) => unknown;

const counts: StorageCounts = {};

count('read', FileSystemSyncAccessHandle.prototype, 'read', result => result as number);
count('write', FileSystemSyncAccessHandle.prototype, 'write', result => result as number);
for (const name of ['flush', 'getSize', 'truncate'] as const) count(name, FileSystemSyncAccessHandle.prototype, name);
count('createSyncAccessHandle', FileSystemFileHandle.prototype, 'createSyncAccessHandle');
count('IndexedDB transaction', IDBDatabase.prototype, 'transaction');
for (const name of ['get', 'getAll', 'put', 'delete'] as const) count(`IndexedDB ${name}`, IDBObjectStore.prototype, name);
count('copy between arrays', Object.getPrototypeOf(Uint8Array.prototype) as object, 'set', (_, source) => bytesOf(source));
count('message to the page', globalThis, 'postMessage');

serve({ counts: () => counts }, new BroadcastChannel(COUNTS_CHANNEL));

/** Puts a function that counts in the place of another one. */
function count(name: string, owner: object, method: string, bytes: (result: unknown, ...args: unknown[]) => number = () => 0): void {
  const functions = owner as Record<string, Callable>;
  const original = functions[method]!;
  const entry = (counts[name] = { calls: 0, milliseconds: 0, bytes: 0 });
  functions[method] = function (...args) {
    const start = performance.now();
    const end = () => (entry.milliseconds += performance.now() - start);
    const result = original.apply(this, args);
    entry.calls++;
    entry.bytes += bytes(result, ...args);
    if (result instanceof Promise) void result.then(end, end);
    else end();
    return result;
  };
}

function bytesOf(source: unknown): number {
  return ArrayBuffer.isView(source) ? source.byteLength : (source as ArrayLike<number>).length;
}
