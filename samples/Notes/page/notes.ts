import { byId } from './dom';
import { Editor } from './editor';
import { NoteList } from './list';
import { Messages } from './messages';
import { explain } from './problem';
import { StoragePanel } from './storagePanel';
import { type Draft, type Note, NoteStore } from './noteStore';

type Action = (store: NoteStore) => Promise<void>;

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
  #deleted: { note: Note; draft: Draft } | undefined;
  #failed: Action | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor() {
    this.#list = new NoteList(
      id => this.#run(store => this.#open(store, id)),
      () => this.#run(this.#showList),
    );
    this.#editor = new Editor({
      onEdit: () => this.#sayState(''),
      onSave: () => this.#run(this.#save),
      onDelete: note => this.#run(store => this.#delete(store, note)),
    });
    this.#newNote.addEventListener('click', () => this.#run(this.#new));
    this.#undo.addEventListener('click', () => this.#run(this.#restore));
    addEventListener('beforeunload', event => {
      if (this.#editor.isDirty) event.preventDefault();
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

  readonly #new: Action = async store => {
    await this.#leave(store);
    this.#show(undefined);
    this.#editor.focus();
    if (this.#list.clearSearch()) await this.#showList(store);
  };

  async #open(store: NoteStore, id: number): Promise<void> {
    const note = await store.get(id);
    await this.#leave(store);
    this.#show(note);
    if (note) {
      this.#editor.scrollIntoView();
      return;
    }
    await this.#refresh(store);
    this.#messages.say('That note is gone: it was deleted in another tab');
  }

  readonly #save: Action = async store => {
    if (!this.#editor.canSave) return;
    const from = this.#editor.note;
    const note = await store.save(this.#editor.draft, from);
    this.#editor.saved(note);
    this.#list.select(note.id);
    this.#setDeleted(undefined);
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

  readonly #restore: Action = async store => {
    if (!this.#deleted) return;
    const { note, draft } = this.#deleted;
    const restored = await store.restore(note);
    await this.#leave(store);
    this.#show(restored);
    this.#editor.show(restored, draft);
    await this.#refresh(store);
    this.#sayState('Restored');
  };

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
    if (this.#editor.isDirty) this.#messages.say('The note was left as it was: an empty one is not saved');
  }

  #show(note: Note | undefined): void {
    this.#editor.show(note);
    this.#list.select(note?.id);
    this.#setDeleted(undefined);
  }

  #setDeleted(deleted: { note: Note; draft: Draft } | undefined): void {
    this.#deleted = deleted;
    this.#undo.hidden = !deleted;
  }

  /** What is not saved is more important than anything else the status could say. */
  #sayState(otherwise: string): void {
    this.#messages.say(this.#editor.isDirty ? 'Unsaved changes' : otherwise);
  }
}

new NotesPage();
