/** The addresses of the files that the worker has asked for. */
const wanted = new Set<string>();

/** The addresses of the files that have not arrived as a whole: the browser keeps an entry for each one that has. */
export function missingFiles(): string[] {
  const arrived = new Set(performance.getEntriesByType('resource').map(({ name }) => name));
  return [...wanted].filter(address => !arrived.has(address));
}

/**
 * Fetches a file of the worker. Its name holds a hash of its content, so the browser's copy is taken without asking the server, however old
 * it is. Errors name the address: a file that was not deployed is the most frequent mistake.
 */
export async function fetchFile(url: URL): Promise<Response> {
  wanted.add(url.href);
  const kept = await request(url, 'force-cache');
  if (problemWith(kept) === undefined) return kept;
  // The browser may have kept an answer from a time when the file was not there.
  const fresh = await request(url, 'reload');
  const problem = problemWith(fresh);
  if (problem === undefined) return fresh;
  throw new Error(`${url.href} could not be loaded: ${problem}; it belongs to this isar-worker.js, both come from the same build`);
}

async function request(url: URL, cache: RequestCache): Promise<Response> {
  return await fetch(url, { cache }).catch((error: unknown) => {
    throw new Error(`${url.href} could not be loaded: ${messageOf(error)}`, { cause: error });
  });
}

/** Many servers answer a file that is missing with the app's start page instead of an error. */
function problemWith(response: Response): string | undefined {
  if (!response.ok) return `${response.status} ${response.statusText}`;
  if (response.headers.get('Content-Type')?.startsWith('text/html')) return 'the server sent a page of HTML in its place';
  return undefined;
}

/** The message of whatever was thrown; the .NET runtime also throws objects that are no errors. */
export function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
