// A worker inside the test's own thread: the real host and the real SQLite, with a few lines in the place of .NET.
import { load, sqliteWasm } from './load.mjs';

export const modules = await load(
  'Client/client.ts', 'Client/protocol.ts', 'Browser/Engine/engine.ts', 'Browser/Host/host.ts', 'Browser/Host/codes.ts');

const compiled = await WebAssembly.compile(sqliteWasm());

/** Loads a SQLite of its own, so that tests do not share anything. */
export const loadEngine = () => modules.loadEngine(compiled);

/** Opens a database in memory and returns its `sqlite3*`. */
export function openMemory(engine) {
  const result = engine.allocate(4);
  const name = engine.allocateText(':memory:');
  const READWRITE_CREATE = 6;
  engine.exports.sqlite3_open_v2(name, result, READWRITE_CREATE, 0);
  return engine.view().getUint32(result, true);
}

/** Stands in for HostExports.cs and RequestServer.cs. `afterCommit` is awaited where .NET flushes. */
function createServer(engine, imports, afterCommit) {
  const open = new Map();
  const fail = (id, db) => {
    const code = engine.exports.sqlite3_extended_errcode(db);
    imports.fail(id, code === 21 ? 'usage' : 'sqlite', code & 0xff, code, engine.readText(engine.exports.sqlite3_errmsg(db)));
  };
  const closed = id => imports.fail(id, 'closed', 21, 21, 'There is no such open database.');
  return {
    Open(id) {
      open.set(id, openMemory(engine));
      imports.completeNumber(id, id);
    },
    async Execute(id, database) {
      const db = open.get(database);
      if (!db)
        return closed(id);
      try {
        const code = imports.execute(id, db);
        if (code > 0)
          return fail(id, db);
        if (code < 0)
          await afterCommit();
        imports.complete(id);
      } catch (error) {
        imports.fail(id, 'internal', 0, 0, `JSException: ${error}`);
      }
    },
    Rollback(id, database) {
      const db = open.get(database);
      const code = imports.rollback(db);
      return code === 0 ? imports.complete(id) : fail(id, db);
    },
    Close(id, database) {
      const db = open.get(database);
      open.delete(database);
      imports.release(db);
      if (engine.exports.sqlite3_next_stmt(db, 0) !== 0)
        throw new Error('A statement was left behind.');
      engine.exports.sqlite3_close_v2(db);
      imports.complete(id);
    },
    Delete: (id, name) => imports.completeBoolean(id, name === 'there.db'),
    Exists: (id, name) => imports.completeBoolean(id, name === 'there.db'),
    List: id => imports.completeList(id, ['a.db', 'b.db'], [4096, 0]),
    Report: id => imports.completeReport(id, 'memory', 'a test', 'memory', 'none', 'oneProcess', false, 4096, ['a.db'], [4096]),
  };
}

/** The `Worker` of the page. Messages are copied and arrive later, as they would in a browser. */
export class FakeWorker extends EventTarget {
  static last;
  static afterCommit = async () => {};

  constructor(url) {
    super();
    FakeWorker.last = this;
    this.url = url;
    this.terminated = false;
    this.log = [];
    this.listeners = [];
    this.host = new modules.Host({
      addEventListener: (_type, listener) => this.listeners.push(listener),
      postMessage: (message, transfer) => this.deliver(structuredClone(message, { transfer })),
    });
    this.ready = this.boot();
  }

  async boot() {
    this.engine = await loadEngine();
    const imports = this.host.createImports(this.engine, () => createServer(this.engine, imports, () => FakeWorker.afterCommit()));
    await this.host.hello;
    imports.started();
  }

  postMessage(message, transfer = []) {
    const copy = structuredClone(message, { transfer });
    this.log.push(copy);
    setImmediate(() => {
      if (!this.terminated)
        this.listeners.forEach(listener => listener({ data: copy }));
    });
  }

  deliver(message) {
    setImmediate(() => {
      if (!this.terminated)
        this.dispatchEvent(Object.assign(new Event('message'), { data: message }));
    });
  }

  terminate() {
    this.terminated = true;
  }
}

globalThis.Worker = FakeWorker;

/** Starts a storage on a fake worker. */
export async function startStorage(options = {}) {
  const storage = await modules.IsarStorage.start({ workerUrl: 'worker.js', ...options });
  return { storage, worker: FakeWorker.last };
}

/** Makes a check for `assert.rejects`. */
export const error = (kind, pattern, codes = {}) => actual => {
  if (!(actual instanceof modules.IsarStorageError))
    throw actual;
  const fits = actual.kind === kind && pattern.test(actual.message)
    && Object.entries(codes).every(([name, code]) => actual[name] === code);
  if (!fits)
    throw new Error(`Not expected: ${actual.kind} ${actual.code}/${actual.extendedCode} ${actual.message}`, { cause: actual });
  return true;
};
