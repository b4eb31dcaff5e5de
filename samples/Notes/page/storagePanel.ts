import type { StorageQuota } from '/_content/Isar.Storage.Client/isar-client.js';
import { byId, make } from './dom';
import { formatBytes } from './format';
import { Keeping } from './keeping';
import { QUOTA_WARNING_RATIO, type StorageInfo } from './noteStore';

const DURABILITY: Record<StorageInfo['durability'], string> = {
  full: 'Full: what is saved survives a crash of the browser and a power loss',
  relaxed: 'Relaxed: what is saved survives a crash of the browser, but perhaps not a power loss',
  none: 'None: what is saved is gone with this page',
};

/** Reasons longer than this are folded. */
const LONG_REASON = 100;

/** Shows where the notes are and what that guarantees. */
export class StoragePanel {
  readonly #facts = byId('storage-facts');
  readonly #missing = byId('storage-missing');
  readonly #warning = byId('storage-warning');
  readonly #quotaWarning = byId('quota-warning');
  readonly #keeping: Keeping;
  /** What is unfolded stays so when the facts are shown again. */
  readonly #unfolded = new Set<string>();

  constructor(onKeep: () => void) {
    this.#keeping = new Keeping(onKeep);
  }

  show(info: StorageInfo): void {
    const { quota } = info;
    this.#missing.hidden = true;
    this.#warning.hidden = info.persistent;
    this.#keeping.offer(info.persistent && quota?.persisted === false);
    this.showQuota(quota);
    this.#facts.replaceChildren(
      ...this.#fact('Backend', info.backend),
      ...this.#fact('Why', info.reason),
      ...(info.rejected.length > 0 ? this.#fact('Not available', ...info.rejected.map(rejected => this.#rejection(rejected))) : []),
      ...this.#fact('Location', info.location),
      ...this.#fact('Durability', DURABILITY[info.durability]),
      ...(info.persistent && quota ? this.#fact('When space runs out', describeKeeping(quota)) : []),
      ...this.#fact('Size', formatBytes(info.usedBytes)),
      ...(quota ? this.#fact('Space', describeSpace(quota)) : []),
      ...this.#fact('SQLite', info.sqliteVersion),
    );
  }

  /** Warns when little space is left. */
  showQuota(quota: StorageQuota | null): void {
    const isNearlyUsed = quota !== null && quota.usageBytes >= quota.quotaBytes * QUOTA_WARNING_RATIO;
    this.#quotaWarning.textContent = isNearlyUsed
      ? `Space is nearly used up: ${describeSpace(quota)}. Delete notes, or free space on this device.`
      : '';
  }

  showAnswer(kept: boolean): void {
    this.#keeping.showAnswer(kept);
  }

  showMissing(): void {
    this.#missing.textContent = 'Not open.';
    this.#missing.hidden = false;
    this.#warning.hidden = true;
    this.showQuota(null);
    this.#keeping.offer(false);
    this.#facts.replaceChildren();
  }

  #rejection({ backend, reason }: StorageInfo['rejected'][number]): HTMLElement {
    if (reason.length <= LONG_REASON) return make('p', '', `${backend}: ${reason}`);
    const details = make('details', '', make('summary', '', backend), reason);
    details.open = this.#unfolded.has(backend);
    details.addEventListener('toggle', () => {
      if (details.open) this.#unfolded.add(backend);
      else this.#unfolded.delete(backend);
    });
    return details;
  }

  #fact(name: string, ...values: (Node | string)[]): HTMLElement[] {
    return [make('dt', '', name), make('dd', '', ...values)];
  }
}

function describeKeeping({ persisted }: StorageQuota): string {
  return persisted ? 'The browser keeps the notes' : 'The browser may delete the notes';
}

function describeSpace({ usageBytes, quotaBytes }: StorageQuota): string {
  return `${formatBytes(usageBytes)} of ${formatBytes(quotaBytes)} used`;
}
