import { byId, make } from './dom';
import { formatChanged } from './format';
import { FOUND_END, FOUND_START } from './search';
import type { ListedNote, Listing } from './noteStore';

/** The notes to choose from, and the search that narrows them. */
export class NoteList {
  readonly #list = byId<HTMLUListElement>('notes');
  readonly #summary = byId('summary');
  readonly #search = byId<HTMLInputElement>('search');
  #selected: number | undefined;

  constructor(onChoose: (id: number) => void, onSearch: () => void) {
    this.#search.addEventListener('input', onSearch);
    this.#search.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.clearSearch()) onSearch();
    });
    this.#list.addEventListener('click', event => {
      const button = (event.target as Element).closest('button');
      if (button) onChoose(idOf(button));
    });
    this.#list.addEventListener('keydown', event => this.#moveFocus(event));
  }

  /** What was typed into the search. */
  get typed(): string {
    return this.#search.value;
  }

  /** @returns whether there was something to clear. */
  clearSearch(): boolean {
    const cleared = this.#search.value !== '';
    this.#search.value = '';
    return cleared;
  }

  select(id: number | undefined): void {
    this.#selected = id;
    for (const button of this.#buttons()) mark(button, id);
  }

  show({ notes, total }: Listing): void {
    const focused = this.#buttons().find(button => button === document.activeElement);
    const now = Date.now();
    this.#list.replaceChildren(...notes.map(note => make('li', '', this.#makeButton(note, now))));
    this.#summary.textContent = this.#summarize(notes.length, total);
    // The focused button was replaced; without this the keyboard would start from the top of the page again.
    if (focused)
      this.#buttons()
        .find(button => button.dataset.id === focused.dataset.id)
        ?.focus();
  }

  #makeButton({ id, title, excerpt, changed }: ListedNote, now: number): HTMLButtonElement {
    const heading = title.trim() ? make('span', 'title', ...markFound(title)) : make('span', 'title untitled', 'Untitled');
    const time = make('time', '', formatChanged(changed, now));
    time.dateTime = new Date(changed).toISOString();
    const button = make('button', '', heading, ' ', time, ' ', make('span', 'excerpt', ...markFound(excerpt)));
    button.type = 'button';
    button.dataset.id = String(id);
    mark(button, this.#selected);
    return button;
  }

  #summarize(shown: number, total: number): string {
    const typed = this.typed.trim();
    if (total === 0) return typed ? `No note has “${typed}”.` : 'No notes yet. The first one is yours to write.';
    const count = `${total.toLocaleString('en')} ${total === 1 ? 'note' : 'notes'}`;
    const advice = typed ? 'Add a word to narrow it down.' : 'Search to find the others.';
    return total > shown ? `The latest ${shown} of ${count}. ${advice}` : count;
  }

  #moveFocus(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = this.#buttons();
    buttons[buttons.indexOf(event.target as HTMLButtonElement) + step]?.focus();
    event.preventDefault();
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.#list.querySelectorAll('button')];
  }
}

function idOf(button: HTMLButtonElement): number {
  return Number(button.dataset.id);
}

function mark(button: HTMLButtonElement, selected: number | undefined): void {
  if (idOf(button) === selected) button.setAttribute('aria-current', 'true');
  else button.removeAttribute('aria-current');
}

/** Makes <mark> elements of what was found. */
function markFound(text: string): (Node | string)[] {
  return text.split(FOUND_START).flatMap((part, index) => {
    const end = index === 0 ? -1 : part.indexOf(FOUND_END);
    return end < 0 ? [part] : [make('mark', '', part.slice(0, end)), part.slice(end + 1)];
  });
}
