// wa-sqlite with the VFSes that it brings along as examples, through its own interface.
import { type PeerDatabase, servePeer, type Value } from './peerDatabase';

interface Api {
  vfs_register(vfs: object, makeDefault: boolean): void;
  open_v2(name: string): Promise<number>;
  statements(database: number, sql: string, options: { unscoped: boolean }): AsyncIterable<number>;
  column_names(statement: number): string[];
  bind_collection(statement: number, values: readonly Value[]): void;
  step(statement: number): Promise<number>;
  row(statement: number): unknown[];
  reset(statement: number): Promise<number>;
  finalize(statement: number): Promise<number>;
  exec(database: number, sql: string): Promise<number>;
  close(database: number): Promise<number>;
}

type Vfs = { create(name: string, module: object): Promise<object> };

const PACKAGE = '/npm/@journeyapps/wa-sqlite';
const SQLITE_ROW = 100;

/** Only a VFS without promises runs in the synchronous build, which is the faster one. */
const SYNCHRONOUS = new Set(['OPFSCoopSyncVFS', 'OPFSWriteAheadVFS']);

servePeer(async (vfs, place) => {
  const build = SYNCHRONOUS.has(vfs) ? 'wa-sqlite' : 'wa-sqlite-async';
  const { default: createModule } = (await import(`${PACKAGE}/dist/${build}.mjs`)) as { default: () => Promise<object> };
  const { Factory } = (await import(`${PACKAGE}/src/sqlite-api.js`)) as { Factory: (module: object) => Api };
  const { [vfs]: type } = (await import(`${PACKAGE}/src/examples/${vfs}.js`)) as Record<string, Vfs>;
  const module = await createModule();
  const api = Factory(module);
  api.vfs_register(await type!.create(place, module), true);
  return async name => wrap(api, await api.open_v2(`${vfs}-${name}`));
});

function wrap(api: Api, database: number): PeerDatabase {
  const statements = new Map<string, { statement: number; columns: string[] }>();
  const prepare = async (sql: string) => {
    for await (const statement of api.statements(database, sql, { unscoped: true })) {
      const prepared = { statement, columns: api.column_names(statement) };
      statements.set(sql, prepared);
      return prepared;
    }
    throw new Error(`There is no statement in "${sql}".`);
  };
  return {
    async run(sql, params, onRow) {
      const { statement, columns } = statements.get(sql) ?? (await prepare(sql));
      try {
        if (params) api.bind_collection(statement, params);
        while ((await api.step(statement)) === SQLITE_ROW) onRow?.(columns, api.row(statement));
      } finally {
        await api.reset(statement);
      }
    },
    async script(sql) {
      await api.exec(database, sql);
    },
    async close() {
      for (const { statement } of statements.values()) await api.finalize(statement);
      await api.close(database);
    },
  };
}
