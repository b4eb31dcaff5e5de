import type { Engine, Pointer } from '../Engine/engine';

/** An address in .NET's memory. 0 is null. */
export type Address = number;

/** Moves bytes between .NET's memory and SQLite's. Addresses are only good while .NET waits for the call that passed them. */
export class Transfer {
  readonly #engine: Engine;
  readonly #dotnetHeap: () => Uint8Array;
  #dotnetView: DataView;

  constructor(engine: Engine, dotnetHeap: () => Uint8Array) {
    this.#engine = engine;
    this.#dotnetHeap = dotnetHeap;
    this.#dotnetView = new DataView(dotnetHeap().buffer);
  }

  /** .NET's memory. Take it afresh after every call in which .NET can run. */
  dotnetHeap(): Uint8Array {
    return this.#dotnetHeap();
  }

  /** .NET's memory as numbers, as short-lived as {@link dotnetHeap}. */
  dotnetView(): DataView {
    const { buffer } = this.#dotnetHeap();
    if (this.#dotnetView.buffer !== buffer) this.#dotnetView = new DataView(buffer);
    return this.#dotnetView;
  }

  /** The length of .NET's UTF-8 text: the one given or, when that is negative, up to its NUL. */
  sizeOf(text: Address, length: number): number {
    return length < 0 ? this.dotnetHeap().indexOf(0, text) - text : length;
  }

  /** Copies .NET's bytes into new memory of SQLite, with a NUL behind them; returns 0 when SQLite has no memory left. */
  copyIn(source: Address, length: number): Pointer {
    const target = this.#engine.exports.sqlite3_malloc(length + 1);
    if (target !== 0) {
      const heap = this.#engine.heap();
      heap.set(this.dotnetHeap().subarray(source, source + length), target);
      heap[target + length] = 0;
    }
    return target;
  }

  /** Lends SQLite a copy of .NET's NUL-terminated texts; null stays NULL. */
  withTexts<T>(texts: readonly Address[], use: (...copies: Pointer[]) => T): T {
    const copies: Pointer[] = [];
    try {
      for (const text of texts) copies.push(text === 0 ? 0 : this.#copyInText(text));
      return use(...copies);
    } finally {
      copies.forEach(copy => this.#engine.free(copy));
    }
  }

  /** Lends SQLite zeroed memory for results, for the duration of `use`. */
  withResults<T>(bytes: number, use: (results: Pointer) => T): T {
    const { exports } = this.#engine;
    const top = exports.sqlite3__wasm_pstack_ptr();
    const results = exports.sqlite3__wasm_pstack_alloc(bytes);
    if (results === 0) throw new RangeError('Calls into SQLite are nested too deeply.');
    try {
      this.#engine.heap().fill(0, results, results + bytes);
      return use(results);
    } finally {
      exports.sqlite3__wasm_pstack_restore(top);
    }
  }

  /** Copies SQLite's bytes into .NET's memory. */
  copyOut(source: Pointer, target: Address, length: number): void {
    this.dotnetHeap().set(this.#engine.heap().subarray(source, source + length), target);
  }

  /** Copies a C string with its NUL, if it fits; returns its length without the NUL either way. */
  copyTextOut(source: Pointer, target: Address, capacity: number): number {
    const length = this.#engine.textLength(source);
    if (length < capacity) this.copyOut(source, target, length + 1);
    return length;
  }

  #copyInText(text: Address): Pointer {
    const copy = this.copyIn(text, this.sizeOf(text, -1));
    if (copy === 0) throw new RangeError('SQLite has no memory left.');
    return copy;
  }
}
