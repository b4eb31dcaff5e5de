/** Asks the browser to keep the origin's data; `false` also where it does not offer that. */
export async function persist(): Promise<boolean> {
  const { storage } = navigator as { storage?: Partial<StorageManager> };
  return (await storage?.persist?.()) ?? false;
}
