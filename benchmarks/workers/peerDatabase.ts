import { serve } from '../shared/serve';

export type Value = null | number | string;

/** A database of another library, opened; what its own interface takes to run statements that are compiled once. */
export interface PeerDatabase {
  run(sql: string, params: readonly Value[] | undefined, onRow?: (columns: string[], values: unknown[]) => void): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Lets the page call a library, in the way that is the same for all. */
export function servePeer(start: (vfs: string) => Promise<(name: string) => PeerDatabase | Promise<PeerDatabase>>): void {
  let openDatabase: (name: string) => PeerDatabase | Promise<PeerDatabase>;
  let database: PeerDatabase;
  serve(
    {
      async start(vfs: string) {
        openDatabase = await start(vfs);
      },
      async open(name: string) {
        database = await openDatabase(name);
      },
      async exec(sql: string, params?: Value[]) {
        await database.run(sql, params);
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
        await database.run(sql, params, (columns, values) => {
          const row: Record<string, unknown> = {};
          for (let i = 0; i < columns.length; i++) row[columns[i]!] = values[i];
          rows.push(row);
        });
        return rows;
      },
      async close() {
        await database.close();
      },
    },
    self,
  );
}
