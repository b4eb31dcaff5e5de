import type { AccessRecorder } from '../Changes/access';
import type { Engine, Pointer, ResultCode } from '../Engine/engine';
import type { ProgressHandlers } from '../Engine/progress';
import { CELL_SIZE, type CellWriter } from './cells';
import type { ProviderChanges } from './changes';
import type { Address, Transfer } from './transfer';

/** The methods of ProviderCallbacks in .NET. None of them throws. */
export interface ProviderExports {
  Scalar(data: number, context: Pointer, count: number, cells: Address): void;
  Step(data: number, context: Pointer, aggregate: number, count: number, cells: Address): number;
  Final(data: number, context: Pointer, aggregate: number): void;
  Compare(data: number, left: Address, leftLength: number, right: Address, rightLength: number): number;
  CompareLong(data: number, left: Pointer, leftLength: number, right: Pointer, rightLength: number): number;
  Destroy(data: number): void;
  Row(data: number, count: number, values: Pointer, names: Pointer): number;
  Commit(db: Pointer): number;
  Rollback(db: Pointer): void;
  Update(db: Pointer, operation: number, schema: Pointer, table: Pointer, rowid: bigint): void;
  Progress(db: Pointer): number;
  Authorize(db: Pointer, action: number, first: Pointer, second: Pointer, schema: Pointer, trigger: Pointer): number;
  Trace(db: Pointer, sql: Pointer): void;
  Profile(db: Pointer, sql: Pointer, nanoseconds: bigint): void;
  Log(code: number, message: Pointer): void;
}

const UTF8 = 1;
const CONFIG_LOG = 16;
const TRACE_STATEMENT = 1;

/** How deep user functions may nest: each level takes stack of both modules and of JavaScript, which must not overflow inside SQLite. */
const MAX_DEPTH = 64;

/** Makes the imports that register .NET's functions, collations and hooks with SQLite, through one trampoline of each kind in its function table. */
export function createCallbackImports(
  engine: Engine,
  recorder: AccessRecorder,
  progress: ProgressHandlers,
  transfer: Transfer,
  cells: CellWriter,
  changes: ProviderChanges,
  dotnet: () => ProviderExports,
) {
  const { exports } = engine;

  /** Allocated beforehand: running out of memory later would throw, and unwind SQLite. */
  const tooDeep = engine.allocateText('user functions are nested too deeply');

  /** The part of .NET's memory where arguments are written; nested calls take what is left of it. */
  let top: Address = 0;
  let end: Address = 0;
  let depth = 0;

  function withArguments(context: Pointer, count: number, values: Pointer, call: (cells: Address) => void): void {
    const start = top;
    // Half of what is left, so that a long text does not take the room of a nested call.
    const limit = start + ((end - start) >> 1);
    if (start + count * CELL_SIZE > limit || depth === MAX_DEPTH) {
      exports.sqlite3_result_error(context, tooDeep, -1);
      return;
    }
    top = alignUp(cells.write(count, i => engine.view().getInt32(values + i * 4, true), start, limit));
    depth++;
    try {
      call(start);
    } finally {
      depth--;
      top = start;
    }
  }

  const scalar = engine.installFunction('v(pip)', (context: Pointer, count: number, values: Pointer) =>
    withArguments(context, count, values, start => dotnet().Scalar(exports.sqlite3_user_data(context), context, count, start)),
  );

  const step = engine.installFunction('v(pip)', (context: Pointer, count: number, values: Pointer) => {
    // Room for the handle of .NET's state; SQLite zeroes it and keeps it until the aggregate is final.
    const state = exports.sqlite3_aggregate_context(context, 4);
    if (state === 0) {
      exports.sqlite3_result_error_nomem(context);
      return;
    }
    withArguments(context, count, values, start => {
      const handle = engine.view().getInt32(state, true);
      const kept = dotnet().Step(exports.sqlite3_user_data(context), context, handle, count, start);
      engine.view().setInt32(state, kept, true);
    });
  });

  const final = engine.installFunction('v(p)', (context: Pointer) => {
    const state = exports.sqlite3_aggregate_context(context, 0);
    dotnet().Final(exports.sqlite3_user_data(context), context, state === 0 ? 0 : engine.view().getInt32(state, true));
  });

  const compare = engine.installFunction('i(pipip)', (data: number, leftLength: number, left: Pointer, rightLength: number, right: Pointer) => {
    if (top + leftLength + rightLength > end) return dotnet().CompareLong(data, left, leftLength, right, rightLength);
    const start = top;
    transfer.copyOut(left, start, leftLength);
    transfer.copyOut(right, start + leftLength, rightLength);
    top = alignUp(start + leftLength + rightLength);
    try {
      return dotnet().Compare(data, start, leftLength, start + leftLength, rightLength);
    } finally {
      top = start;
    }
  });

  const destroy = engine.installFunction('v(p)', (data: number) => dotnet().Destroy(data));
  const row = engine.installFunction('i(pipp)', (data: number, count: number, values: Pointer, names: Pointer) =>
    dotnet().Row(data, count, values, names),
  );
  const commit = engine.installFunction('i(p)', (db: Pointer) => dotnet().Commit(db));
  const rollback = engine.installFunction('v(p)', (db: Pointer) => dotnet().Rollback(db));
  const update = engine.installFunction('v(pippj)', (db: Pointer, operation: number, schema: Pointer, table: Pointer, rowid: bigint) =>
    dotnet().Update(db, operation, schema, table, rowid),
  );
  const authorize = engine.installFunction(
    'i(pipppp)',
    (db: Pointer, action: number, first: Pointer, second: Pointer, schema: Pointer, trigger: Pointer) => {
      recorder.hear(action, first, second, schema);
      return dotnet().Authorize(db, action, first, second, schema, trigger);
    },
  );
  const log = engine.installFunction('v(pip)', (_: number, code: number, message: Pointer) => dotnet().Log(code, message));

  const trace = engine.installFunction('i(ippp)', (event: number, db: Pointer, statement: Pointer, detail: Pointer) => {
    if (event === TRACE_STATEMENT) traceStatement(db, statement, detail);
    else dotnet().Profile(db, exports.sqlite3_sql(statement), engine.view().getBigInt64(detail, true));
    return 0;
  });

  /** As sqlite3_trace did: the SQL with its parameters filled in, or the comment that stands for a trigger. */
  function traceStatement(db: Pointer, statement: Pointer, sql: Pointer): void {
    const heap = engine.heap();
    const isComment = heap[sql] === 0x2d && heap[sql + 1] === 0x2d;
    const expanded = isComment ? 0 : exports.sqlite3_expanded_sql(statement);
    dotnet().Trace(db, expanded === 0 ? sql : expanded);
    engine.free(expanded);
  }

  return {
    setArgumentArea(start: Address, length: number): void {
      top = start;
      end = start + length;
    },

    sqlite3_create_function(db: Pointer, name: Address, arity: number, flags: number, data: number, isAggregate: number): ResultCode {
      const given = data !== 0;
      return transfer.withTexts([name], copy =>
        exports.sqlite3_create_function_v2(
          db,
          copy,
          arity,
          flags | UTF8,
          data,
          given && !isAggregate ? scalar : 0,
          given && isAggregate ? step : 0,
          given && isAggregate ? final : 0,
          given ? destroy : 0,
        ),
      );
    },

    sqlite3_create_collation(db: Pointer, name: Address, data: number): ResultCode {
      const given = data !== 0;
      return transfer.withTexts([name], copy => exports.sqlite3_create_collation_v2(db, copy, UTF8, data, given ? compare : 0, given ? destroy : 0));
    },

    /** Runs SQL; writes the pointer of the error message, which .NET frees. */
    sqlite3_exec: (db: Pointer, sql: Address, data: number, results: Address): ResultCode =>
      transfer.withTexts([sql], copy =>
        transfer.withResults(4, out => {
          const code = changes.execute(db, () => exports.sqlite3_exec(db, copy, data === 0 ? 0 : row, data, out));
          transfer.dotnetView().setInt32(results, engine.view().getInt32(out, true), true);
          return code;
        }),
      ),

    sqlite3_commit_hook: (db: Pointer, on: number): void => void exports.sqlite3_commit_hook(db, on ? commit : 0, db),
    sqlite3_rollback_hook: (db: Pointer, on: number): void => void exports.sqlite3_rollback_hook(db, on ? rollback : 0, db),
    sqlite3_update_hook: (db: Pointer, on: number): void => void exports.sqlite3_update_hook(db, on ? update : 0, db),
    sqlite3_progress_handler: (db: Pointer, instructions: number, on: number): void =>
      progress.set(db, 'app', instructions, on ? () => dotnet().Progress(db) !== 0 : undefined),
    sqlite3_set_authorizer: (db: Pointer, on: number): ResultCode => exports.sqlite3_set_authorizer(db, on ? authorize : recorder.authorizer, db),
    sqlite3_trace_v2: (db: Pointer, mask: number): ResultCode => exports.sqlite3_trace_v2(db, mask, mask ? trace : 0, db),
    sqlite3_config_log: (on: number): ResultCode => exports.sqlite3__wasm_config_ii(CONFIG_LOG, on ? log : 0, 0),
  };
}

/** Rounds up to 8, because cells hold 64-bit numbers. */
function alignUp(address: Address): Address {
  return (address + 7) & ~7;
}
