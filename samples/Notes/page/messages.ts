import type { StorageProgress } from '/_content/Isar.Storage.Client/isar-client.js';
import { byId } from './dom';
import type { Problem } from './problem';

const STAGES: Record<StorageProgress['stage'], string> = {
  loading: 'Loading the notes…',
  copying: 'Moving the notes to another storage…',
  verifying: 'Checking the moved notes…',
  clearingUp: 'Clearing up after a move…',
  exporting: 'Exporting the notes…',
  importing: 'Reading the file…',
  replacing: 'Replacing the notes…',
};

/** The line that says how it goes, and the box that says what went wrong. */
export class Messages {
  readonly #status = byId('status');
  readonly #progress = byId<HTMLProgressElement>('progress');
  readonly #problem = byId('problem');
  readonly #message = byId('problem-message');
  readonly #advice = byId('problem-advice');
  #retry: (() => void) | undefined;

  constructor() {
    byId('try-again').addEventListener('click', () => this.#retry?.());
  }

  say(status: string): void {
    if (this.#status.textContent !== status) this.#status.textContent = status;
  }

  /** Shows how far something is that takes long. */
  showProgress({ stage, completed, total }: StorageProgress): void {
    this.say(STAGES[stage]);
    this.#progress.max = Math.max(total, 1);
    this.#progress.value = completed;
    this.#progress.hidden = false;
  }

  clearProgress(): void {
    this.#progress.hidden = true;
  }

  showProblem({ message, advice }: Problem, retry: () => void): void {
    this.#retry = retry;
    this.#message.textContent = message;
    this.#advice.textContent = advice;
    this.#problem.hidden = false;
  }

  clearProblem(): void {
    this.#problem.hidden = true;
  }
}
