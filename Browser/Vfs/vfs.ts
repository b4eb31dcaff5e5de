// The wasm binding: trampolines in sqlite3.wasm's function table that move arguments to and from the exported methods of VfsExports.
// Struct layouts: https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html, with 32-bit pointers.

import type { Engine, Pointer } from '../Engine/engine';
import {
  SQLITE_IOERR,
  SQLITE_IOERR_DELETE_NOENT,
  SQLITE_IOERR_SHORT_READ,
  SQLITE_NOMEM,
  SQLITE_NOTFOUND,
  SQLITE_OK,
} from '../../Protocol/resultCodes';
import { DirectReads } from './directReads';
import {
  DIRECT,
  LENT,
  LOCK_EXCLUSIVE,
  LOCK_NONE,
  LOCK_SHARED,
  LOGS,
  type Loans,
  type OpenFile,
  type StoredFile,
  type StoredFiles,
  TOLD,
} from './loans';
import { Staging } from './staging';
import { WalIndex, type WalIndexExports } from './walIndex';

export interface VfsExports extends WalIndexExports {
  Open(vfs: number, name: string | null, flags: number): number;
  Delete(vfs: number, name: string, syncDirectory: number): number;
  Access(vfs: number, name: string): number;
  FullPathname(vfs: number, name: string, size: number): number;
  Randomness(size: number): number;
  CurrentTime(vfs: number): number;
  GetLastError(size: number): number;
  Close(file: number): number;
  Read(file: number, count: number, offset: number): number;
  Write(file: number, count: number, offset: number): number;
  Truncate(file: number, length: number): number;
  Sync(file: number): number;
  FileSize(file: number): number;
  Lock(file: number, level: number): number;
  Unlock(file: number, level: number): number;
  CheckReservedLock(file: number): number;
  FileControl(file: number, opcode: number): number;
  DeviceCharacteristics(file: number): number;
  DirectSource(file: number): string | null;
}

/** What the binding needs of the worker. */
export interface VfsContext {
  engine: Engine;
  loans: Loans;
  /** .NET's memory; a short-lived view. */
  dotnetHeap: () => Uint8Array;
  /** The exports of the backends' scripts, by the name under which .NET imports them. */
  scripts: Record<string, object>;
}

export interface VfsImports {
  register(name: string, vfs: number, maxPathname: number, staging: number, stagingSize: number): number;
  makeDefault(address: number): void;
  unregister(address: number): void;
}

const SECTOR_SIZE = 4096;

const VFS_SIZE = 76;
const VFS_NAME = 16;
const VFS_APP_DATA = 20;
const VFS_METHODS = 24;

/** SQLite's part of a file is a pointer to its methods; what is ours is found by the address. */
const FILE_SIZE = 4;

/** The flag with which SQLite [opens](https://sqlite.org/c3ref/c_open_autoproxy.html) a database. */
const OPEN_MAIN_DB = 0x100;

const FCNTL_LOCKSTATE = 1;

/** What the argument of a file control is: a number, a text, or nothing that .NET reads. */
const enum Argument {
  None,
  Int32,
  Text,
}

/** The file controls that .NET answers (FileControl.cs); what SQLite asks beside these, it asks in vain. */
const FILE_CONTROLS: ReadonlyMap<number, Argument> = new Map([
  [4, Argument.Int32],
  [10, Argument.Int32],
  [12, Argument.Text],
  [13, Argument.Int32],
  [21, Argument.None],
  [22, Argument.None],
]);

/** Where the header of a database says how it is to be read: https://sqlite.org/fileformat2.html#file_format_version_numbers */
const READ_VERSION_AT = 19;
const WRITE_AHEAD_LOGGED = 2;

type Method = [signature: string, method: (...args: never[]) => number];

/**
 * Makes the functions that .NET imports as `isar-vfs`.
 * @param exports is asked for at the first call: .NET offers it only once it runs.
 */
export function createVfsImports({ engine, loans, dotnetHeap, scripts }: VfsContext, exports: () => VfsExports): VfsImports {
  const direct = new DirectReads(engine, loans);
  let dotnet: VfsExports;
  let staging: Staging;
  let walIndex: WalIndex;
  let ioMethods = { plain: 0, logs: 0 };
  let methods: number[] = [];

  const data = (): DataView => engine.view();
  const vfsOf = (vfs: number): number => data().getInt32(vfs + VFS_APP_DATA, true);
  const nameOf = (vfs: number, text: string): string => `${vfsOf(vfs)}:${text}`;

  /** Reads up to the size of the staging buffer. */
  function readPart(file: OpenFile, buffer: number, count: number, from: number): number {
    const code = noted(dotnet.Read(file.handle, count, from));
    if (code !== SQLITE_OK && code !== SQLITE_IOERR_SHORT_READ && code !== DIRECT) return code;
    engine.heap().set(staging.bytes(count), buffer);
    if (code !== DIRECT) return code;
    loans.noteDirect(file, storedFileOf);
    return SQLITE_OK;
  }

  function storedFileOf(file: OpenFile): StoredFile | undefined {
    const script = dotnet.DirectSource(file.handle);
    return script === null ? undefined : { script: scripts[script] as StoredFiles, number: staging.numbers().getInt32(0, true) };
  }

  /** Notes a failure, after which nothing is known any more. */
  function noted(code: number): number {
    if (code !== SQLITE_OK && code !== SQLITE_IOERR_SHORT_READ && code !== DIRECT) {
      loans.isNoted = true;
      loans.endEra();
    }
    return code;
  }

  /** Copies the text that .NET left in the staging buffer, with its NUL. */
  function takeText(destination: number, size: number): void {
    const bytes = staging.bytes(Math.min(size, staging.size));
    engine.heap().set(bytes.subarray(0, bytes.indexOf(0) + 1), destination);
  }

  function open(vfs: number, name: number, file: number, flags: number, outFlags: number): number {
    data().setInt32(file, 0, true);
    const isDatabase = (flags & OPEN_MAIN_DB) !== 0;
    if (isDatabase) loans.isNoted = true;
    const text = name === 0 ? null : engine.readText(name);
    const code = dotnet.Open(vfsOf(vfs), text, flags);
    const mayLog = code === LOGS;
    if (noted(mayLog ? SQLITE_OK : code) !== SQLITE_OK) return code;
    const result = staging.numbers();
    loans.open(file, result.getInt32(0, true), text === null ? undefined : nameOf(vfs, text), isDatabase, mayLog);
    const view = data();
    if (outFlags !== 0) view.setInt32(outFlags, result.getInt32(4, true), true);
    view.setInt32(file, mayLog ? ioMethods.logs : ioMethods.plain, true);
    return SQLITE_OK;
  }

  function remove(vfs: number, name: number, syncDirectory: number): number {
    const text = engine.readText(name);
    const code = dotnet.Delete(vfsOf(vfs), text, syncDirectory);
    if (code === SQLITE_OK) loans.noteAbsent(name, text);
    else if (code === SQLITE_IOERR_DELETE_NOENT) loans.isNoted = true;
    else noted(code);
    return code;
  }

  function access(vfs: number, name: number, _flags: number, result: number): number {
    if (loans.isAbsent(name)) {
      data().setInt32(result, 0, true);
      return SQLITE_OK;
    }
    const text = engine.readText(name);
    const code = noted(dotnet.Access(vfsOf(vfs), text));
    const exists = staging.numbers().getInt32(0, true);
    if (code === SQLITE_OK && exists === 0) loans.noteAbsent(name, text);
    // .NET has to hear of the end of this lock: a journal or a log that is there is dealt with first.
    else loans.recallBeside(nameOf(vfs, text));
    data().setInt32(result, exists, true);
    return code;
  }

  function fullPathname(vfs: number, name: number, size: number, destination: number): number {
    const code = dotnet.FullPathname(vfsOf(vfs), engine.readText(name), size);
    // The extended SQLITE_OK_SYMLINK is success too.
    if ((code & 0xff) === SQLITE_OK) takeText(destination, size);
    else loans.isNoted = true;
    return code;
  }

  function randomness(_vfs: number, size: number, destination: number): number {
    const count = dotnet.Randomness(Math.min(size, staging.size));
    engine.heap().set(staging.bytes(count), destination);
    return count;
  }

  function currentTime(vfs: number, days: number): number {
    const code = dotnet.CurrentTime(vfsOf(vfs));
    data().setFloat64(days, Number(staging.numbers().getBigInt64(0, true)) / 86_400_000, true);
    return code;
  }

  function currentTimeInt64(vfs: number, milliseconds: number): number {
    const code = dotnet.CurrentTime(vfsOf(vfs));
    data().setBigInt64(milliseconds, staging.numbers().getBigInt64(0, true), true);
    return code;
  }

  function getLastError(_vfs: number, size: number, destination: number): number {
    if (size <= 0) return 0;
    const code = dotnet.GetLastError(size);
    takeText(destination, size);
    return code;
  }

  function close(address: number): number {
    const { handle, isDatabase } = loans.close(address);
    data().setInt32(address, 0, true);
    if (isDatabase) loans.isNoted = true;
    return noted(dotnet.Close(handle));
  }

  function read(address: number, buffer: number, count: number, offset: bigint): number {
    const file = loans.find(address);
    const from = Number(offset);
    const isVersion = loans.isVersion(file, count, from);
    const version = isVersion ? loans.versionOf(file) : undefined;
    if (version) {
      engine.heap().set(version, buffer);
      return SQLITE_OK;
    }
    let result = SQLITE_OK;
    const isDirect = direct.read(file, buffer, count, from);
    for (let done = 0; done < count && !isDirect; done += staging.size) {
      const code = readPart(file, buffer + done, Math.min(count - done, staging.size), from + done);
      if (code !== SQLITE_OK && code !== SQLITE_IOERR_SHORT_READ) return code;
      result = code;
    }
    // Of a database with a write-ahead log .NET must hear of the end of the lock, where it says why there can be none here.
    if (file.isDatabase && !file.mayLog && from === 0 && count > READ_VERSION_AT && engine.heap()[buffer + READ_VERSION_AT] === WRITE_AHEAD_LOGGED)
      file.isLent = false;
    if (isVersion && result === SQLITE_OK) loans.noteVersion(file, engine.heap().subarray(buffer, buffer + count));
    return result;
  }

  function write(address: number, buffer: number, count: number, offset: bigint): number {
    const file = loans.find(address);
    const from = Number(offset);
    for (let done = 0; done < count; done += staging.size) {
      const part = Math.min(count - done, staging.size);
      staging.bytes(part).set(engine.heap().subarray(buffer + done, buffer + done + part));
      const code = noted(dotnet.Write(file.handle, part, from + done));
      if (code !== SQLITE_OK) return code;
    }
    loans.noteWrite(file, engine.heap(), buffer, count, from);
    return SQLITE_OK;
  }

  function truncate(address: number, length: bigint): number {
    const file = loans.find(address);
    const code = noted(dotnet.Truncate(file.handle, Number(length)));
    if (code === SQLITE_OK) loans.noteTruncate(file, Number(length));
    return code;
  }

  function fileSize(address: number, result: number): number {
    const file = loans.find(address);
    let code = SQLITE_OK;
    let size = loans.sizeOf(file);
    if (size < 0) {
      code = noted(dotnet.FileSize(file.handle));
      size = Number(staging.numbers().getBigInt64(0, true));
      if (code === SQLITE_OK) loans.noteSize(file, size);
    }
    const view = data();
    view.setUint32(result, size >>> 0, true);
    view.setUint32(result + 4, Math.floor(size / 0x1_0000_0000), true);
    return code;
  }

  function lock(address: number, level: number): number {
    const file = loans.find(address);
    if (level === LOCK_SHARED) {
      if (!file.isLent) {
        // Nothing is known of the time before.
        loans.endEra();
        const code = dotnet.Lock(file.handle, level);
        file.isLent = code === LENT;
        if (noted(code === LENT ? SQLITE_OK : code) !== SQLITE_OK) return code;
      }
    } else {
      const entered = walIndex.enter(file);
      if (entered !== SQLITE_OK) return entered;
      if (level === LOCK_EXCLUSIVE) loans.recallOthers(file);
      const code = dotnet.Lock(file.handle, level);
      // The lock is in somebody's way, but what is known stays true.
      if (code !== SQLITE_OK) {
        loans.isNoted = true;
        // It may have a part of the lock, of whose end .NET must hear.
        file.isLent = false;
        walIndex.leaveIfFree(file);
        return code;
      }
    }
    file.level = level;
    return SQLITE_OK;
  }

  function unlock(address: number, level: number): number {
    const file = loans.find(address);
    const kept = file.isLent && level === LOCK_NONE ? LOCK_SHARED : level;
    if (kept === LOCK_NONE) loans.endEra();
    if (!file.isLent || file.level > kept) {
      const code = dotnet.Unlock(file.handle, kept);
      if (code === TOLD) {
        loans.isNoted = true;
      } else if (noted(code) !== SQLITE_OK) {
        file.isLent = false;
        return code;
      }
    }
    file.level = level;
    walIndex.leaveIfFree(file);
    return SQLITE_OK;
  }

  function checkReservedLock(address: number, result: number): number {
    const code = noted(dotnet.CheckReservedLock(loans.find(address).handle));
    data().setInt32(result, staging.numbers().getInt32(0, true), true);
    return code;
  }

  function fileControl(address: number, opcode: number, argument: number): number {
    const file = loans.find(address);
    if (opcode === FCNTL_LOCKSTATE) {
      data().setInt32(argument, file.level, true);
      return SQLITE_OK;
    }
    const type = FILE_CONTROLS.get(opcode);
    if (type === undefined) return SQLITE_NOTFOUND;
    if (type === Argument.Int32) staging.numbers().setBigInt64(0, BigInt(data().getInt32(argument, true)), true);
    const code = dotnet.FileControl(file.handle, opcode);
    file.characteristics = -1;
    if (code !== SQLITE_OK) return code === SQLITE_NOTFOUND ? code : noted(code);
    if (type === Argument.Int32) data().setInt32(argument, Number(staging.numbers().getBigInt64(0, true)), true);
    else if (type === Argument.Text) return giveText(argument);
    return SQLITE_OK;
  }

  function deviceCharacteristics(address: number): number {
    const file = loans.find(address);
    if (file.characteristics < 0) file.characteristics = dotnet.DeviceCharacteristics(file.handle);
    return file.characteristics;
  }

  /** Copies a text into memory that SQLite's caller frees with sqlite3_free. */
  function giveText(destination: number): number {
    const size = staging.bytes(staging.size).indexOf(0) + 1;
    const copy = engine.exports.sqlite3_malloc(size);
    if (copy === 0) return SQLITE_NOMEM;
    takeText(copy, size);
    data().setInt32(destination, copy, true);
    return SQLITE_OK;
  }

  /** Keeps an exception from unwinding SQLite. .NET's methods never throw, so an exception is a bug and is shown. */
  function guarded(method: (...args: never[]) => number): (...args: never[]) => number {
    const call = method as (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => number;
    // With all arguments by name, because a list of them would be made anew at each call.
    return (a: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => {
      try {
        return call(a, b, c, d, e);
      } catch (error) {
        console.error('A VFS method threw.', error);
        loans.isNoted = true;
        loans.endEra();
        return SQLITE_IOERR;
      }
    };
  }

  function install([signature, method]: Method): number {
    return engine.installFunction(signature, guarded(method));
  }

  function createIoMethods(): { plain: Pointer; logs: Pointer } {
    const members: Method[] = [
      ['i(p)', close],
      ['i(ppij)', read],
      ['i(ppij)', write],
      ['i(pj)', truncate],
      ['i(pi)', (address: number) => noted(dotnet.Sync(loans.find(address).handle))],
      ['i(pp)', fileSize],
      ['i(pi)', lock],
      ['i(pi)', unlock],
      ['i(pp)', checkReservedLock],
      ['i(pip)', fileControl],
      ['i(p)', () => SECTOR_SIZE],
      ['i(p)', deviceCharacteristics],
    ];
    const shared: Method[] = [
      ['i(piiip)', (address: number, ...rest: [number, number, number, number]) => walIndex.map(loans.find(address), ...rest)],
      ['i(piii)', (address: number, slot: number, count: number, flags: number) => walIndex.lock(loans.find(address), slot, count, flags)],
      // One thread needs no barrier.
      ['v(p)', () => 0],
      ['i(pi)', (address: number) => walIndex.unmap(loans.find(address))],
    ];
    const pointers = members.map(install);
    return { plain: allocateNumbers([1, ...pointers]), logs: allocateNumbers([2, ...pointers, ...shared.map(install)]) };
  }

  function allocateNumbers(numbers: number[]): Pointer {
    const address = engine.allocate(numbers.length * 4);
    const view = data();
    numbers.forEach((value, index) => view.setInt32(address + index * 4, value, true));
    return address;
  }

  /** The members of sqlite3_vfs from xOpen on. The engine loads no extensions, so the four xDl members stay 0. */
  function createVfsMethods(): number[] {
    const members: (Method | null)[] = [
      ['i(pppip)', open],
      ['i(ppi)', remove],
      ['i(ppip)', access],
      ['i(ppip)', fullPathname],
      null,
      null,
      null,
      null,
      ['i(pip)', randomness],
      // xSleep does nothing: the code that could release a lock runs on this same thread.
      ['i(pi)', () => 0],
      ['i(pp)', currentTime],
      ['i(pip)', getLastError],
      ['i(pp)', currentTimeInt64],
    ];
    return members.map(member => (member === null ? 0 : install(member)));
  }

  function start(address: number, size: number): void {
    dotnet = exports();
    loans.start(dotnet.Unlock);
    staging = new Staging(dotnetHeap, address, size);
    walIndex = new WalIndex(engine, loans, dotnet, () => staging.numbers().getBigInt64(0, true));
    ioMethods = createIoMethods();
    methods = createVfsMethods();
  }

  return {
    register(name, vfs, maxPathname, stagingAddress, size) {
      if (ioMethods.plain === 0) start(stagingAddress, size);
      const address = engine.allocate(VFS_SIZE);
      const nameAddress = engine.allocateText(name);
      const view = data();
      view.setInt32(address, 2, true);
      view.setInt32(address + 4, FILE_SIZE, true);
      view.setInt32(address + 8, maxPathname, true);
      view.setInt32(address + 12, 0, true);
      view.setInt32(address + VFS_NAME, nameAddress, true);
      view.setInt32(address + VFS_APP_DATA, vfs, true);
      methods.forEach((pointer, index) => view.setInt32(address + VFS_METHODS + index * 4, pointer, true));
      return engine.exports.sqlite3_vfs_register(address, 0) === SQLITE_OK ? address : 0;
    },
    makeDefault(address) {
      // SQLite makes a VFS the default when it is registered again.
      engine.exports.sqlite3_vfs_register(address, 1);
    },
    unregister(address) {
      engine.exports.sqlite3_vfs_unregister(address);
    },
  };
}
