// Workers that use the same files by turns: the real SQLite and the real binding in each, with a few lines in the place of .NET.
import { load, sqliteWasm } from './load.mjs';

export const { createVfsImports, loadEngine, Loans, WriteAheadLog, LENT, LOGS, SQLITE_BUSY, SQLITE_OK } = await load(
  'Browser/Vfs/vfs.ts',
  'Browser/Vfs/loans.ts',
  'Browser/Engine/engine.ts',
  'Browser/Statements/writeAheadLog.ts',
  'Protocol/resultCodes.ts',
);

const compiled = await WebAssembly.compile(sqliteWasm());

export const BUSY_RECOVERY = 261;
const NOTFOUND = 12;
const CANTOPEN = 14;
const IOERR_SHORT_READ = 522;
const IOERR_DELETE_NOENT = 5898;
const OPEN_CREATE = 4;
const STAGING = 65_536;
const VFS = 1;
const ROW = 100;

/** The stored files, and which worker has them. */
export class Storage {
  files = new Map();
  holder;
  tenures = 0;

  find(name, creates) {
    if (!this.files.has(name) && creates) this.files.set(name, new Uint8Array(0));
    return this.files.get(name);
  }

  write(name, bytes, at) {
    let file = this.files.get(name);
    const end = at + bytes.length;
    if (file.length < end) {
      // The buffer grows seldom, what is seen of it is as long as the file.
      const longer = file.buffer.byteLength >= end ? new Uint8Array(file.buffer, 0, end) : new Uint8Array(new ArrayBuffer(2 * end), 0, end);
      if (longer.buffer !== file.buffer) longer.set(file);
      this.files.set(name, (file = longer));
    }
    file.set(bytes, at);
  }
}

/** One worker. It takes part in turns: `take` gives it the files once nobody else has locked anything. */
export class FakeStorageWorker {
  calls = {};
  heap = new Uint8Array(STAGING);
  numbers = new DataView(this.heap.buffer);
  open = new Map();
  lastHandle = 0;
  tenure = 0;
  /** Whether locks are lent. */
  lends = true;
  /** What `EndLogWrites` answers for what: a commit or a checkpoint. */
  isLost = { commit: false, checkpoint: false };
  /** Called when it says so. */
  atEnd = () => {};
  connections = [];

  static async start(storage) {
    const worker = new FakeStorageWorker();
    worker.storage = storage;
    worker.engine = await loadEngine(compiled);
    worker.loans = new Loans();
    const context = { engine: worker.engine, loans: worker.loans, dotnetHeap: () => worker.heap, scripts: {} };
    const imports = createVfsImports(context, () => worker.exports);
    imports.register('fake', VFS, 512, 0, STAGING);
    return worker;
  }

  /** The uses that .NET counts: while there is one, the files cannot be handed over. */
  get uses() {
    return [...this.open.values()].filter(file => file.isUsing).length;
  }

  /** Takes the files from whoever has them. */
  take() {
    const before = this.storage.holder;
    if (before === this) return;
    before?.loans.recall();
    if (before?.uses) throw new Error('The worker before has locked something.');
    this.storage.holder = this;
    this.tenure = ++this.storage.tenures;
  }

  get exports() {
    const { numbers, heap, open, storage } = this;
    const file = handle => open.get(handle);
    const using = f => f.level > 1 || (f.isMapped ? f.locks : f.level === 1);
    const look = f => {
      f.isUsing &&= using(f);
    };
    const admit = f => {
      if (!f.isUsing && storage.holder !== this) return false;
      f.isUsing = true;
      return true;
    };
    const enter = f => {
      if (!admit(f)) return BUSY_RECOVERY;
      f.locks = true;
      numbers.setBigInt64(0, BigInt(this.tenure), true);
      return this.lends ? LENT : SQLITE_OK;
    };
    const others = f => [...open.values()].filter(other => other !== f && other.name === f.name);
    const methods = {
      Open: (_vfs, name, flags) => {
        const opened = name ?? `temporary ${this.lastHandle}`;
        if (!storage.find(opened, (flags & OPEN_CREATE) !== 0)) return CANTOPEN;
        open.set(++this.lastHandle, { name: opened, level: 0, isUsing: false, isMapped: false, locks: false });
        numbers.setInt32(0, this.lastHandle, true);
        numbers.setInt32(4, flags, true);
        return (flags & 0x100) !== 0 ? LOGS : SQLITE_OK;
      },
      Delete: (_vfs, name) => (storage.files.delete(name) ? SQLITE_OK : IOERR_DELETE_NOENT),
      Access: (_vfs, name) => {
        numbers.setInt32(0, storage.files.get(name)?.length ? 1 : 0, true);
        return SQLITE_OK;
      },
      FullPathname: (_vfs, name) => {
        heap.set(new TextEncoder().encode(`${name}\0`));
        return SQLITE_OK;
      },
      Randomness: size => {
        crypto.getRandomValues(heap.subarray(0, size));
        return size;
      },
      CurrentTime: () => {
        numbers.setBigInt64(0, 210_866_760_000_000n, true);
        return SQLITE_OK;
      },
      GetLastError: () => 0,
      Close: handle => {
        open.delete(handle);
        return SQLITE_OK;
      },
      Read: (handle, count, at) => {
        const bytes = storage.files.get(file(handle).name)?.subarray(at, at + count) ?? [];
        heap.fill(0, 0, count).set(bytes);
        return bytes.length === count ? SQLITE_OK : IOERR_SHORT_READ;
      },
      Write: (handle, count, at) => {
        const { name } = file(handle);
        storage.find(name, true);
        storage.write(name, heap.slice(0, count), at);
        return SQLITE_OK;
      },
      Truncate: (handle, length) => {
        const { name } = file(handle);
        storage.files.set(name, storage.files.get(name).slice(0, length));
        return SQLITE_OK;
      },
      Sync: () => SQLITE_OK,
      FileSize: handle => {
        numbers.setBigInt64(0, BigInt(storage.files.get(file(handle).name)?.length ?? 0), true);
        return SQLITE_OK;
      },
      Lock: (handle, level) => {
        const f = file(handle);
        if (!admit(f)) return SQLITE_BUSY;
        const highest = Math.max(0, ...others(f).map(other => other.level));
        const isFree = level === 4 ? highest === 0 : highest < (level === 1 ? 3 : 2);
        if (isFree) f.level = level;
        look(f);
        if (!isFree) return SQLITE_BUSY;
        return level === 1 && this.lends ? LENT : SQLITE_OK;
      },
      Unlock: (handle, level) => {
        file(handle).level = level;
        look(file(handle));
        return SQLITE_OK;
      },
      CheckReservedLock: handle => {
        numbers.setInt32(0, others(file(handle)).some(other => other.level >= 2) ? 1 : 0, true);
        return SQLITE_OK;
      },
      FileControl: () => NOTFOUND,
      DeviceCharacteristics: () => 0,
      DirectSource: () => null,
      MapIndex: handle => {
        file(handle).isMapped = true;
        return enter(file(handle));
      },
      EnterIndex: handle => enter(file(handle)),
      LeaveIndex: handle => {
        file(handle).locks = false;
        look(file(handle));
      },
      EndLogWrites: (_handle, isCheckpoint) => {
        const what = isCheckpoint ? 'checkpoint' : 'commit';
        const wasLost = this.isLost[what];
        this.isLost[what] = false;
        if (wasLost) this.atEnd();
        return wasLost;
      },
      UnmapIndex: handle => {
        file(handle).isMapped = file(handle).locks = false;
        look(file(handle));
      },
    };
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        (...args) => {
          this.calls[name] = (this.calls[name] ?? 0) + 1;
          return method(...args);
        },
      ]),
    );
  }

  /** Opens a connection. */
  connect(name = 'a.db') {
    const connection = new Connection(this, name);
    this.connections.push(connection);
    return connection;
  }

  /** Ends without closing anything, as a worker that is terminated. */
  kill() {
    if (this.storage.holder === this) this.storage.holder = undefined;
  }
}

/** A connection with just enough to run SQL. */
class Connection {
  constructor(worker, name) {
    this.worker = worker;
    this.engine = worker.engine;
    const out = this.engine.allocate(4);
    const code = this.engine.exports.sqlite3_open_v2(this.engine.allocateText(name), out, 0x46, this.engine.allocateText('fake'));
    this.db = this.engine.view().getUint32(out, true);
    if (code !== SQLITE_OK) throw new Error(`Opening failed with ${code}.`);
    this.log = new WriteAheadLog(this.engine, worker.loans, this.db);
  }

  /** Runs statements; returns the extended result code. */
  try(sql) {
    const { exports } = this.engine;
    const text = this.engine.allocateText(sql);
    const code = exports.sqlite3_exec(this.db, text, 0, 0, 0);
    this.engine.free(text);
    return code === SQLITE_OK ? code : exports.sqlite3_extended_errcode(this.db);
  }

  exec(sql) {
    const code = this.try(sql);
    if (code !== SQLITE_OK) throw new Error(`${sql}: ${code} ${this.engine.readText(this.engine.exports.sqlite3_errmsg(this.db))}`);
  }

  /** Runs one statement; returns the first value as a text. `isKept` leaves the statement and its lock as they are then. */
  value(sql, isKept = false) {
    const { exports } = this.engine;
    const out = this.engine.allocate(4);
    exports.sqlite3_prepare_v2(this.db, this.engine.allocateText(sql), -1, out, 0);
    const statement = this.engine.view().getUint32(out, true);
    if (statement === 0 || exports.sqlite3_step(statement) !== ROW) throw new Error(`${sql}: ${exports.sqlite3_extended_errcode(this.db)}`);
    const value = this.engine.readText(exports.sqlite3_column_text(statement, 0));
    if (isKept) this.end = () => exports.sqlite3_finalize(statement);
    else exports.sqlite3_finalize(statement);
    return value;
  }

  close() {
    return this.engine.exports.sqlite3_close_v2(this.db);
  }
}
