import type { Options } from '../shared/messages';
import { messageOf } from '../shared/timing';
import { blocks } from './blocks';
import { open } from './open';
import { peers } from './peers';
import { tell } from './program';
import { storage } from './storage';

const benchmarks: Record<string, (options: Options) => Promise<void>> = { peers, 'indexeddb-open': open, storage, blocks };

const parameters = new URLSearchParams(location.search);
try {
  await benchmarks[parameters.get('name')!]!({ quick: parameters.has('quick') });
  await tell({ kind: 'end' });
} catch (error) {
  console.error(error);
  await tell({ kind: 'end', error: messageOf(error) });
}
