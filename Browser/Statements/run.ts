import type { Method, Request } from '../../Protocol/protocol';
import { LARGEST_COPY } from './batch';
import type { Connection } from './connection';

/** The result of a statement; the buffers in `transfer` are given to the page, others are copied. */
export interface Ran {
  result: unknown;
  transfer: ArrayBuffer[];
}

/** The methods that run beside SQLite, when their session has entered. .NET serves all others: RequestServer.cs. */
const methods = {
  begin: (connection, { deferred = false }: Request<'begin'>) => {
    connection.begin(deferred);
    return whole(null);
  },
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
} satisfies { [M in Method]?: (connection: Connection, request: Request<M>) => Ran };

export type StatementMethod = keyof typeof methods;

export function isStatement(request: Request): request is Request<StatementMethod> {
  return Object.hasOwn(methods, request.method);
}

/** Runs what a request asks for: in the transaction that it belongs to, or outside of any. */
export function run(connection: Connection, request: Request<StatementMethod>): Ran {
  const action = () => (methods[request.method] as (connection: Connection, request: Request) => Ran)(connection, request);
  if ('transaction' in request && request.transaction) return connection.runInside(action);
  return mayMeetTransaction.has(request.method) ? action() : connection.runOutside(action);
}

/** What begins a transaction, and streams, which go on beside the transactions of their connection. */
const mayMeetTransaction: ReadonlySet<Method> = new Set(['begin', 'next', 'closeStream']);

function whole(result: unknown): Ran {
  return { result, transfer: [] };
}

function transferred(result: { bytes: ArrayBuffer }): Ran {
  return { result, transfer: result.bytes.byteLength > LARGEST_COPY ? [result.bytes] : [] };
}
