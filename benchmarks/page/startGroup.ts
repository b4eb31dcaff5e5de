import { timed } from '../shared/timing';
import { DATABASE, type Group } from './group';
import { createItems } from './items';

/** What a user waits for when the page is loaded again: nothing of the database is in the worker's memory. */
export const startGroup: Group = {
  title: quick => `A page that is loaded again: a database of ${rowsOf(quick)} rows`,
  async make(contender, quick) {
    await contender.start();
    await contender.create(DATABASE);
    await createItems(contender, rowsOf(quick), false);
    await contender.close();
  },
  async measure(contender, _, sample) {
    const start = await timed(() => contender.start());
    const firstRow = await timed(async () => {
      await contender.open(DATABASE);
      await contender.query('SELECT name FROM item WHERE id = 1');
    });
    sample('start to ready', start);
    sample('ready to first row', firstRow);
    sample('both together', start + firstRow);
    sample('then the sum over all rows', await timed(() => contender.query('SELECT sum(length(name)) AS length FROM item')));
    await contender.close();
  },
};

function rowsOf(quick: boolean): number {
  return quick ? 10_000 : 50_000;
}
