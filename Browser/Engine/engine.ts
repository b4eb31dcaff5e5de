import initSqlite, { type Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { Pointer, SqliteExports } from './exports';

export type { Pointer, ResultCode, SqliteExports } from './exports';

/** What sqlite3.wasm comes as: the answer of a server, its bytes, or the module compiled from them. */
export type EngineSource = Response | ArrayBuffer | WebAssembly.Module;

/** There is no memory left in SQLite's module; SQLite itself goes on. */
export class OutOfMemory extends Error {
  constructor(bytes: number) {
    super(`SQLite has no memory left for ${bytes} bytes.`);
  }
}

/**
 * SQLite in its own WebAssembly module. No other module knows the package it comes from. Calls go to {@link exports} directly, because
 * the wrappers of the package convert every argument.
 */
export class Engine {
  readonly #memory: WebAssembly.Memory;
  #heap: Uint8Array;
  #view: DataView;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    /** The package's own object: constants, struct binders, `vfs.installVfs`. */
    readonly sqlite3: Sqlite3Static,
    /** SQLite's C functions, without any conversion. */
    readonly exports: SqliteExports,
    memory: WebAssembly.Memory,
  ) {
    this.#memory = memory;
    this.#heap = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** SQLite's memory. Take it afresh after every call into SQLite: when the memory grows, older views become empty. */
  heap(): Uint8Array {
    if (this.#heap.byteLength === 0) this.#heap = new Uint8Array(this.#memory.buffer);
    return this.#heap;
  }

  /** SQLite's memory as numbers, always little-endian. As short-lived as {@link heap}. */
  view(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }

  /** Allocates with SQLite's allocator; the caller frees it. Throws {@link OutOfMemory} when there is none left. */
  allocate(bytes: number): Pointer {
    const memory = this.exports.sqlite3_malloc(bytes);
    if (memory === 0) throw new OutOfMemory(bytes);
    return memory;
  }

  free(memory: Pointer): void {
    this.exports.sqlite3_free(memory);
  }

  /** Makes a C string, UTF-8 with a NUL behind it; the caller frees it. */
  allocateText(text: string): Pointer {
    const bytes = this.#encoder.encode(text);
    const memory = this.allocate(bytes.length + 1);
    const heap = this.heap();
    heap.set(bytes, memory);
    heap[memory + bytes.length] = 0;
    return memory;
  }

  /** Reads a C string, which must not be NULL. */
  readText(text: Pointer): string {
    return this.#decoder.decode(this.heap().subarray(text, text + this.textLength(text)));
  }

  /** The length of a C string in bytes. */
  textLength(text: Pointer): number {
    return this.heap().indexOf(0, text) - text;
  }

  /**
   * Makes a function that SQLite can call and returns its pointer. It is never removed.
   * @param signature result, then the arguments in parentheses: `i` 32-bit, `p` pointer, `j` 64-bit (bigint), `d` double, `v` nothing.
   * @param body must not throw: an exception would unwind SQLite in the middle of its work.
   */
  installFunction(signature: string, body: ((...args: never[]) => number | bigint) | ((...args: never[]) => void)): Pointer {
    return this.sqlite3.wasm.installFunction(signature, body);
  }
}

/** Loads SQLite. No VFS of the package is installed, and none of its workers is started: storage is ours. */
export async function loadEngine(source: EngineSource): Promise<Engine> {
  const module = await compile(source);
  (globalThis as { sqlite3ApiConfig?: unknown }).sqlite3ApiConfig = {
    disable: { vfs: { kvvfs: true, opfs: true, 'opfs-vfs': true, 'opfs-sahpool': true, 'opfs-wl': true } },
    debug: () => {},
    log: () => {},
  };
  const engine = await new Promise<Engine>((resolve, reject) => {
    let exports: SqliteExports;
    let memory: WebAssembly.Memory;
    const options = {
      print: () => {},
      // The package waits for ever when this fails, hence `reject`.
      instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void) {
        WebAssembly.instantiate(module, imports).then(instance => {
          exports = instance.exports as unknown as SqliteExports;
          memory = imports.env!.memory as WebAssembly.Memory;
          done(instance, module);
        }, reject);
        return {};
      },
    };
    const initialize = initSqlite as (options: object) => Promise<Sqlite3Static>;
    initialize(options).then(sqlite3 => resolve(new Engine(sqlite3, exports, memory)), reject);
  });
  unregisterKeyValueVfs(engine);
  return engine;
}

async function compile(source: EngineSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer) return WebAssembly.compile(source);
  // A browser keeps the compiled code of what it streams. Streaming needs the media type; a server that does not know it must not stop us.
  return source.headers.get('Content-Type') === 'application/wasm'
    ? WebAssembly.compileStreaming(source)
    : WebAssembly.compile(await source.arrayBuffer());
}

/** Makes the package's VFS over localStorage an unknown name: it cannot work here, because its JavaScript half is disabled. */
function unregisterKeyValueVfs(engine: Engine): void {
  const name = engine.allocateText('kvvfs');
  const vfs = engine.exports.sqlite3_vfs_find(name);
  engine.free(name);
  if (vfs !== 0) engine.exports.sqlite3_vfs_unregister(vfs);
}
