import type { WorkerFiles } from './files';
import { fetchFile } from './fetchFile';

/** The length of the mark that the file of all assemblies begins with; eng/bundleWorker.mjs writes it. */
const MARK_LENGTH = 8;

/** What a program of Windows, and so an assembly, begins with. The build leaves it out, because some networks let no such file pass. */
const PROGRAM_MARK = [0x4d, 0x5a];

/** Fetches all assemblies at once. Returns them by their names. */
export async function fetchAssemblies(base: string, files: WorkerFiles): Promise<Map<string, ArrayBuffer>> {
  const content = await (await fetchFile(base, files.assemblies, files)).arrayBuffer();
  let offset = MARK_LENGTH;
  return new Map(
    files.contents.map(assembly => {
      const buffer = content.slice(offset, (offset += assembly.bytes));
      new Uint8Array(buffer).set(PROGRAM_MARK);
      return [assembly.name, buffer];
    }),
  );
}
