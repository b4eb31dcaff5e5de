/**
 * The storages that the page's address allows, for tests and for the curious: `?storage=indexeddb`, or several with commas between them.
 * @returns `undefined` when it says nothing; the worker then takes the best that there is.
 */
export function allowedStorages(): string[] | undefined {
  return new URLSearchParams(location.search).get('storage')?.split(',');
}
