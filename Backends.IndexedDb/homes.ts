import { StoreFailure } from './failures';
import { completionOf, HOMES, resultOf, type Store } from './store';

/** Where a database lives, as it is stored; C# calls the same StorageHome. */
interface Home {
  backend: string;
  movingTo: string | null;
  leftIn: string | null;
}

const isName = (value: unknown): value is string => typeof value === 'string' && /^[a-z0-9-]+$/.test(value);

/** Homes cross to .NET as `backend/movingTo/leftIn`; the names have no slash. */
function toText(database: string, value: unknown): string | null {
  if (value === undefined) return null;
  const { backend, movingTo, leftIn } = Object(value) as Partial<Home>;
  if (!isName(backend) || ![movingTo, leftIn].every(name => name === null || isName(name)))
    throw new StoreFailure('CorruptError', `the record of where "${database}" lives is damaged`);
  return `${backend}/${movingTo ?? ''}/${leftIn ?? ''}`;
}

function toHome(text: string): Home {
  const [backend, movingTo, leftIn] = text.split('/');
  return { backend: backend!, movingTo: movingTo || null, leftIn: leftIn || null };
}

export async function getHome(store: Store, database: string): Promise<string | null> {
  return toText(database, await resultOf<unknown>((await store.begin([HOMES], 'readonly')).objectStore(HOMES).get(database)));
}

/** Lists all homes, one `home database` per line. */
export async function listHomes(store: Store): Promise<string> {
  const homes = (await store.begin([HOMES], 'readonly')).objectStore(HOMES);
  const [keys, values] = await Promise.all([resultOf(homes.getAllKeys()), resultOf<unknown[]>(homes.getAll())]);
  return keys.map((key, index) => `${toText(String(key), values[index])} ${String(key)}`).join('\n');
}

/** Replaces a home if it is still the expected one. */
export async function replaceHome(store: Store, database: string, expected: string | null, home: string | null): Promise<boolean> {
  const transaction = await store.begin([HOMES], 'readwrite');
  const completion = completionOf(transaction);
  const homes = transaction.objectStore(HOMES);
  const found = toText(database, await resultOf<unknown>(homes.get(database)));
  if (found === expected) {
    if (home === null) homes.delete(database);
    else homes.put(toHome(home), database);
  }
  await completion;
  return found === expected;
}
