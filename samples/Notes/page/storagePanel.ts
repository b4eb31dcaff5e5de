import { byId, make } from './dom';
import { formatBytes } from './format';
import type { StorageInfo } from './store';

const DURABILITY: Record<StorageInfo['durability'], string> = {
  full: 'Full: what is saved survives a crash of the browser and a power loss',
  relaxed: 'Relaxed: what is saved survives a crash of the browser, but perhaps not a power loss',
  none: 'None: what is saved is gone with this page',
};

/** Shows where the notes are and what that guarantees. */
export class StoragePanel {
  readonly #facts = byId('storage-facts');
  readonly #missing = byId('storage-missing');
  readonly #warning = byId('storage-warning');

  show(info: StorageInfo): void {
    this.#missing.hidden = true;
    this.#warning.hidden = info.persistent;
    this.#facts.replaceChildren(
      ...this.#fact('Backend', info.backend),
      ...this.#fact('Why', info.reason),
      ...this.#fact('Location', info.location),
      ...this.#fact('Durability', DURABILITY[info.durability]),
      ...this.#fact('Size', formatBytes(info.usedBytes)),
      ...this.#fact('SQLite', info.sqliteVersion),
    );
  }

  showMissing(): void {
    this.#missing.textContent = 'Not open.';
    this.#missing.hidden = false;
    this.#warning.hidden = true;
    this.#facts.replaceChildren();
  }

  #fact(name: string, value: string): HTMLElement[] {
    return [make('dt', '', name), make('dd', '', value)];
  }
}
