import { serve, Transferred } from '../shared/serve';

export type Value = null | number | string | Uint8Array;

/** A database of another library, opened; what its own interface takes to run statements that are compiled once. */
export interface PeerDatabase {
  run(sql: string, params: readonly Value[] | undefined, onRow?: (columns: string[], values: unknown[]) => void): void | Promise<void>;
  /** Runs any number of statements as the library's interface does it. */
  script(sql: string): void | Promise<void>;
  close(): void | Promise<void>;
}

type Open = (name: string) => PeerDatabase | Promise<PeerDatabase>;

/**
 * Lets the page call a library, in the way that is the same for all.
 * @param start gets the name of a VFS and a name for its place in the storage, which others do not share.
 */
export function servePeer(start: (vfs: string, place: string) => Promise<Open>): void {
  let openDatabase: Open;
  let database: PeerDatabase;
  serve(
    {
      async start(vfs: string, place: string) {
        openDatabase = await start(vfs, `${vfs}-${place}`);
      },
      async open(name: string) {
        database = await openDatabase(name);
      },
      async exec(sql: string, params?: Value[]) {
        await database.run(sql, params);
      },
      async script(sql: string) {
        await database.script(sql);
      },
      async execMany(sql: string, rows: Value[][]) {
        await database.run('BEGIN IMMEDIATE', undefined);
        for (const row of rows) {
          const running = database.run(sql, row);
          // Awaiting what is no promise would cost a synchronous library a turn of the event loop for each row.
          if (running) await running;
        }
        await database.run('COMMIT', undefined);
      },
      async query(sql: string, params?: Value[]) {
        const rows: Record<string, unknown>[] = [];
        const blobs: ArrayBuffer[] = [];
        await database.run(sql, params, (columns, values) => {
          const row: Record<string, unknown> = {};
          for (let i = 0; i < columns.length; i++) {
            const value = (row[columns[i]!] = values[i]);
            if (value instanceof Uint8Array) blobs.push(value.buffer as ArrayBuffer);
          }
          rows.push(row);
        });
        return new Transferred(rows, blobs);
      },
      async close() {
        await database.close();
      },
    },
    self,
  );
}
