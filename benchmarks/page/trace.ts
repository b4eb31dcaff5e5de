import type { Options } from '../shared/programMessages';
import { COUNTS_CHANNEL, type StorageCounts } from '../shared/storageCounts';
import { messageOf, pause, timed, within } from '../shared/timing';
import type { Contender, Value } from './contender';
import { contenders } from './contenders';
import { DATABASE } from './group';
import { createItems, createKeys } from './items';
import { clearStorage } from './originStorage';
import { Ours } from './ours';
import { note, table } from './program';
import { RemoteCalls } from './remoteCalls';

const SCRIPTS = {
  ours: '/pages/countedOurs.js',
  sqliteWasm: '/pages/countedSqliteWasm.js',
  waSqlite: '/pages/countedWaSqlite.js',
};

/** Uses the storage in a second worker, which nobody counts. */
const ELSEWHERE = 'opfs';

const SELECT = 'SELECT name, count FROM item WHERE id = ?';
const INSERT = 'INSERT INTO item (name, count, price) VALUES (?, ?, ?)';
const ROWS_PER_TRANSACTION = 100;
const WARM_UP = 100;
const LIMIT = 60_000;
const RELEASE = 500;

/** Does one request of a kind. */
type Action = (index: number) => Promise<unknown>;

/** What has been counted until now, by row of the tables. */
type Counts = Map<string, number>;

type Report = (request: string, counts: Counts) => void;

/**
 * What a request costs, in numbers that do not depend on the speed of a machine: crossings between .NET and JavaScript, calls of the
 * browser's storage, bytes. One table for each kind of request.
 */
export async function trace(options: Options): Promise<void> {
  const worker = new RemoteCalls(new BroadcastChannel(COUNTS_CHANNEL));
  for (const [storage, everybody] of contenders(SCRIPTS, options)) {
    const all = new Map([...everybody].filter(([name]) => name !== ELSEWHERE));
    const tables = new Map<string, ReturnType<typeof table>>();
    for (const [contender, create] of all) {
      await clearStorage();
      const report: Report = (request, counts) => {
        if (!tables.has(request)) tables.set(request, table(`${request}-${storage}`, `${request}, ${storage}`, 'each', [...all.keys()]));
        for (const [row, value] of counts) tables.get(request)!(row, contender, value);
      };
      const instance = create();
      const reopened = create();
      try {
        await within(LIMIT, prepare(instance));
        await pause(RELEASE);
        await within(LIMIT, measure(reopened, new Counter(reopened, worker), options.quick, report));
        await note(`${storage}: ${contender}`);
      } catch (error) {
        await note(`${storage}: ${contender} is left out: ${messageOf(error)}`);
      } finally {
        instance.stop();
        reopened.stop();
      }
      await pause(RELEASE);
    }
  }
  await clearStorage();
}

async function prepare(contender: Contender): Promise<void> {
  await contender.start();
  await contender.create(DATABASE);
  await createItems(contender, 10_000, false);
  await contender.close();
  contender.stop();
}

async function measure(contender: Contender, counter: Counter, quick: boolean, report: Report): Promise<void> {
  const key = createKeys(10_000);
  const many = quick ? 20 : 200;
  const select: Action = () => contender.query(SELECT, [key()]);
  const insert: Action = i => contender.exec(INSERT, row(i));
  const transaction: Action = i =>
    contender.execMany(
      INSERT,
      Array.from({ length: ROWS_PER_TRANSACTION }, () => row(i)),
    );
  await contender.start();
  report('first open', await counter.measure(1, () => contender.open(DATABASE)));
  report('first point SELECT', await counter.measure(1, select));
  for (let i = 0; i < WARM_UP; i++) await select(i);
  report('point SELECT, all in the cache', await counter.measure(many, () => contender.query(SELECT, [1])));
  report('one-row INSERT, the first', await counter.measure(1, insert));
  report('one-row INSERT', await counter.measure(many, insert));
  report(`commit of ${ROWS_PER_TRANSACTION} INSERTs`, await counter.measure(many / 10, transaction));
  await contender.close();
}

function row(index: number): Value[] {
  return [`New item ${index}`, index, index / 7];
}

/** Asks a worker for its counts before and after some requests. */
class Counter {
  readonly #contender: Contender;
  readonly #worker: RemoteCalls;

  constructor(contender: Contender, worker: RemoteCalls) {
    this.#contender = contender;
    this.#worker = worker;
  }

  /** Tells what one of so many requests costs, without what asking costs. */
  async measure(times: number, action: Action): Promise<Counts> {
    const first = await this.#read();
    const before = await this.#read();
    let milliseconds = 0;
    for (let i = 0; i < times; i++) milliseconds += await timed(() => action(i));
    const after = await this.#read();
    const counts: Counts = new Map([['time, µs', (1000 * milliseconds) / times]]);
    for (const [name, value] of after) {
      const asking = before.get(name)! - first.get(name)!;
      const each = (value - before.get(name)! - asking) / times;
      if (each > 0) counts.set(name, each);
    }
    return counts;
  }

  async #read(): Promise<Counts> {
    const counts: Counts = new Map();
    if (this.#contender instanceof Ours) {
      const { crossingsToDotnet, crossingsToJs, statementsPrepared } = await this.#contender.diagnostics();
      counts.set('crossings into .NET', crossingsToDotnet);
      counts.set('crossings into JavaScript', crossingsToJs);
      counts.set('statements compiled', statementsPrepared);
    }
    for (const [name, { calls, milliseconds, bytes }] of Object.entries(await this.#worker.call<StorageCounts>('counts'))) {
      counts.set(`${name}: calls`, calls);
      counts.set(`${name}: µs`, 1000 * milliseconds);
      counts.set(`${name}: bytes`, bytes);
    }
    return counts;
  }
}
