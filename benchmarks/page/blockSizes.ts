import type { Options } from '../shared/programMessages';
import { note, table } from './program';
import { WorkerCalls } from './workerCalls';

const SIZES = [4, 8, 16, 32, 64, 128, 256];

/** What the size of the blocks does to a database that is kept in IndexedDB, without SQLite and without us. */
export async function blocks({ quick }: Options): Promise<void> {
  const megabytes = quick ? 16 : 100;
  const rounds = quick ? 1 : 3;
  const commits = quick ? 10 : 70;
  const sample = table('blocks', `A database of ${megabytes} MiB in IndexedDB, by the size of its blocks`, 'ms', SIZES.map(nameOf), '64 KiB');
  const worker = new WorkerCalls('/pages/blockSizesWorker.js');
  await worker.call('prepare', megabytes);
  for (let round = 1; round <= rounds; round++) {
    for (const size of SIZES) {
      const measure = async (row: string, method: string, ...args: unknown[]) =>
        sample(row, nameOf(size), await worker.call<number>(method, ...args));
      for (const durability of ['strict', 'relaxed']) await measure(`store, ${durability}, all at once`, 'store', size, durability, 0);
      await measure('store, strict, in windows of 16 MiB', 'store', size, 'strict', 16);
      await measure('load, one range', 'load', 0, false);
      await measure('load, ranges of 8 MiB side by side', 'load', 8, false);
      await measure('load, ranges of 8 MiB with their keys', 'load', 8, true);
      for (const count of [1, 3, 10]) {
        for (let i = 0; i < commits; i++) await measure(`commit ${count} block${count > 1 ? 's' : ''}, strict`, 'commit', count, 'strict', true);
      }
      for (let i = 0; i < commits; i++) await measure('commit 1 block, relaxed', 'commit', 1, 'relaxed', true);
      for (let i = 0; i < commits; i++) await measure('commit 1 block, strict, without commit()', 'commit', 1, 'strict', false);
      for (let i = 0; i < 5; i++) await measure('commit 4 MiB side by side, strict', 'commitRange', 4);
      await note(`round ${round} of ${rounds}: ${size} KiB`);
    }
  }
  worker.stop();
}

function nameOf(size: number): string {
  return `${size} KiB`;
}
