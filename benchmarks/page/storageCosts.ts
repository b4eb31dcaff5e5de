import type { Options } from '../shared/programMessages';
import { note, table } from './program';
import { WorkerCalls } from './workerCalls';

/** What one operation of the browser's storage costs in a worker, without SQLite and without us. */
export async function storage({ quick }: Options): Promise<void> {
  const rounds = quick ? 2 : 7;
  const sample = table('storage', "One operation of the browser's storage", 'µs', ['median']);
  const worker = new WorkerCalls('/pages/storageCostsWorker.js');
  for (const part of ['files', 'transactions', 'locks']) {
    try {
      for (let round = 0; round < rounds; round++) {
        for (const [row, value] of await worker.call<[string, number][]>(part)) sample(row, 'median', value);
      }
    } catch (error) {
      await note(`${part}: ${error}`);
    }
  }
  worker.stop();
}
