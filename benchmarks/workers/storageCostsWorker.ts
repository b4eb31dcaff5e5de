import { timed } from '../shared/timing';
import { complete, openStores, type Stores } from './stores';
import { serve } from '../shared/serve';

const PAGE = 4096;
const RUN = 64 * PAGE;
const FILE = 4096 * PAGE;
const MICROSECONDS = 1000;

type Result = [row: string, microseconds: number];

serve({ files, transactions, locks }, self);

async function files(): Promise<Result[]> {
  const directory = await navigator.storage.getDirectory();
  const results: Result[] = [];
  const name = 'raw-storage';
  const file = await directory.getFileHandle(name, { create: true });
  let access!: FileSystemSyncAccessHandle;
  results.push(['open an access handle', MICROSECONDS * (await timed(async () => (access = await file.createSyncAccessHandle())))]);
  try {
    const page = crypto.getRandomValues(new Uint8Array(PAGE));
    const run = new Uint8Array(RUN);
    const measure = (row: string, count: number, action: (index: number) => void, per = 1) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) action(i);
      results.push([row, (MICROSECONDS * (performance.now() - start)) / count / per]);
    };
    const anyPage = () => PAGE * Math.floor((Math.random() * FILE) / PAGE);
    const pages = FILE / PAGE;
    const runs = FILE / RUN;
    measure('write 4 KiB, growing the file', pages, i => access.write(page, { at: i * PAGE }));
    measure('write 4 KiB anywhere', 2000, () => access.write(page, { at: anyPage() }));
    measure('write in runs of 256 KiB, for each 4 KiB', runs, i => access.write(run, { at: i * RUN }), RUN / PAGE);
    measure('read 4 KiB anywhere', 2000, () => access.read(page, { at: anyPage() }));
    measure('read in runs of 256 KiB, for each 4 KiB', runs, i => access.read(run, { at: i * RUN }), RUN / PAGE);
    measure('write 4 KiB and flush', 100, () => {
      access.write(page, { at: anyPage() });
      access.flush();
    });
    measure('getSize', 500, () => access.getSize());
    measure('truncate', 100, i => access.truncate(FILE - i * PAGE));
  } finally {
    access.close();
    await directory.removeEntry(name);
  }
  return results;
}

async function transactions(): Promise<Result[]> {
  const stores = await openStores('raw-storage');
  const results: Result[] = [];
  for (const durability of ['strict', 'relaxed'] as const) {
    const time = await timed(async () => {
      for (let i = 0; i < 50; i++) await putTen(stores, durability);
    });
    results.push([`IndexedDB transaction, 10 puts of 4 KiB, ${durability}`, (MICROSECONDS * time) / 50]);
  }
  stores.close();
  return results;
}

async function putTen(stores: Stores, durability: IDBTransactionDurability): Promise<void> {
  const transaction = stores.transaction('blocks', 'readwrite', { durability });
  const completed = complete(transaction);
  for (let i = 0; i < 10; i++) transaction.objectStore('blocks').put(new ArrayBuffer(PAGE), ['raw', i]);
  transaction.commit();
  await completed;
}

async function locks(): Promise<Result[]> {
  const time = await timed(async () => {
    for (let i = 0; i < 200; i++) await navigator.locks.request('raw-storage', () => {});
  });
  return [['take and free a Web Lock', (MICROSECONDS * time) / 200]];
}
