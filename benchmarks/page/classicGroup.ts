import { timed } from '../shared/timing';
import { classicTests } from './classicTests';
import type { Contender } from './contender';
import { DATABASE, type Group } from './group';

const CONTENT = `SELECT (SELECT count(*) || ' ' || sum(a) || ' ' || sum(b) FROM t1) || ', ' || (SELECT count(*) || ' ' || sum(b) FROM t2) AS content`;

/** What the tables hold before they are dropped, by how much is done: the same for all, or somebody has not done the work. */
const contents = new Map<boolean, unknown>();

/** The sixteen speed tests that SQLite was once compared with others by, each as one call with the same SQL for everybody. */
export const classicGroup: Group = {
  title: () => "SQLite's classic speed tests",
  mean: true,
  async measure(contender, quick, sample) {
    await contender.start();
    await contender.create(DATABASE);
    const tests = classicTests(quick ? 0.2 : 1);
    for (const test of tests) {
      if (test === tests.at(-1)) await check(contender, quick);
      sample(test.name, await timed(() => contender.script(test.sql)));
    }
    await contender.close();
  },
};

async function check(contender: Contender, quick: boolean): Promise<void> {
  const [row] = await contender.query(CONTENT);
  if (!contents.has(quick)) contents.set(quick, row!.content);
  if (row!.content !== contents.get(quick)) throw new Error(`its tables hold ${row!.content}, not ${contents.get(quick)}`);
}
