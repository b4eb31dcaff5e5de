// Two workers that use one database by turns, as two tabs do, and whose storage can be full.
import { assert, assertEqual, at, sleep, startAnother, value } from './helpers.mjs';

/** A worker with two connections to a database. */
export class Tab {
  #name;
  #channel;

  /** Whether nothing more can be stored. */
  isFull = false;

  constructor(name) {
    this.#name = name;
  }

  async start() {
    const id = `#${crypto.randomUUID()}`;
    this.#channel = new BroadcastChannel(id);
    this.storage = await startAnother({ workerUrl: `/test/fullWorker.mjs${id}` });
    this.connections = [await this.storage.open(at(this.#name)), await this.storage.open(at(this.#name))];
    return this;
  }

  async setFull(isFull) {
    this.isFull = isFull;
    const heard = new Promise(resolve => (this.#channel.onmessage = resolve));
    this.#channel.postMessage(isFull);
    await heard;
  }

  stop() {
    this.storage.stop();
    this.#channel.close();
    this.isFull = false;
  }
}

export const startTabs = async name => [await new Tab(name).start(), await new Tab(name).start()];

/** A source of whole numbers below a limit that gives the same ones for a seed: mulberry32. */
function createRandom(seed) {
  let state = seed;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** How many rounds there are between two that kill a worker, on average: starting another one takes a second. */
const ROUNDS_PER_KILL = 100;

/** How many tables come and go. */
const TABLES = 3;

/** A text of a length that never changes, so that a change may look like no change to whom it is kept from. */
const textOf = number => String(number).padStart(200, '-');

/**
 * Lets two tabs run random SQL on a database, some of which cannot be stored, and compares what they read with a model. A call that fails has
 * changed nothing, and may fail only while its tab is full; of what a killed worker was about to do, all or nothing is there.
 */
export async function runHistory(name, seed, rounds) {
  const random = createRandom(seed);
  const tabs = await startTabs(name);
  const steps = [];
  let last = 0;
  let model = { counter: 0, rows: new Map(), tables: new Map() };
  /** What the database holds if what a killed worker did last was stored. */
  let other;

  const change = apply => {
    const changed = structuredClone(model);
    apply(changed);
    return changed;
  };
  const render = ({ counter, rows, tables }) =>
    JSON.stringify([counter, [...rows].sort(([one], [another]) => one - another), [...tables].sort(([one], [another]) => (one < another ? -1 : 1))]);

  const pick = () => {
    const index = random(2);
    const tab = tabs[index];
    return { tab, connection: tab.connections[random(2)], who: 'AB'[index] };
  };

  /** Makes a change by SQL and in the model, or neither. */
  const write = async ({ tab, connection, who }, what, sql, apply) => {
    const wasFull = tab.isFull;
    try {
      await connection.exec(sql);
      model = change(apply);
      steps.push(`${who} ${what}`);
    } catch (error) {
      steps.push(`${who} ${what}: ${error.message}`);
      if (!wasFull) throw error;
    }
  };

  const look = async ({ tab, connection, who }) => {
    let found;
    try {
      found = await connection.transaction(
        async tx => {
          const rows = await tx.query('SELECT id, text FROM t ORDER BY id');
          const tables = [];
          for (const { name } of await tx.query("SELECT name FROM sqlite_schema WHERE name LIKE 'x%' ORDER BY name"))
            tables.push([name, (await tx.query(`SELECT max(n) AS n FROM ${name}`))[0].n]);
          return JSON.stringify([
            (await tx.query('SELECT n FROM c'))[0].n,
            rows.map(({ id, text }) => [id, Number(text.replaceAll('-', ''))]),
            tables,
          ]);
        },
        { deferred: true },
      );
    } catch (error) {
      steps.push(`${who} reads: ${error.message}`);
      if (!tab.isFull) throw error;
      return;
    }
    steps.push(`${who} reads`);
    if (other && found === render(other)) model = other;
    other = undefined;
    assertEqual(found, render(model), 'What is read');
  };

  const settle = async () => {
    while (other) await look(pick());
  };

  const kill = async () => {
    const { tab, connection, who } = pick();
    const number = ++last;
    steps.push(`${who} updates to ${number}, and is killed`);
    connection.exec('UPDATE t SET text = ?', [textOf(number)]).catch(() => {});
    await sleep(random(5));
    tab.stop();
    other = change(({ rows }) => [...rows.keys()].forEach(id => rows.set(id, number)));
    await tab.start();
  };

  const choices = [
    () => look(pick()),
    () => look(pick()),
    () => {
      const [number, part] = [++last, random(3)];
      return write(pick(), `updates to ${number}`, `UPDATE t SET text = '${textOf(number)}' WHERE id % 3 = ${part}`, ({ rows }) =>
        [...rows.keys()].filter(id => id % 3 === part).forEach(id => rows.set(id, number)),
      );
    },
    () => {
      const number = ++last;
      return write(pick(), `inserts ${number}`, `INSERT INTO t VALUES (${number}, '${textOf(number)}')`, ({ rows }) => rows.set(number, number));
    },
    () => {
      const [id] = [...model.rows.keys()].slice(random(model.rows.size));
      return write(pick(), `deletes ${id}`, `DELETE FROM t WHERE id = ${id ?? 0}`, ({ rows }) => rows.delete(id));
    },
    () => {
      const [table, number] = [`x${random(TABLES)}`, ++last];
      return model.tables.has(table)
        ? write(pick(), `drops ${table}`, `DROP TABLE ${table}`, ({ tables }) => tables.delete(table))
        : write(pick(), `makes ${table}`, `BEGIN; CREATE TABLE ${table} (n); INSERT INTO ${table} VALUES (${number}); COMMIT`, ({ tables }) =>
            tables.set(table, number),
          );
    },
    () => {
      const [table] = [...model.tables.keys()].slice(random(model.tables.size));
      const number = ++last;
      return table && write(pick(), `inserts into ${table}`, `INSERT INTO ${table} VALUES (${number})`, ({ tables }) => tables.set(table, number));
    },
    // Both at once: each is stored or not, whatever becomes of the other.
    () =>
      Promise.all(
        tabs.map((tab, index) =>
          write({ tab, connection: tab.connections[0], who: 'AB'[index] }, 'counts', 'UPDATE c SET n = n + 1', now => now.counter++),
        ),
      ),
    async () => {
      const { tab, who } = pick();
      steps.push(`${who} is ${tab.isFull ? 'not ' : ''}full`);
      await tab.setFull(!tab.isFull);
    },
  ];

  await tabs[0].connections[0].exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text NOT NULL); CREATE TABLE c (n); INSERT INTO c VALUES (0)');
  try {
    for (let round = 0; round < rounds; round++) {
      await settle();
      await (random(ROUNDS_PER_KILL) === 0 ? kill() : choices[random(choices.length)]());
    }
    for (const tab of tabs) await tab.setFull(false);
    for (const [index, { connections }] of tabs.entries()) {
      for (const connection of connections) {
        await look({ tab: tabs[index], connection, who: 'AB'[index] });
        assertEqual(await value('PRAGMA integrity_check', connection), 'ok', 'The integrity check');
      }
    }
    assert(steps.length >= rounds / 2, steps);
  } catch (error) {
    throw new Error(`${error.message}\nIn step ${steps.length}, after:\n${steps.slice(-40).join('\n')}`, { cause: error });
  }
  for (const tab of tabs) tab.stop();
}
