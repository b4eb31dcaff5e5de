// The script of every worker of Isar.Storage; isar-worker.json beside it names the assembly that it runs.

import { startWorker } from '../Boot/worker';
import { createLockImports, type LockExports } from '../Locks/locks';
import { createProviderImports, type ProviderExports } from '../Provider/provider';
import { createQuotaImports } from '../Quota/quota';
import { createVfsImports, type VfsExports } from '../Vfs/vfs';

await startWorker(import.meta.url, {
  'isar-locks': ({ exports }) => createLockImports(() => exports<LockExports>('LockExports')),
  'isar-provider': context => createProviderImports(context, () => context.exports<ProviderExports>('ProviderCallbacks')),
  'isar-quota': () => createQuotaImports(),
  'isar-vfs': ({ engine, loans, dotnetHeap, exports }) => createVfsImports(engine, loans, dotnetHeap, () => exports<VfsExports>('VfsExports')),
});
