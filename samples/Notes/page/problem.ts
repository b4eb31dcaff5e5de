import { IsarStorageError } from '/_content/Isar.Storage.Client/isar-client.js';
import { allowedStorages } from './candidates';

/** What went wrong, and what a person can do about it. */
export interface Problem {
  message: string;
  advice: string;
  /** Whether the storage has to be started again before anything else can work. */
  isFatal: boolean;
}

const RELOAD = 'Try again; if that does not help, copy unsaved text elsewhere and reload the page.';

/** By kind of error; a kind that is not here has no better advice than {@link RELOAD}. */
const ADVICE: Partial<Record<IsarStorageError['kind'], string>> = {
  busy: 'Another tab or window is busy with the notes. Try again when it is done, or close it.',
  full: 'There is no room left for this site. Free some space on this device, or delete notes, then try again.',
  unavailable:
    'Nothing that is stored was changed. Private windows and some settings keep sites from storing files: open the page in an ' +
    'ordinary window of the browser that has your notes.',
  permissionDenied: 'The browser does not let this site store files. Allow it in the site’s settings, then try again.',
  readOnly: 'The notes can be read but not changed here. Copy unsaved text elsewhere.',
  corrupt: 'The stored file is damaged. Do not clear the site’s data if you still hope to rescue notes from it.',
  version: 'Parts of this page come from different versions. Reload the page; if that does not help, clear the browser’s cache.',
};

/** SQLite's own code for each kind that SQLite reports too; see https://sqlite.org/rescode.html. */
const KIND_BY_CODE: Record<number, IsarStorageError['kind']> = {
  5: 'busy',
  6: 'busy',
  8: 'readOnly',
  11: 'corrupt',
  13: 'full',
  26: 'corrupt',
};

export function explain(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof IsarStorageError)) return { message, advice: RELOAD, isFatal: false };
  const kind = error.kind === 'sqlite' ? (KIND_BY_CODE[error.code] ?? error.kind) : error.kind;
  const advice = limitedStorage(kind) ?? ADVICE[kind] ?? RELOAD;
  return { message, advice, isFatal: kind === 'worker' || kind === 'closed' || kind === 'protocol' };
}

/** Advice for who limits the storages by the page's address, and so keeps the page from one that it needs. */
function limitedStorage(kind: IsarStorageError['kind']): string | undefined {
  const allowed = allowedStorages();
  return allowed && (kind === 'unavailable' || kind === 'usage')
    ? `The page’s address allows only this storage: ${allowed.join(', ')}. Remove “storage” from the address, then load the page again.`
    : undefined;
}
