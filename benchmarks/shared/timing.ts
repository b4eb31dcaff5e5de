/** Runs something and returns how long it took, in milliseconds. */
export async function timed(action: () => unknown): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/** The error of something that was not done in its time. */
export class TooLong extends Error {
  constructor(milliseconds: number) {
    super(`not done after ${Math.round(milliseconds / 1000)} s`);
  }
}

/** Waits for something, but not longer than so many milliseconds: then it fails with a {@link TooLong}. */
export async function within<T>(milliseconds: number, action: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLong(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([action, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For what tells nobody when it is done, such as a browser that frees the files of a worker that ended. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The value below which a part of all values lies; the median for 0.5. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}
