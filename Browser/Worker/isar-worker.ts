// The script of every worker of Isar.Storage. The build puts it into one file with the scripts of .NET and of the backends, and calls it.

import { startWorker, type WorkerParts } from '../Boot/worker';
import { createLockImports, type LockExports } from '../Locks/locks';
import { createProviderImports, type ProviderExports } from '../Provider/provider';
import { createQuotaImports } from '../Quota/quota';
import { createVfsImports, type VfsExports } from '../Vfs/vfs';

export function start(parts: WorkerParts): Promise<void> {
  return startWorker(parts, {
    'isar-locks': ({ exports }) => createLockImports(() => exports<LockExports>('LockExports')),
    'isar-provider': context => createProviderImports(context, () => context.exports<ProviderExports>('ProviderCallbacks')),
    'isar-quota': () => createQuotaImports(),
    'isar-vfs': context => createVfsImports(context, () => context.exports<VfsExports>('VfsExports')),
  });
}
