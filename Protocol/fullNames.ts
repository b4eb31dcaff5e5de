/** What SQLite's full names of stored files begin with: `DatabaseFiles.FullNamePrefix` of .NET says why. */
const FULL_NAME_PREFIX = '/dev/null/IIsarStorage.DeleteAsync/';

/** The path of a file in the storage, by the full name that SQLite has for it. */
export function pathOf(fullName: string): string {
  return fullName.startsWith(FULL_NAME_PREFIX) ? fullName.slice(FULL_NAME_PREFIX.length) : fullName;
}
