import type { WorkerFiles } from './files';

/** The addresses of the files that the worker has asked for. */
const wanted = new Set<string>();
const ending = new AbortController();

/** The downloads of the worker's files. */
export const downloads = {
  /** The addresses of the files that have not arrived as a whole: the browser keeps an entry for each one that has. */
  missing(): string[] {
    const arrived = new Set(performance.getEntriesByType('resource').map(({ name }) => name));
    return [...wanted].filter(address => !arrived.has(address));
  },

  /**
   * Ends them. One that is left to the end of its worker can outlive it for a moment, in which the browser lets the next worker wait for the same
   * answer, also when the server never sends it.
   */
  end(): void {
    ending.abort();
  },

  get isEnded(): boolean {
    return ending.signal.aborted;
  },
};

/**
 * Fetches a file of the worker. Its name holds a hash of its content, so the browser's copy is taken without asking the server, however old
 * it is, if it has that content: it may have been kept while the file was half deployed. Errors name the address and the reason.
 */
export async function fetchFile(base: string, name: string, { hashes }: WorkerFiles): Promise<Response> {
  const url = new URL(name, base);
  wanted.add(url.href);
  const options = { integrity: hashes[name]!, signal: ending.signal };
  return (
    (await tryFetch(url, { ...options, cache: 'force-cache' })) ?? (await tryFetch(url, { ...options, cache: 'reload' })) ?? (await explain(url))
  );
}

/** Resolves to `undefined` when it fails for whatever reason, which {@link explain} then finds. */
async function tryFetch(url: URL, options: RequestInit): Promise<Response | undefined> {
  const response = await fetch(url, options).catch(() => undefined);
  return response && problemWith(response) === undefined ? response : undefined;
}

/** Finds out why a file cannot be had: an answer whose content has another hash does not say so. */
async function explain(url: URL): Promise<never> {
  const response = await fetch(url, { cache: 'no-store', signal: ending.signal }).catch((error: unknown) => {
    throw new Error(`${url.href} could not be loaded: ${messageOf(error)}`, { cause: error });
  });
  const problem = problemWith(response) ?? 'the server sends something else than what the build has made';
  throw new Error(`${url.href} could not be loaded: ${problem}; it belongs to this isar-worker.js, both come from the same build`);
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
