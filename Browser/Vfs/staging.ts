/** How many lengths have a view of their own. */
const VIEWS = 64;

/** The buffer in .NET's memory through which bytes pass (Staging.cs). Its views are made anew when that memory has grown. */
export class Staging {
  readonly #dotnetHeap: () => Uint8Array;
  readonly #address: number;
  readonly #views = new Map<number, Uint8Array>();
  #viewed: ArrayBufferLike | undefined;
  #numbers!: DataView;

  constructor(
    dotnetHeap: () => Uint8Array,
    address: number,
    readonly size: number,
  ) {
    this.#dotnetHeap = dotnetHeap;
    this.#address = address;
  }

  /** The first bytes of the buffer. */
  bytes(count: number): Uint8Array {
    const heap = this.#look();
    let view = this.#views.get(count);
    if (view) return view;
    if (this.#views.size === VIEWS) this.#views.clear();
    this.#views.set(count, (view = heap.subarray(this.#address, this.#address + count)));
    return view;
  }

  /** The first bytes of the buffer as numbers. */
  numbers(): DataView {
    this.#look();
    return this.#numbers;
  }

  #look(): Uint8Array {
    const heap = this.#dotnetHeap();
    if (heap.buffer !== this.#viewed) {
      this.#viewed = heap.buffer;
      this.#views.clear();
      this.#numbers = new DataView(this.#viewed, this.#address, 8);
    }
    return heap;
  }
}
