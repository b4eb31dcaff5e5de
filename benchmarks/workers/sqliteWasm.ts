// @sqlite.org/sqlite-wasm with the VFSes that it brings along, through its interface "oo1".
import { type PeerDatabase, servePeer, type Value } from './peerDatabase';

interface Statement {
  columnCount: number;
  bind(values: readonly Value[]): Statement;
  step(): boolean;
  get(into: unknown[]): unknown[];
  getColumnNames(): string[];
  reset(clearBindings: boolean): Statement;
  finalize(): void;
}

interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

type DatabaseType = new (name: string, flags: string) => Database;

interface Sqlite3 {
  oo1: { OpfsDb?: DatabaseType };
  installOpfsSAHPoolVfs(options: { directory: string }): Promise<{ OpfsSAHPoolDb: DatabaseType }>;
}

const MODULE = '/npm/@sqlite.org/sqlite-wasm/dist/index.mjs';

servePeer(async (vfs, place) => {
  const { default: initialize } = (await import(MODULE)) as { default: (options: object) => Promise<Sqlite3> };
  const sqlite3 = await initialize({ print: () => {} });
  if (vfs === 'opfs-sahpool') {
    const { OpfsSAHPoolDb } = await sqlite3.installOpfsSAHPoolVfs({ directory: `/${place}` });
    return name => wrap(new OpfsSAHPoolDb(`/${name}`, 'c'));
  }
  const { OpfsDb } = sqlite3.oo1;
  if (!OpfsDb) throw new Error('the VFS opfs does not work here');
  return name => wrap(new OpfsDb(`/opfs-${name}`, 'c'));
});

function wrap(database: Database): PeerDatabase {
  const statements = new Map<string, { statement: Statement; columns: string[] }>();
  const prepare = (sql: string) => {
    let prepared = statements.get(sql);
    if (!prepared) {
      const statement = database.prepare(sql);
      statements.set(sql, (prepared = { statement, columns: statement.columnCount > 0 ? statement.getColumnNames() : [] }));
    }
    return prepared;
  };
  return {
    run(sql, params, onRow) {
      const { statement, columns } = prepare(sql);
      try {
        if (params && params.length > 0) statement.bind(params);
        while (statement.step()) onRow?.(columns, statement.get([]));
      } finally {
        statement.reset(true);
      }
    },
    script(sql) {
      database.exec(sql);
    },
    close() {
      for (const { statement } of statements.values()) statement.finalize();
      database.close();
    },
  };
}
