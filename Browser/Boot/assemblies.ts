import type { WorkerFiles } from './files';
import { fetchFile } from './fetchFile';

/** What the file of all assemblies begins with; the same as in eng/bundleWorker.mjs. */
const MARK = new TextEncoder().encode('isar.v1\n');

/** What a program of Windows, and so an assembly, begins with. The build leaves it out, because some networks let no such file pass. */
const PROGRAM_MARK = [0x4d, 0x5a];

/** Fetches all assemblies at once. Returns them by their names. */
export async function fetchAssemblies(base: string, files: WorkerFiles): Promise<Map<string, ArrayBuffer>> {
  const url = new URL(files.assemblies, base);
  const content = await (await fetchFile(url)).arrayBuffer();
  const bytes = files.contents.reduce((sum, assembly) => sum + assembly.bytes, MARK.length);
  const mark = new Uint8Array(content, 0, Math.min(MARK.length, content.byteLength));
  if (content.byteLength !== bytes || MARK.some((value, index) => mark[index] !== value))
    throw new Error(`${url.href} is not what the build made: it has ${content.byteLength} of ${bytes} bytes, or begins differently`);
  let offset = MARK.length;
  return new Map(
    files.contents.map(assembly => {
      const buffer = content.slice(offset, (offset += assembly.bytes));
      new Uint8Array(buffer).set(PROGRAM_MARK);
      return [assembly.name, buffer];
    }),
  );
}
