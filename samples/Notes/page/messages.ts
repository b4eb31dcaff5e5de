import { byId } from './dom';
import type { Problem } from './problem';

/** The line that says how it goes, and the box that says what went wrong. */
export class Messages {
  readonly #status = byId('status');
  readonly #problem = byId('problem');
  readonly #message = byId('problem-message');
  readonly #advice = byId('problem-advice');
  #retry: (() => void) | undefined;

  constructor() {
    byId('try-again').addEventListener('click', () => this.#retry?.());
  }

  say(status: string): void {
    if (this.#status.textContent !== status)
      this.#status.textContent = status;
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
