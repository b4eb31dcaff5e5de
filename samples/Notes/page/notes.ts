import { byId } from './dom';
import { Editor, type Sheet } from './editor';
import { NoteList } from './list';
import { Messages } from './messages';
import { explain } from './problem';
import { StoragePanel } from './storagePanel';
import { type Draft, type Note, NoteStore } from './noteStore';

type Action = (store: NoteStore) => Promise<void>;

/** A note that was deleted, and what the editor held of it. */
interface Deleted {
  note: Note;
  draft: Draft;
}

const LEFT_EMPTY = 'The note was left as it was: an empty one is not saved';

/** When to say that starting takes long, in milliseconds. */
const LONG_START = 4000;

/** The page: turns what a person does into actions on the storage, and shows what came of them. */
class NotesPage {
  readonly #newNote = byId<HTMLButtonElement>('new-note');
  readonly #undo = byId<HTMLButtonElement>('undo');
  readonly #messages = new Messages();
  readonly #panel = new StoragePanel(() => void this.#keep());
  readonly #list: NoteList;
  readonly #editor: Editor;
  #store: NoteStore | undefined;
  #deleted: Deleted | undefined;
  /** What was typed into notes that were left at once, until it is saved. */
  readonly #left: { sheet: Sheet; draft: Draft }[] = [];
  /** Counts the notes that a person wanted to see, because only the last one is shown. */
  #wanted = 0;
  #failed: Action | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor() {
    this.#list = new NoteList(
      id => {
        const wanted = ++this.#wanted;
        this.#run(store => this.#open(store, id, wanted));
      },
      () => this.#run(this.#showList),
    );
    this.#editor = new Editor({
      onEdit: () => this.#sayState(''),
      onSave: () => this.#run(this.#save),
      onDelete: note => this.#run(store => this.#delete(store, note)),
    });
    this.#newNote.addEventListener('click', () => this.#new());
    this.#undo.addEventListener('click', () => {
      const deleted = this.#deleted;
      const wanted = ++this.#wanted;
      if (deleted) this.#run(store => this.#restore(store, deleted, wanted));
    });
    addEventListener('beforeunload', event => {
      if (this.#editor.isDirty || this.#left.length > 0) event.preventDefault();
    });
    // Another tab may have changed the notes meanwhile.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#run(this.#refresh);
    });
    this.#run(this.#refresh);
  }

  /** Runs an action once those before it are done, so that each sees what the one before did. "Try again" repeats one that failed. */
  #run(action: Action): void {
    this.#last = this.#last.then(async () => {
      // Nobody asked for another start by typing into the search.
      if (!this.#store && this.#failed && this.#onlyLooks(action)) return;
      try {
        await action(this.#store ?? (await this.#connect()));
        this.#succeed(action);
      } catch (error) {
        this.#fail(error, action);
      }
    });
  }

  /** A search that works says nothing about a save that did not. */
  #succeed(action: Action): void {
    if (this.#failed && this.#failed !== action && this.#onlyLooks(action)) return;
    this.#clearProblem();
  }

  #fail(error: unknown, action: Action): void {
    const problem = explain(error);
    if (problem.isFatal) {
      this.#store?.stop();
      this.#store = undefined;
    }
    if (!this.#store) this.#panel.showMissing();
    this.#failed = action;
    this.#sayState('');
    this.#messages.showProblem(problem, () => {
      this.#clearProblem();
      this.#run(action);
    });
  }

  #clearProblem(): void {
    this.#failed = undefined;
    this.#messages.clearProblem();
  }

  #onlyLooks(action: Action): boolean {
    return action === this.#showList || action === this.#refresh;
  }

  async #connect(): Promise<NoteStore> {
    this.#messages.say('Starting storage…');
    const timer = setTimeout(() => this.#messages.say('Starting storage… Another tab may be busy with the notes.'), LONG_START);
    try {
      this.#store = await NoteStore.open({
        onProgress: progress => {
          clearTimeout(timer);
          this.#messages.showProgress(progress);
        },
        onQuotaNearlyUsed: quota => this.#panel.showQuota(quota),
      });
    } finally {
      clearTimeout(timer);
      this.#messages.clearProgress();
    }
    this.#newNote.disabled = false;
    this.#editor.enable();
    await this.#refresh(this.#store);
    this.#sayState('Ready');
    return this.#store;
  }

  readonly #refresh: Action = async store => {
    const [info] = await Promise.all([store.info(), this.#showList(store)]);
    this.#panel.show(info);
  };

  readonly #showList: Action = async store => this.#list.show(await store.list(this.#list.typed));

  /** Shows an empty page at once, while other actions go on: what is typed from now on belongs to the new note. */
  #new(): void {
    this.#wanted++;
    const { sheet, draft, canSave, isDirty } = this.#editor;
    if (canSave) this.#left.push({ sheet, draft });
    this.#messages.say(isDirty && !canSave ? LEFT_EMPTY : '');
    this.#show(undefined);
    this.#editor.focus();
    if (this.#list.clearSearch() || canSave) this.#run(this.#saveLeft);
  }

  readonly #saveLeft: Action = async store => {
    for (let left = this.#left[0]; left; left = this.#left[0]) {
      const { sheet, draft } = left;
      // It was perhaps being saved when it was left.
      if (draft.title !== sheet.note?.title || draft.text !== sheet.note.text) sheet.note = await store.save(draft, sheet.note);
      this.#left.shift();
    }
    await this.#refresh(store);
  };

  async #open(store: NoteStore, id: number, wanted: number): Promise<void> {
    const note = await store.get(id);
    if (wanted !== this.#wanted) return;
    await this.#leave(store);
    if (wanted !== this.#wanted) return;
    this.#show(note);
    if (note) {
      this.#editor.scrollIntoView();
      return;
    }
    await this.#refresh(store);
    this.#messages.say('That note is gone: it was deleted in another tab');
  }

  readonly #save: Action = async store => {
    if (this.#left.length > 0) await this.#saveLeft(store);
    if (!this.#editor.canSave) return;
    const { sheet, draft } = this.#editor;
    const from = sheet.note;
    const note = await store.save(draft, from);
    sheet.note = note;
    if (this.#editor.sheet === sheet) {
      this.#editor.saved();
      this.#list.select(note.id);
      this.#setDeleted(undefined);
    }
    await this.#refresh(store);
    this.#sayState(from && from.id !== note.id ? 'Saved as a new note, because it was changed in another tab' : 'Saved');
  };

  async #delete(store: NoteStore, note: Note): Promise<void> {
    const current = this.#editor.note?.id === note.id ? this.#editor.note : note;
    const deleted = await store.delete(current);
    if (deleted && this.#editor.note === current) {
      const draft = this.#editor.draft;
      this.#show(undefined);
      this.#setDeleted({ note: current, draft });
      this.#undo.focus();
    }
    await this.#refresh(store);
    this.#sayState(deleted ? 'Deleted' : 'Not deleted, because it was changed in another tab');
  }

  async #restore(store: NoteStore, deleted: Deleted, wanted: number): Promise<void> {
    const { note, draft } = deleted;
    const restored = await store.restore(note);
    await this.#leave(store);
    if (wanted === this.#wanted) {
      this.#show(restored);
      this.#editor.show(restored, draft);
    }
    await this.#refresh(store);
    this.#sayState('Restored');
  }

  /** No action, because some browsers ask the person, and the notes need not wait for that. */
  async #keep(): Promise<void> {
    try {
      this.#panel.showAnswer((await this.#store?.persist()) ?? false);
      this.#run(this.#refresh);
    } catch (error) {
      this.#fail(error, this.#refresh);
    }
  }

  /** Saves what another note is about to replace; again if something is typed while it saves. */
  async #leave(store: NoteStore): Promise<void> {
    this.#messages.say('');
    while (this.#editor.canSave) await this.#save(store);
    if (this.#editor.isDirty) this.#messages.say(LEFT_EMPTY);
  }

  #show(note: Note | undefined): void {
    this.#editor.show(note);
    this.#list.select(note?.id);
    this.#setDeleted(undefined);
  }

  #setDeleted(deleted: Deleted | undefined): void {
    this.#deleted = deleted;
    this.#undo.hidden = !deleted;
  }

  /** What is not saved is more important than anything else the status could say. */
  #sayState(otherwise: string): void {
    this.#messages.say(this.#editor.isDirty ? 'Unsaved changes' : otherwise);
  }
}

new NotesPage();
