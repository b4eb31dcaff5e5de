import { byId } from './dom';

const ANSWER = {
  kept: 'The browser keeps your notes until you delete them.',
  refused: 'The browser did not agree. It decides by how much you use this page; a bookmark can help. Ask again later.',
};

/** The button that asks the browser to keep the notes when space runs out. */
export class Keeping {
  readonly #button = byId<HTMLButtonElement>('keep');
  readonly #answer = byId('keep-answer');

  constructor(onAsk: () => void) {
    this.#button.addEventListener('click', () => {
      this.#answer.textContent = '';
      onAsk();
    });
  }

  /** @param possible whether there is anything to ask for, and a browser that can be asked. */
  offer(possible: boolean): void {
    this.#button.hidden = !possible || typeof navigator.storage?.persist !== 'function';
  }

  showAnswer(kept: boolean): void {
    this.#answer.textContent = kept ? ANSWER.kept : ANSWER.refused;
    // The button is about to vanish, and the keyboard would lose its place.
    if (kept && this.#button === document.activeElement) this.#answer.focus();
  }
}
