import { IsarStorageError } from '/_content/Isar.Storage.Client/isar-client.js';

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
  busy: 'Another tab or window uses the notes. Close it, then try again.',
  full: 'There is no room left for this site. Free some space on this device, or delete notes, then try again.',
  unavailable: 'This window does not let sites store files; private windows often do not. Open the page in an ordinary window '
    + 'of a current browser.',
  permissionDenied: 'The browser does not let this site store files. Allow it in the site’s settings, then try again.',
  readOnly: 'The notes can be read but not changed here. Copy unsaved text elsewhere.',
  corrupt: 'The stored file is damaged. Do not clear the site’s data if you still hope to rescue notes from it.',
  version: 'Parts of this page come from different versions. Reload the page; if that does not help, clear the browser’s cache.',
};

/** SQLite's own code for each kind that SQLite reports too; see https://sqlite.org/rescode.html. */
const KIND_BY_CODE: Record<number, IsarStorageError['kind']> = {
  5: 'busy', 6: 'busy', 8: 'readOnly', 11: 'corrupt', 13: 'full', 26: 'corrupt',
};

export function explain(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof IsarStorageError))
    return { message, advice: RELOAD, isFatal: false };
  const kind = error.kind === 'sqlite' ? KIND_BY_CODE[error.code] ?? error.kind : error.kind;
  return { message, advice: ADVICE[kind] ?? RELOAD, isFatal: kind === 'worker' || kind === 'closed' || kind === 'protocol' };
}
