// The wasm binding: trampolines in sqlite3.wasm's function table that move arguments to and from the exported methods of VfsExports.
// Struct layouts: https://sqlite.org/c3ref/vfs.html and https://sqlite.org/c3ref/io_methods.html, with 32-bit pointers.

import type { Engine } from '../Engine/engine';
import { SQLITE_IOERR, SQLITE_IOERR_SHORT_READ, SQLITE_NOMEM, SQLITE_OK } from '../../Protocol/resultCodes';

export interface VfsExports {
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
  FileControlArgument(opcode: number): number;
  DeviceCharacteristics(file: number): number;
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

const FILE_SIZE = 8;
const FILE_HANDLE = 4;

/** The numbers of FileControlArgument in C#. */
const enum Argument {
  None,
  Int32,
  Text,
}

type Method = [signature: string, method: (...args: never[]) => number];

/** Makes the functions that .NET imports as `isar-vfs`. `exports` is asked for at the first call: .NET offers it only once it runs. */
export function createVfsImports(engine: Engine, dotnetHeap: () => Uint8Array, exports: () => VfsExports): VfsImports {
  let dotnet: VfsExports;
  let staging = 0;
  let stagingSize = 0;
  let ioMethods = 0;
  let methods: number[] = [];

  const data = (): DataView => engine.view();
  const stagingBytes = (count: number): Uint8Array => dotnetHeap().subarray(staging, staging + count);
  const stagingView = (): DataView => {
    const bytes = stagingBytes(8);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const handleOf = (file: number): number => data().getInt32(file + FILE_HANDLE, true);
  const vfsOf = (vfs: number): number => data().getInt32(vfs + VFS_APP_DATA, true);

  /** Copies the text that .NET left in the staging buffer, with its NUL. */
  function takeText(destination: number, size: number): void {
    const bytes = stagingBytes(Math.min(size, stagingSize));
    engine.heap().set(bytes.subarray(0, bytes.indexOf(0) + 1), destination);
  }

  function open(vfs: number, name: number, file: number, flags: number, outFlags: number): number {
    data().setInt32(file, 0, true);
    const code = dotnet.Open(vfsOf(vfs), name === 0 ? null : engine.readText(name), flags);
    if (code !== SQLITE_OK) return code;
    const result = stagingView();
    const view = data();
    view.setInt32(file + FILE_HANDLE, result.getInt32(0, true), true);
    if (outFlags !== 0) view.setInt32(outFlags, result.getInt32(4, true), true);
    view.setInt32(file, ioMethods, true);
    return SQLITE_OK;
  }

  function access(vfs: number, name: number, _flags: number, result: number): number {
    const code = dotnet.Access(vfsOf(vfs), engine.readText(name));
    data().setInt32(result, stagingView().getInt32(0, true), true);
    return code;
  }

  function fullPathname(vfs: number, name: number, size: number, destination: number): number {
    const code = dotnet.FullPathname(vfsOf(vfs), engine.readText(name), size);
    // The extended SQLITE_OK_SYMLINK is success too.
    if ((code & 0xff) === SQLITE_OK) takeText(destination, size);
    return code;
  }

  function randomness(_vfs: number, size: number, destination: number): number {
    const count = dotnet.Randomness(Math.min(size, stagingSize));
    engine.heap().set(stagingBytes(count), destination);
    return count;
  }

  function currentTime(vfs: number, days: number): number {
    const code = dotnet.CurrentTime(vfsOf(vfs));
    data().setFloat64(days, Number(stagingView().getBigInt64(0, true)) / 86_400_000, true);
    return code;
  }

  function currentTimeInt64(vfs: number, milliseconds: number): number {
    const code = dotnet.CurrentTime(vfsOf(vfs));
    data().setBigInt64(milliseconds, stagingView().getBigInt64(0, true), true);
    return code;
  }

  function getLastError(_vfs: number, size: number, destination: number): number {
    if (size <= 0) return 0;
    const code = dotnet.GetLastError(size);
    takeText(destination, size);
    return code;
  }

  function close(file: number): number {
    const handle = handleOf(file);
    data().setInt32(file, 0, true);
    return dotnet.Close(handle);
  }

  function read(file: number, buffer: number, count: number, offset: bigint): number {
    const handle = handleOf(file);
    let result = SQLITE_OK;
    for (let done = 0; done < count; done += stagingSize) {
      const part = Math.min(count - done, stagingSize);
      const code = dotnet.Read(handle, part, Number(offset) + done);
      if (code !== SQLITE_OK && code !== SQLITE_IOERR_SHORT_READ) return code;
      engine.heap().set(stagingBytes(part), buffer + done);
      result = code;
    }
    return result;
  }

  function write(file: number, buffer: number, count: number, offset: bigint): number {
    const handle = handleOf(file);
    for (let done = 0; done < count; done += stagingSize) {
      const part = Math.min(count - done, stagingSize);
      stagingBytes(part).set(engine.heap().subarray(buffer + done, buffer + done + part));
      const code = dotnet.Write(handle, part, Number(offset) + done);
      if (code !== SQLITE_OK) return code;
    }
    return SQLITE_OK;
  }

  function fileSize(file: number, result: number): number {
    const code = dotnet.FileSize(handleOf(file));
    data().setBigInt64(result, stagingView().getBigInt64(0, true), true);
    return code;
  }

  function checkReservedLock(file: number, result: number): number {
    const code = dotnet.CheckReservedLock(handleOf(file));
    data().setInt32(result, stagingView().getInt32(0, true), true);
    return code;
  }

  function fileControl(file: number, opcode: number, argument: number): number {
    const type = dotnet.FileControlArgument(opcode);
    if (type === Argument.Int32) stagingView().setBigInt64(0, BigInt(data().getInt32(argument, true)), true);
    const code = dotnet.FileControl(handleOf(file), opcode);
    if (code !== SQLITE_OK) return code;
    if (type === Argument.Int32) data().setInt32(argument, Number(stagingView().getBigInt64(0, true)), true);
    else if (type === Argument.Text) return giveText(argument);
    return SQLITE_OK;
  }

  /** Copies a text into memory that SQLite's caller frees with sqlite3_free. */
  function giveText(destination: number): number {
    const size = stagingBytes(stagingSize).indexOf(0) + 1;
    const copy = engine.exports.sqlite3_malloc(size);
    if (copy === 0) return SQLITE_NOMEM;
    takeText(copy, size);
    data().setInt32(destination, copy, true);
    return SQLITE_OK;
  }

  /** Keeps an exception from unwinding SQLite. .NET's methods never throw, so an exception is a bug and is shown. */
  function guarded(method: (...args: never[]) => number): (...args: never[]) => number {
    return (...args) => {
      try {
        return method(...args);
      } catch (error) {
        console.error('A VFS method threw.', error);
        return SQLITE_IOERR;
      }
    };
  }

  function install([signature, method]: Method): number {
    return engine.installFunction(signature, guarded(method));
  }

  function createIoMethods(): number {
    const members: Method[] = [
      ['i(p)', close],
      ['i(ppij)', read],
      ['i(ppij)', write],
      ['i(pj)', (file: number, length: bigint) => dotnet.Truncate(handleOf(file), Number(length))],
      ['i(pi)', (file: number) => dotnet.Sync(handleOf(file))],
      ['i(pp)', fileSize],
      ['i(pi)', (file: number, level: number) => dotnet.Lock(handleOf(file), level)],
      ['i(pi)', (file: number, level: number) => dotnet.Unlock(handleOf(file), level)],
      ['i(pp)', checkReservedLock],
      ['i(pip)', fileControl],
      ['i(p)', () => SECTOR_SIZE],
      ['i(p)', (file: number) => dotnet.DeviceCharacteristics(handleOf(file))],
    ];
    const pointers = members.map(install);
    const address = engine.allocate(4 + pointers.length * 4);
    const view = data();
    [1, ...pointers].forEach((value, index) => view.setInt32(address + index * 4, value, true));
    return address;
  }

  /** The members of sqlite3_vfs from xOpen on. The engine loads no extensions, so the four xDl members stay 0. */
  function createVfsMethods(): number[] {
    const members: (Method | null)[] = [
      ['i(pppip)', open],
      ['i(ppi)', (vfs: number, name: number, sync: number) => dotnet.Delete(vfsOf(vfs), engine.readText(name), sync)],
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

  function start(stagingAddress: number, size: number): void {
    dotnet = exports();
    staging = stagingAddress;
    stagingSize = size;
    ioMethods = createIoMethods();
    methods = createVfsMethods();
  }

  return {
    register(name, vfs, maxPathname, stagingAddress, size) {
      if (ioMethods === 0) start(stagingAddress, size);
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
