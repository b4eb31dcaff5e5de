// The OPFS side of OpfsBackend: what the File System Standard offers, by numbers instead of handles, so that C# can hold them.
// https://fs.spec.whatwg.org/

interface DotnetRuntime {
  localHeapViewU8(): Uint8Array;
}

declare global {
  function getDotnetRuntime(id: number): DotnetRuntime;
}

/** How often a file may vanish while it is being opened before that is an error. */
const MAX_ATTEMPTS = 10;

/** The .NET runtime of this worker, which is younger than this script. */
let runtime: DotnetRuntime | undefined;
const handles = new Map<number, FileSystemSyncAccessHandle>();
let lastHandle = 0;
const directories = new Map<string, Promise<FileSystemDirectoryHandle>>();

function split(path: string): [directory: string, name: string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}

async function openDirectory(path: string): Promise<FileSystemDirectoryHandle> {
  let directory = await navigator.storage.getDirectory();
  for (const segment of path.split('/')) directory = await directory.getDirectoryHandle(segment, { create: true });
  return directory;
}

/** Directories are opened once; a failure is not remembered. */
function directoryOf(path: string): Promise<FileSystemDirectoryHandle> {
  let directory = directories.get(path);
  if (directory === undefined) {
    directory = openDirectory(path);
    directories.set(path, directory);
    directory.catch(() => directories.delete(path));
  }
  return directory;
}

/** Uses a directory. One that was deleted since it was opened, with the data of the site for example, is made anew. */
async function inDirectory<T>(path: string, use: (directory: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  try {
    return await use(await directoryOf(path));
  } catch (error) {
    if (!isNamed(error, 'NotFoundError')) throw error;
    directories.clear();
    return await use(await directoryOf(path));
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof DOMException && error.name === name;
}

/** Opens the directory and proves that access handles work here, which only opening one can. */
export function initialize(directory: string): Promise<void> {
  return inDirectory(directory, probe);
}

async function probe(parent: FileSystemDirectoryHandle): Promise<void> {
  const name = `.isar-probe-${crypto.randomUUID()}`;
  const file = await parent.getFileHandle(name, { create: true });
  try {
    (await file.createSyncAccessHandle()).close();
  } finally {
    await parent.removeEntry(name);
  }
}

/** Opens a file, creating it when it is missing. */
export function open(path: string): Promise<number> {
  const [parent, name] = split(path);
  return inDirectory(parent, directory => openIn(directory, name));
}

/** Tells whether there is a file. One that is open here may be there no more, because it was deleted with the data of the site. */
export async function exists(path: string): Promise<boolean> {
  const [parent, name] = split(path);
  try {
    await (await directoryOf(parent)).getFileHandle(name);
    return true;
  } catch (error) {
    if (isNamed(error, 'NotFoundError')) return false;
    throw error;
  }
}

/** Makes the entry of a file that was deleted while it is open: without one, Chromium never returns from closing it. */
export async function restoreEntry(path: string): Promise<void> {
  const [parent, name] = split(path);
  await inDirectory(parent, directory => directory.getFileHandle(name, { create: true }));
}

/** A tab that gives a file up may remove it between our two steps; then it is made again. */
async function openIn(directory: FileSystemDirectoryHandle, name: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const file = await directory.getFileHandle(name, { create: true });
    try {
      const access = await file.createSyncAccessHandle();
      handles.set(++lastHandle, access);
      return lastHandle;
    } catch (error) {
      if (!isNamed(error, 'NotFoundError') || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Removes a file; leaves it alone when another tab has taken it over or removed it. */
export async function remove(path: string): Promise<void> {
  const [parent, name] = split(path);
  try {
    await (await directoryOf(parent)).removeEntry(name);
  } catch (error) {
    if (!isNamed(error, 'NotFoundError') && !isNamed(error, 'NoModificationAllowedError')) throw error;
  }
}

/** Lists files below a directory, one `length path` per line: all, or where `at` is not empty, that file or those in that directory. */
export async function list(directory: string, at: string): Promise<string> {
  const lines: string[] = [];
  await inDirectory(directory, async root => {
    lines.length = 0;
    if (at === '') await collect(root, '', lines);
    else await collectAt(root, at, lines);
  });
  return lines.join('\n');
}

async function collectAt(root: FileSystemDirectoryHandle, at: string, lines: string[]): Promise<void> {
  const [above, name] = split(at);
  try {
    let parent = root;
    for (const segment of above === '' ? [] : above.split('/')) parent = await parent.getDirectoryHandle(segment);
    const file = await parent.getFileHandle(name).catch(error => {
      if (!isNamed(error, 'TypeMismatchError')) throw error;
    });
    if (file) lines.push(`${await lengthOf(file)} ${at}`);
    else await collect(await parent.getDirectoryHandle(name), `${at}/`, lines);
  } catch (error) {
    // It is not there, or below a file.
    if (!isNamed(error, 'NotFoundError') && !isNamed(error, 'TypeMismatchError')) throw error;
  }
}

async function collect(directory: FileSystemDirectoryHandle, prefix: string, lines: string[]): Promise<void> {
  for await (const [name, entry] of directory.entries()) {
    if (entry.kind === 'directory') await collect(entry as FileSystemDirectoryHandle, `${prefix}${name}/`, lines);
    else lines.push(`${await lengthOf(entry as FileSystemFileHandle)} ${prefix}${name}`);
  }
}

/** The length of a file; 0 when it vanishes while it is listed. */
async function lengthOf(file: FileSystemFileHandle): Promise<number> {
  try {
    return (await file.getFile()).size;
  } catch (error) {
    if (isNamed(error, 'NotFoundError')) return 0;
    throw error;
  }
}

function accessOf(handle: number): FileSystemSyncAccessHandle {
  const access = handles.get(handle);
  if (access === undefined) throw new Error(`The file handle ${handle} is not open.`);
  return access;
}

function heap(address: number, length: number): Uint8Array {
  runtime ??= globalThis.getDotnetRuntime(0);
  return runtime.localHeapViewU8().subarray(address, address + length);
}

export function close(handle: number): void {
  accessOf(handle).close();
  handles.delete(handle);
}

export function read(handle: number, address: number, length: number, offset: number): number {
  return readStored(handle, heap(address, length), offset);
}

/** Reads into a memory that .NET does not know. */
export function readStored(handle: number, destination: Uint8Array, offset: number): number {
  return accessOf(handle).read(destination, { at: offset });
}

export function write(handle: number, address: number, length: number, offset: number): number {
  return accessOf(handle).write(heap(address, length), { at: offset });
}

export function getSize(handle: number): number {
  return accessOf(handle).getSize();
}

export function truncate(handle: number, length: number): void {
  accessOf(handle).truncate(length);
}

export function flush(handle: number): void {
  accessOf(handle).flush();
}
