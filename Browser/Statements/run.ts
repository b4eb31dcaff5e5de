import type { Request } from '../../Protocol/protocol';
import type { Connection } from './connection';

/** The methods that .NET serves by calling back `execute`. */
export type StatementMethod = 'exec' | 'query' | 'run' | 'stream' | 'next' | 'closeStream' | 'describe' | 'watch';

/** Runs what a request asks for; `transfer` are the buffers of the result that the page takes over. */
export function run(connection: Connection, request: Request<StatementMethod>): { result: unknown; transfer: ArrayBuffer[] } {
  switch (request.method) {
    case 'exec':
      return whole(request.rows ? connection.execMany(request.sql, request.rows) : connection.exec(request.sql, request.params));
    case 'query':
      return transferred(connection.query(request.sql, request.params, request.byName ?? false, request.limit));
    case 'run':
      return transferred(connection.run(request.sql, request.parameters));
    case 'stream':
      return transferred(connection.stream(request.sql, request.params, request.byName ?? false));
    case 'next':
      return transferred(connection.next(request.stream, request.buffer));
    case 'closeStream':
      connection.closeStream(request.stream);
      return whole(null);
    case 'describe':
      return whole(connection.describe(request.sql));
    case 'watch':
      return whole(connection.watch(request.sql));
  }
}

function whole(result: unknown): { result: unknown; transfer: ArrayBuffer[] } {
  return { result, transfer: [] };
}

function transferred(result: { bytes: ArrayBuffer }): { result: unknown; transfer: ArrayBuffer[] } {
  return { result, transfer: [result.bytes] };
}
