// Functions for the scripts of tests: TestPage makes each known in its pages by its name. It also says which `backend` a page has, in which
// `directory`, and how the names of a test's own databases begin (`prefix`). `storage` and `db` are what the page started and opened last.
import { IsarStorage, IsarStorageError } from '/isar/isar-client.js';
import { protocolVersion } from '/isar/isar-dotnet.js';

/** The name of a database of the test. */
export const at = name => globalThis.prefix + name;

/** Starts a worker. The backend `opfs with journal` is OPFS whose new databases have no write-ahead log. */
export function startAnother(options) {
  const [backend, isPlain] = globalThis.backend.split(' with ');
  return IsarStorage.start({ directory: globalThis.directory, candidates: [backend], writeAheadLog: !isPlain, ...options });
}

export async function start(options) {
  globalThis.storage = await startAnother(options);
  return globalThis.storage;
}

/** Opens `shared.db`, in a worker that is started for it when the page has none. */
export async function open(options) {
  if (!globalThis.storage || options) await start(options);
  globalThis.db = await globalThis.storage.open(at('shared.db'));
  return globalThis.db;
}

/** The first value of the first row. */
export const value = async (sql, connection = globalThis.db) => Object.values((await connection.query(sql))[0])[0];

/** The names of the test's databases. */
export async function names() {
  const all = (await globalThis.storage.list()).map(entry => entry.name);
  return all
    .filter(name => name.startsWith(globalThis.prefix))
    .map(name => name.slice(globalThis.prefix.length))
    .join();
}

export const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

export async function until(condition) {
  while (!condition()) await sleep(1);
}

/** Lets something go on without being awaited: it is kept as `going`, and is never an unhandled rejection. */
export function go(promise) {
  globalThis.going = promise;
  promise.catch(() => {});
}

/** Begins a transaction with some SQL, which goes on until `end()`. */
export const endless = (connection, sql = 'UPDATE t SET content = content') =>
  new Promise((began, failed) => {
    const transaction = connection.transaction(async tx => {
      await tx.exec(sql);
      began();
      await new Promise(end => (globalThis.end = end));
    });
    go(transaction);
    transaction.catch(failed);
  });

/** Shows a value so that it can be told from every other one, which JSON alone does not. */
export const show = value =>
  JSON.stringify(value, (_, part) => {
    if (part === undefined || typeof part === 'bigint' || (typeof part === 'number' && !Number.isFinite(part))) return `<${part}>`;
    if (typeof part === 'function' || typeof part === 'symbol') return `<${String(part)}>`;
    if (Object.is(part, -0)) return '<-0>';
    if (part instanceof Error) return `<${part}>`;
    return part instanceof Uint8Array ? `<bytes ${Array.from(part)}>` : part;
  });

export function assert(isTrue, what) {
  if (!isTrue) throw new Error(`Not as expected: ${typeof what === 'string' ? what : show(what)}`);
}

export function assertEqual(actual, expected, what = 'The value') {
  const [found, wanted] = [show(actual), show(expected)];
  if (found !== wanted) throw new Error(`${what} is ${found}, but expected was ${wanted}.`);
}

/** Waits for something to fail, checks the kind of the error and what its message says, if told, and returns what the error says. */
export async function fail(promise, kind, ...words) {
  const began = performance.now();
  const error = await promise.then(
    result => {
      throw new Error(`It did not fail${kind ? ` as ${kind}` : ''}, but gave ${show(result)}.`);
    },
    error => error,
  );
  const { code = 0, extendedCode = 0, message } = error;
  const kindOfError = error instanceof IsarStorageError ? error.kind : error.name;
  const failure = { kind: kindOfError, code, extendedCode, message, after: performance.now() - began };
  const missing = words.filter(word => !message.includes(word));
  if ((kind && failure.kind !== kind) || missing.length > 0)
    throw new Error(`It failed with ${failure.kind}: ${message}, but expected was ${kind} that says ${show(words)}.`);
  return failure;
}

/** Checks that a database is whole. */
export const assertWhole = async (connection = globalThis.db) =>
  assertEqual(await value('PRAGMA integrity_check', connection), 'ok', 'The integrity check');

/** The storage's directory as OPFS has it. */
export async function opfsDirectory() {
  let handle = await navigator.storage.getDirectory();
  for (const name of globalThis.directory.split('/')) handle = await handle.getDirectoryHandle(name, { create: true });
  return handle;
}

/** What a request to IndexedDB gives. */
export const request = request =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The storage's database as IndexedDB has it. */
export const openIndexedDb = version => request(indexedDB.open(`isar-storage/${globalThis.directory}`, version));

/** A worker of its own for messages that no client sends. */
export class RawWorker {
  #waiting = new Map();
  #lastId = 0;

  constructor(url = '/isar/isar-worker.js') {
    this.worker = new Worker(url, { type: 'module' });
    this.worker.onmessage = ({ data }) => (this.#waiting.get(data.id) ?? (() => (this.unasked ??= data)))(data);
  }

  /** The next number of a request. */
  nextId() {
    return ++this.#lastId;
  }

  /** Calls a listener with every answer to a number, which is 0 for what had no valid one; without a listener no more. */
  listen(id, listener) {
    if (listener) this.#waiting.set(id, listener);
    else this.#waiting.delete(id);
  }

  /** Sends a message as it is, and resolves to the answer to its number. */
  send(message, id = message?.id > 0 ? message.id : 0) {
    return new Promise(resolve => {
      this.listen(id, resolve);
      this.worker.postMessage(message);
    });
  }

  /** Sends a request with a number of its own. */
  ask(fields) {
    return this.send({ id: this.nextId(), ...fields });
  }

  hello(options = { directory: globalThis.directory }) {
    return { method: 'hello', protocol: protocolVersion(), options };
  }
}

/** Makes a database of a kind, which is a text: the name of its only table, and what every row holds. */
export async function fill(name, kind, rows = 300) {
  const db = await globalThis.storage.open(at(name));
  await db.exec(`DROP TABLE IF EXISTS old; DROP TABLE IF EXISTS new; CREATE TABLE ${kind} (id INTEGER PRIMARY KEY, content TEXT NOT NULL);
    CREATE INDEX ${kind}_content ON ${kind} (content)`);
  await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows})
    INSERT INTO ${kind} SELECT i, i || '${kind}' || hex(randomblob(500)) FROM c`);
  await db.close();
}

/** Tells which kind of database it is, and how many rows it has of that. */
export async function kindOf(name, connection = undefined) {
  const db = connection ?? (await globalThis.storage.open(at(name)));
  const integrity = await value('PRAGMA integrity_check', db);
  const kind = await value("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'", db);
  const rows = await value(`SELECT count(*) FROM ${kind} WHERE content LIKE id || '${kind}%'`, db);
  if (!connection) await db.close();
  return `${integrity} ${kind} ${rows}`;
}

/** Counts what OPFS or IndexedDB have of unfinished transfers. */
export async function staged() {
  if (globalThis.backend === 'indexeddb') {
    const database = await openIndexedDb();
    const keys = await request(database.transaction('files').objectStore('files').getAllKeys());
    database.close();
    return keys.map(String).filter(key => key.includes('.isar-staging')).length;
  }
  try {
    // An entry that is empty is only a name, which the next one uses.
    const entries = await Array.fromAsync((await (await opfsDirectory()).getDirectoryHandle('.isar-staging')).values());
    return (await Promise.all(entries.map(entry => entry.getFile()))).filter(file => file.size > 0).length;
  } catch (error) {
    if (error.name === 'NotFoundError') return 0;
    throw error;
  }
}

/** A stream that gives a blob in parts. */
export function streamOf(blob, size = 100_000) {
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (at >= blob.size) return controller.close();
        controller.enqueue(new Uint8Array(await blob.slice(at, (at += size)).arrayBuffer()));
      },
    },
    { highWaterMark: 0 },
  );
}

/** The bytes of a blob, for a test to take away. */
export async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
