import { ANY_TABLE } from '../../Protocol/protocol';
import { Access, type AccessRecorder } from '../Changes/access';
import { ChangeTracker, type FileChange } from '../Changes/tracker';
import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import { SQLITE_DONE, SQLITE_OK, SQLITE_ROW } from '../../Protocol/resultCodes';

/** Finds out what .NET's own statements change. Those of the page's requests run beside the provider. */
export class ProviderChanges {
  readonly #engine: Engine;
  readonly #recorder: AccessRecorder;
  readonly #publish: (changes: FileChange[]) => void;
  readonly #trackers = new Map<Pointer, ChangeTracker>();
  readonly #targets = new Map<Pointer, string>();
  readonly #statements = new Map<Pointer, { access: Access; tracker: ChangeTracker }>();

  constructor(engine: Engine, recorder: AccessRecorder, publish: (changes: FileChange[]) => void) {
    this.#engine = engine;
    this.#recorder = recorder;
    this.#publish = publish;
  }

  opened(db: Pointer): void {
    if (db === 0) return;
    this.#trackers.set(db, new ChangeTracker(this.#engine, db));
    this.#recorder.listen(db);
  }

  /** Forgets a connection and its statements. A statement that outlives it frees it, so its changes cannot be asked for any more. */
  closed(db: Pointer): void {
    const tracker = this.#trackers.get(db);
    this.#trackers.delete(db);
    for (const [statement, tracked] of this.#statements) {
      if (tracked.tracker === tracker) this.#statements.delete(statement);
    }
  }

  /** A backup replaces all of its target. */
  backupBegun(backup: Pointer, target: Pointer, schema: Pointer): void {
    const tracker = this.#trackers.get(target);
    if (backup !== 0 && tracker) this.#targets.set(backup, tracker.fileOf(this.#engine.readText(schema)));
  }

  stepBackup(backup: Pointer, pages: number): ResultCode {
    const code = this.#engine.exports.sqlite3_backup_step(backup, pages);
    const file = this.#targets.get(backup);
    if (code === SQLITE_DONE && file) this.#publish([{ file, tables: [ANY_TABLE] }]);
    return code;
  }

  backupFinished(backup: Pointer): void {
    this.#targets.delete(backup);
  }

  /** Compiles a statement; `compile` returns it, or 0. */
  prepare(db: Pointer, compile: () => Pointer): void {
    const access = new Access();
    const statement = this.#recorder.record(access, compile);
    const tracker = this.#trackers.get(db);
    if (statement !== 0 && tracker && access.canChange) this.#statements.set(statement, { access, tracker });
  }

  finalized(statement: Pointer): void {
    this.#statements.delete(statement);
  }

  step(statement: Pointer): ResultCode {
    const { sqlite3_step } = this.#engine.exports;
    const tracked = this.#statements.get(statement);
    if (!tracked) return sqlite3_step(statement);
    const { access, tracker } = tracked;
    const mark = tracker.mark();
    const code = this.#recorder.record(access, () => sqlite3_step(statement));
    tracker.note(access, mark, code === SQLITE_ROW ? 'running' : code === SQLITE_DONE ? 'done' : 'failed');
    this.#publish(tracker.take());
    return code;
  }

  /** Ends a run with `end`. A statement that stands on a row counts its changes, and commits them, only then. */
  endRun(statement: Pointer, end: (statement: Pointer) => ResultCode): ResultCode {
    const tracked = this.#statements.get(statement);
    if (!tracked) return end(statement);
    const { access, tracker } = tracked;
    const mark = tracker.mark();
    const code = end(statement);
    tracker.note(access, mark, code === SQLITE_OK ? 'done' : 'failed');
    this.#publish(tracker.take());
    return code;
  }

  /** Runs a whole script. When it writes and also rolls back, what was undone is unknown, so all of it counts as changed. */
  execute(db: Pointer, run: () => ResultCode): ResultCode {
    const tracker = this.#trackers.get(db);
    if (!tracker) return run();
    const access = new Access();
    const mark = tracker.mark();
    const code = this.#recorder.record(access, run);
    access.rollsBack &&= access.writes.isEmpty;
    tracker.note(access, mark, code === SQLITE_OK ? 'done' : 'failed');
    this.#publish(tracker.take());
    return code;
  }
}
