/** The addresses of the files that the worker has asked for. */
const wanted = new Set<string>();

/** Notes a file that the worker waits for. */
export function want(address: string): void {
  wanted.add(address);
}

/** The addresses of the files that have not arrived as a whole: the browser keeps an entry for each one that has. */
export function missingFiles(): string[] {
  const arrived = new Set(performance.getEntriesByType('resource').map(({ name }) => name));
  return [...wanted].filter(address => !arrived.has(address));
}

/**
 * Fetches a file of the worker. Its errors name the address: a file that was not deployed is the most frequent mistake, and many servers
 * answer it with the app's start page instead of an error.
 */
export async function fetchFile(url: URL): Promise<Response> {
  want(url.href);
  // The file names do not change from version to version, so the browser has to ask whether its copy is still good.
  const response = await fetch(url, { cache: 'no-cache' }).catch((error: unknown) => {
    throw new Error(`${url.href} could not be loaded: ${messageOf(error)}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url.href} could not be loaded: ${response.status} ${response.statusText}`);
  if (response.headers.get('Content-Type')?.startsWith('text/html'))
    throw new Error(`${url.href} could not be loaded: the server sent a page of HTML in its place`);
  return response;
}

/** The message of whatever was thrown; the .NET runtime also throws objects that are no errors. */
export function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
