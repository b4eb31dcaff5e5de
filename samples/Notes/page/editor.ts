import { byId } from './dom';
import type { Draft, Note } from './noteStore';

export interface EditorEvents {
  onEdit: () => void;
  onSave: () => void;
  onDelete: (note: Note) => void;
}

/** What the form is filled for: a note, as it is stored now, or a new one. */
export interface Sheet {
  note: Note | undefined;
}

/** The form in which one note, stored or new, is written. */
export class Editor {
  readonly #form = byId<HTMLFormElement>('editor');
  readonly #title = byId<HTMLInputElement>('title');
  readonly #text = byId<HTMLTextAreaElement>('text');
  readonly #save = byId<HTMLButtonElement>('save');
  readonly #delete = byId<HTMLButtonElement>('delete');
  #sheet: Sheet = { note: undefined };
  #enabled = false;

  constructor({ onEdit, onSave, onDelete }: EditorEvents) {
    this.#form.addEventListener('input', () => {
      this.#update();
      onEdit();
    });
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      onSave();
    });
    this.#delete.addEventListener('click', () => {
      if (this.note) onDelete(this.note);
    });
    document.addEventListener('keydown', event => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (!this.#save.disabled) onSave();
    });
  }

  /** The stored note that is being edited; `undefined` for a new one. */
  get note(): Note | undefined {
    return this.#sheet.note;
  }

  /** Another one whenever another note is shown. */
  get sheet(): Sheet {
    return this.#sheet;
  }

  get draft(): Draft {
    return { title: this.#title.value, text: this.#text.value };
  }

  /** Whether it holds something that is not stored. */
  get isDirty(): boolean {
    return this.#title.value !== (this.note?.title ?? '') || this.#text.value !== (this.note?.text ?? '');
  }

  /** Whether there is something to save. */
  get canSave(): boolean {
    return this.isDirty && (this.#title.value.trim() !== '' || this.#text.value.trim() !== '');
  }

  /** Shows a stored note, or an empty page for a new one. */
  show(note: Note | undefined, draft: Draft = note ?? { title: '', text: '' }): void {
    this.#sheet = { note };
    this.#title.value = draft.title;
    this.#text.value = draft.text;
    this.#text.scrollTop = 0;
    this.#update();
  }

  /** Takes notice of what is stored now; what was typed meanwhile stays, unsaved. */
  saved(): void {
    // A disabled button loses the focus, and the keyboard its place.
    const moveFocus = this.#save.matches(':focus-visible');
    this.#update();
    if (moveFocus && this.#save.disabled) this.#text.focus();
  }

  /** Allows saving and deleting, once there is a storage. */
  enable(): void {
    this.#enabled = true;
    this.#update();
  }

  focus(): void {
    this.#title.focus();
  }

  /** Brings it into view where it stands below the list. */
  scrollIntoView(): void {
    this.#form.scrollIntoView({ block: 'nearest' });
  }

  #update(): void {
    this.#save.disabled = !this.#enabled || !this.canSave;
    this.#delete.disabled = !this.#enabled || !this.note;
  }
}
