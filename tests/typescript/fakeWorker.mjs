// A worker inside the test's own thread: the real host and the real SQLite, with a few lines in the place of .NET.
import { load, sqliteWasm } from './load.mjs';

export const modules = await load(
  'Client/Script/client.ts',
  'Client/Script/dotnetClient.ts',
  'Protocol/protocol.ts',
  'Browser/Engine/engine.ts',
  'Browser/Engine/progress.ts',
  'Browser/Host/host.ts',
  'Browser/Engine/codes.ts',
  'Browser/Quota/quota.ts',
  'Browser/Statements/session.ts',
  'Browser/Vfs/loans.ts',
  'Browser/Changes/access.ts',
);

const compiled = await WebAssembly.compile(sqliteWasm());

/** Loads a SQLite of its own, so that tests do not share anything. */
export const loadEngine = () => modules.loadEngine(compiled);

/**
 * Opens a database and returns its `sqlite3*`: in memory, its own or one that connections share (https://sqlite.org/inmemorydb.html), or a
 * file of the system that the WebAssembly module has in memory, without locks.
 */
export function openMemory(engine, kind = 'own') {
  const result = engine.allocate(4);
  const name = engine.allocateText({ own: ':memory:', shared: 'file:/shared?vfs=memdb', file: '/file.db' }[kind]);
  const READWRITE_CREATE_URI = 0x46;
  engine.exports.sqlite3_open_v2(name, result, READWRITE_CREATE_URI, 0);
  return engine.view().getUint32(result, true);
}

/** What the storage of the fake worker has. */
export const databases = [
  { name: 'a.db', backend: 'memory', bytes: 4096 },
  { name: 'b.db', backend: 'opfs', bytes: null },
];

export const quota = { usageBytes: 8e8, quotaBytes: 1e9, persisted: false };

export const report = {
  backend: 'memory',
  reason: 'a test',
  location: 'memory',
  durability: 'none',
  sharing: 'oneProcess',
  persistent: false,
  usedBytes: 4096,
  rejected: [{ backend: 'opfs', reason: 'It is not “there”.' }],
  databases,
  quota,
};

/** Stands in for HostExports.cs. `long` is awaited where opening and migrating wait. */
function createExports(engine, recorder, imports, open, long) {
  const cancellable = new Map();
  const serveCancellable = async (id, complete) => {
    const cancelled = new Promise(resolve => cancellable.set(id, () => resolve('cancelled')));
    const progress = (stage, completed, total) => imports.progress(id, stage, completed, total);
    const outcome = await Promise.race([long(id, progress), cancelled]);
    cancellable.delete(id);
    if (outcome === 'cancelled') imports.fail(id, 'cancelled', 9, 9, 'The page cancelled the request.', false);
    else complete();
  };
  const methods = {
    open: (id, { name }) =>
      serveCancellable(id, () => {
        const db = openMemory(
          engine,
          ['shared', 'file'].find(kind => name.startsWith(kind)),
        );
        recorder.listen(db);
        open.set(id, db);
        imports.opened(id, id, db);
      }),
    migrate: id => serveCancellable(id, () => imports.complete(id)),
    cancel(id, { request }) {
      cancellable.get(request)?.();
      imports.complete(id);
    },
    setHidden: id => imports.complete(id),
    delete: (id, { name }) => imports.completeBoolean(id, name === 'there.db'),
    exists: (id, { name }) => imports.completeBoolean(id, name === 'there.db'),
    list: id => imports.completeJson(id, JSON.stringify(databases)),
    report: id => imports.completeJson(id, JSON.stringify(report)),
    call: (id, { name, argument }) => serveCancellable(id, () => imports.completeText(id, JSON.stringify({ name, argument: JSON.parse(argument) }))),
  };
  return {
    Serve: (id, method, request) => methods[method](id, request),
    Close(id, database) {
      const db = open.get(database);
      open.delete(database);
      if (engine.exports.sqlite3_next_stmt(db, 0) !== 0) throw new Error('A statement was left behind.');
      engine.exports.sqlite3_close_v2(db);
      imports.complete(id);
    },
    Yield: () => imports.recall(),
  };
}

/** Stands in for StatementExports.cs. `afterCommit` is awaited where .NET flushes; `cause` is what the storage has to say about failures. */
function createStatementExports(imports, afterCommit, cause) {
  const { Attempt, Entry } = modules;
  const flush = id => {
    void afterCommit().then(() => imports.settled(id));
    return false;
  };
  return {
    TryEnter: () => Entry.Lent,
    Leave() {},
    Wait(id) {
      const attempt = imports.attempt(id);
      if (attempt === Attempt.Locked) imports.fail(id, 'sqlite', 5, 5, 'database is locked', false);
      else if (attempt === Attempt.Committed) flush(id);
      else imports.settled(id);
    },
    Flush: flush,
    FlushAttached: flush,
    BeginCall() {},
    NoteNeeds: () => false,
    GetFailure: cause,
  };
}

/** The `Worker` of the page. Messages are copied and arrive later, as they would in a browser. */
export class FakeWorker extends EventTarget {
  static last;
  static afterCommit = async () => {};
  static long = async () => {};
  static cause = null;
  static missing = [];

  constructor(url) {
    super();
    FakeWorker.last = this;
    this.url = url;
    this.terminated = false;
    this.log = [];
    this.listeners = [];
    this.open = new Map();
    this.host = new modules.Host(
      {
        addEventListener: (_type, listener) => this.listeners.push(listener),
        postMessage: (message, transfer) => this.deliver(structuredClone(message, { transfer })),
      },
      { missing: () => FakeWorker.missing, end() {} },
    );
    this.ready = this.boot();
  }

  async boot() {
    this.engine = await loadEngine();
    const recorder = new modules.AccessRecorder(this.engine);
    const loans = Object.defineProperty(new modules.Loans(), 'isNoted', { get: () => FakeWorker.cause !== null, set() {} });
    const imports = (this.imports = this.host.createImports({
      engine: this.engine,
      recorder,
      progress: new modules.ProgressHandlers(this.engine),
      loans,
      dotnetHeap: () => new Uint8Array(),
      exports: () => createExports(this.engine, recorder, imports, this.open, (id, progress) => FakeWorker.long(id, progress)),
      statementExports: () =>
        createStatementExports(
          imports,
          () => FakeWorker.afterCommit(),
          () => FakeWorker.cause,
        ),
    }));
    await this.host.hello;
    imports.started();
  }

  /** The `sqlite3*` of what is open. */
  handles() {
    return [...this.open.values()];
  }

  postMessage(message, transfer = []) {
    const copy = structuredClone(message, { transfer });
    this.log.push(copy);
    setImmediate(() => {
      if (!this.terminated) this.listeners.forEach(listener => listener({ data: copy }));
    });
  }

  deliver(message) {
    setImmediate(() => {
      if (!this.terminated) this.dispatchEvent(Object.assign(new Event('message'), { data: message }));
    });
  }

  /** Sends a request of which the client knows nothing, and waits for its answer. */
  ask(request) {
    return new Promise(resolve => {
      this.deliver = message => {
        if (message.id !== request.id) return FakeWorker.prototype.deliver.call(this, message);
        delete this.deliver;
        resolve(message);
      };
      this.postMessage(request);
    });
  }

  terminate() {
    this.terminated = true;
  }
}

globalThis.Worker = FakeWorker;

/** As in a browser, a channel keeps nothing running. */
globalThis.BroadcastChannel = class extends BroadcastChannel {
  constructor(name) {
    super(name);
    this.unref();
  }
};

/** Starts a storage on a fake worker. */
export async function startStorage(options = {}) {
  const storage = await modules.IsarStorage.start({ workerUrl: 'worker.js', ...options });
  return { storage, worker: FakeWorker.last };
}

/** Gives everything else a turn until something is so. */
export async function until(condition) {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 100_000) throw new Error('It never came to that.');
    await new Promise(setImmediate);
  }
}

/** Everything that can be iterated over, as an array. */
export async function all(iterable) {
  const found = [];
  for await (const one of iterable) found.push(one);
  return found;
}

/** Makes a check for `assert.rejects`. */
export const error =
  (kind, pattern, codes = {}) =>
  actual => {
    if (!(actual instanceof modules.IsarStorageError)) throw actual;
    const fits = actual.kind === kind && pattern.test(actual.message) && Object.entries(codes).every(([name, code]) => actual[name] === code);
    if (!fits) throw new Error(`Not expected: ${actual.kind} ${actual.code}/${actual.extendedCode} ${actual.message}`, { cause: actual });
    return true;
  };
