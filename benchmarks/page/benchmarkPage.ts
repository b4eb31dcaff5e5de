import type { Options } from '../shared/programMessages';
import { messageOf } from '../shared/timing';
import { blocks } from './blockSizes';
import { leases } from './leases';
import { open } from './open';
import { peers } from './peers';
import { tell } from './program';
import { storage } from './storageCosts';
import { serveTab } from './tab';
import { trace } from './trace';

const benchmarks: Record<string, (options: Options) => Promise<void>> = {
  peers,
  'indexeddb-open': open,
  leases,
  storage,
  blocks,
  trace,
};

const parameters = new URLSearchParams(location.search);
const tab = parameters.get('tab');
if (tab === null) await run(parameters.get('name')!);
else serveTab(tab);

async function run(name: string): Promise<void> {
  try {
    const rounds = parameters.get('rounds');
    await benchmarks[name]!({
      quick: parameters.has('quick'),
      ...(rounds !== null && { rounds: Number(rounds) }),
      only: listOf('only'),
      storages: listOf('storage'),
      against: listOf('against'),
    });
    await tell({ kind: 'end' });
  } catch (error) {
    console.error(error);
    await tell({ kind: 'end', error: messageOf(error) });
  }
}

function listOf(parameter: string): string[] {
  return parameters.get(parameter)?.split(',') ?? [];
}
