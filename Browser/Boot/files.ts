/** The worker's files beside its script. The build writes this into the script, and into `isar-worker.json` for other programs. */
export interface WorkerFiles {
  /** The assembly with the worker's `Main`, without `.dll`. */
  mainAssembly: string;
  /** The name of the .NET runtime, a WebAssembly module. */
  runtime: string;
  /** The name of SQLite, a WebAssembly module. */
  sqlite: string;
  /** The name of the file that holds all assemblies: `MARK`, then one after another. */
  assemblies: string;
  /** The hash of each of the three as [integrity metadata](https://w3c.github.io/webappsec-subresource-integrity/), by name. */
  hashes: Record<string, string>;
  /** The assemblies in the order in which they stand in that file. */
  contents: {
    /** Its name, without `.dll`. */
    name: string;
    bytes: number;
    /** Whether the runtime needs it to start. */
    isCore: boolean;
  }[];
}
