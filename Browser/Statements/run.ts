import type { Method, Request } from '../../Protocol/protocol';
import { LARGEST_COPY } from './batch';
import type { Connection } from './connection';

/** The result of a statement; the buffers in `transfer` are given to the page, others are copied. */
export interface Ran {
  result: unknown;
  transfer: ArrayBuffer[];
}

/** Those that begin and end a transaction, beside `rollback`. */
const controls = {
  begin: (connection, { deferred = false }: Request<'begin'>) => {
    connection.begin(deferred);
    return whole(null);
  },
  commit: connection => {
    connection.runInside(() => connection.commit());
    return whole(null);
  },
} satisfies Methods;

/** The methods that run SQL of the page. */
const statements = {
  exec: (connection, { sql, params, rows }: Request<'exec'>) => whole(rows ? connection.execMany(sql, rows) : connection.exec(sql, params)),
  query: (connection, { sql, params, byName = false, limit }: Request<'query'>) => transferred(connection.query(sql, params, byName, limit)),
  run: (connection, { sql, parameters }: Request<'run'>) => transferred(connection.run(sql, parameters)),
  stream: (connection, { sql, params, byName = false }: Request<'stream'>) => transferred(connection.stream(sql, params, byName)),
  next: (connection, { stream, buffer }: Request<'next'>) => transferred(connection.next(stream, buffer)),
  closeStream: (connection, { stream }: Request<'closeStream'>) => {
    connection.closeStream(stream);
    return whole(null);
  },
  describe: (connection, { sql }: Request<'describe'>) => whole(connection.describe(sql)),
  watch: (connection, { sql }: Request<'watch'>) => whole(connection.watch(sql)),
} satisfies Methods;

type Methods = { [M in Method]?: (connection: Connection, request: Request<M>) => Ran };

/** The methods that run beside SQLite, when their session has entered. .NET serves all others: RequestServer.cs. */
const methods = { ...controls, ...statements };

export type StatementMethod = keyof typeof statements;
export type ControlMethod = keyof typeof controls | 'rollback';

/** The requests that a session serves. */
export type SessionRequest = Request<StatementMethod | ControlMethod>;
/** Those that run as statements do. */
export type RunRequest = Exclude<SessionRequest, Request<'rollback'>>;

export function isStatement(request: Request): request is Request<StatementMethod> {
  return Object.hasOwn(statements, request.method);
}

export function isControl(request: Request): request is Request<ControlMethod> {
  return request.method === 'rollback' || Object.hasOwn(controls, request.method);
}

/** Runs what a request asks for: in the transaction that it belongs to, or outside of any. */
export function run(connection: Connection, request: RunRequest): Ran {
  const action = () => (methods[request.method] as (connection: Connection, request: Request) => Ran)(connection, request);
  if ('transaction' in request && request.transaction) return connection.runInside(action);
  return mayMeetTransaction.has(request.method) ? action() : connection.runOutside(action);
}

/** What begins and ends a transaction, and streams, which go on beside the transactions of their connection. */
const mayMeetTransaction: ReadonlySet<Method> = new Set(['begin', 'commit', 'next', 'closeStream']);

function whole(result: unknown): Ran {
  return { result, transfer: [] };
}

function transferred(result: { bytes: ArrayBuffer }): Ran {
  return { result, transfer: result.bytes.byteLength > LARGEST_COPY ? [result.bytes] : [] };
}
