import type { FileChange } from './tracker';

/** How long changes are collected after a message, in milliseconds, so that many small commits do not cost a message each. */
const PAUSE = 10;

/** Tells the page and the other tabs of the origin which tables were changed. */
export class ChangeChannel {
  readonly #channel: BroadcastChannel | undefined;
  readonly #tellPage: (change: FileChange) => void;
  readonly #watched = new Set<string>();
  readonly #waiting = new Map<string, Set<string>>();
  #pausing = false;

  /**
   * @param directory names the storage: tabs that use this name have the same databases. `undefined` when no other tab can see them.
   * @param tellPage hears of changes to files that are watched.
   */
  constructor(directory: string | undefined, tellPage: (change: FileChange) => void) {
    this.#tellPage = tellPage;
    if (directory === undefined) return;
    this.#channel = new BroadcastChannel(`isar-storage/changes/${directory}`);
    this.#channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      // Any script of the origin can send anything here.
      if (isChange(data)) this.#tell(data);
    });
  }

  /** From now on the page is told of changes to this file. */
  watch(file: string): void {
    this.#watched.add(file);
  }

  /** Sends changes: at once, or after a pause when a message was sent just before. */
  publish(changes: readonly FileChange[]): void {
    for (const { file, tables } of changes) this.#waiting.set(file, new Set([...(this.#waiting.get(file) ?? []), ...tables]));
    if (!this.#pausing) this.flush();
  }

  /** Sends the collected changes at once. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    for (const [file, tables] of this.#waiting) {
      const change = { file, tables: [...tables] };
      this.#channel?.postMessage(change);
      this.#tell(change);
    }
    this.#waiting.clear();
    this.#pausing = true;
    setTimeout(() => {
      this.#pausing = false;
      this.flush();
    }, PAUSE);
  }

  #tell(change: FileChange): void {
    if (this.#watched.has(change.file)) this.#tellPage(change);
  }
}

function isChange(data: unknown): data is FileChange {
  const { file, tables } = Object(data) as Partial<FileChange>;
  return typeof file === 'string' && Array.isArray(tables) && tables.every(table => typeof table === 'string');
}
