import type { Options } from '../shared/programMessages';
import type { Contender } from './contender';
import { Ours } from './ours';
import { EXCLUSIVE_WAL, Peer } from './peer';

/** Whom the others are compared with. */
export const OURS = 'ours';

export type Contenders = ReadonlyMap<string, () => Contender>;

/** The scripts of the workers: those that are compared, or those that also count what they ask of the browser. */
export interface Scripts {
  /** Absent means the ready-made worker. */
  ours?: string;
  sqliteWasm: string;
  waSqlite: string;
}

/** Those who take part, by what they store in: each with its default and, where that is another one, in its best configuration. */
export function contenders({ ours, sqliteWasm, waSqlite }: Scripts, { storages, against }: Options): [storage: string, Contenders][] {
  const all: [string, [string, () => Contender][]][] = [
    [
      'OPFS',
      [
        [OURS, () => new Ours('opfs', ours)],
        ['sahpool WAL+exclusive', () => new Peer(sqliteWasm, 'opfs-sahpool', EXCLUSIVE_WAL)],
        ['opfs-sahpool', () => new Peer(sqliteWasm, 'opfs-sahpool')],
        ['wa OPFSWriteAhead', () => new Peer(waSqlite, 'OPFSWriteAheadVFS')],
        ['wa OPFSCoopSync', () => new Peer(waSqlite, 'OPFSCoopSyncVFS')],
        ['opfs', () => new Peer(sqliteWasm, 'opfs')],
      ],
    ],
    [
      'IndexedDB',
      [
        [OURS, () => new Ours('indexeddb', ours)],
        ['wa IDBBatchAtomic', () => new Peer(waSqlite, 'IDBBatchAtomicVFS')],
        ['wa IDBMirror', () => new Peer(waSqlite, 'IDBMirrorVFS')],
      ],
    ],
  ];
  const takesPart = (name: string) => name === OURS || against.length === 0 || against.some(part => name.includes(part));
  return all
    .filter(([storage]) => storages.length === 0 || storages.includes(storage.toLowerCase()))
    .map(([storage, entries]) => [storage, new Map(entries.filter(([name]) => takesPart(name)))]);
}
