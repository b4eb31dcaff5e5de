/** `isar-worker.json`, which the build writes: what the worker boots from. */
export interface BootManifest {
  /** The assembly with the worker's `Main`, without `.dll`. */
  mainAssembly: string;
  /** File names of the assemblies that the runtime needs to start. */
  coreAssemblies: string[];
  /** File names of all other assemblies. */
  assemblies: string[];
}

/** Loads the manifest. Its errors name the address: a missing file is the most frequent mistake when a worker is deployed. */
export async function loadManifest(url: URL): Promise<BootManifest> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url.href} could not be loaded: ${response.status} ${response.statusText}`);
  const text = await response.text();
  try {
    return JSON.parse(text) as BootManifest;
  } catch (error) {
    throw new Error(`${url.href} is not the worker's boot manifest (${response.headers.get('Content-Type')}); was another page served for it?`,
      { cause: error });
  }
}
