import { pause, within } from '../shared/timing';

/** How often files are tried to remove, and how long the next attempt waits: a browser takes a while to free those of a worker that ended. */
const ATTEMPTS = 20;
const INTERVAL = 250;

/** How long all of it may take. */
const LIMIT = 30_000;

/** Removes whatever this origin has stored, so that nobody is slowed down by what another one has left. */
export async function clearStorage(): Promise<void> {
  await within(LIMIT, Promise.all([removeFiles(), deleteDatabases()]));
}

async function removeFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await pause(INTERVAL);
    }
  }
}

async function deleteDatabases(): Promise<void> {
  for (const { name } of await indexedDB.databases()) await deleteDatabase(name!);
}

/** Who has it open is waited for. */
function deleteDatabase(name: string): Promise<void> {
  const request = indexedDB.deleteDatabase(name);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
