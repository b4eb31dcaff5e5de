/** What the browser grants, by https://storage.spec.whatwg.org/#storagemanager: its own estimates, in bytes. */
export interface Estimate {
  usage: number;
  quota: number;
  persisted: boolean;
}

/** Makes the function that .NET imports as `isar-quota`. */
export function createQuotaImports() {
  return { estimate };
}

/** Asks the browser; `null` where it does not say, because it lacks the interface or cannot tell now. */
async function estimate(): Promise<Estimate | null> {
  const { storage } = navigator as { storage?: Partial<StorageManager> };
  if (!storage?.estimate) return null;
  try {
    const [{ usage, quota }, persisted] = await Promise.all([storage.estimate(), storage.persisted?.() ?? false]);
    return usage === undefined || quota === undefined ? null : { usage, quota, persisted };
  } catch (error) {
    // The standard's error for a browser that cannot find it out.
    if (error instanceof TypeError) return null;
    throw error;
  }
}
