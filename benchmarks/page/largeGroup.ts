import { timed } from '../shared/timing';
import { oneAfterAnother } from './callsGroup';
import { DATABASE, type Group } from './group';
import { createKeys } from './items';

const BYTES_PER_ROW = 187;

/** A database that is larger than SQLite's cache, in a worker that has just started. */
export const largeGroup: Group = {
  title: quick => `A large file after a reload: ${rowsOf(quick)} rows, about ${Math.round((rowsOf(quick) * BYTES_PER_ROW) / 1_000_000)} MB`,
  async make(contender, quick) {
    await contender.start();
    await contender.create(DATABASE);
    await contender.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, stars INTEGER NOT NULL)');
    await contender.exec(
      `INSERT INTO note (id, text, stars)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rowsOf(quick)})
       SELECT i, printf('Note %d, %.160c', i, char(97 + i % 26)), i % 6 FROM n`,
    );
    await contender.close();
  },
  async measure(contender, quick, sample) {
    const key = createKeys(rowsOf(quick));
    await contender.start();
    sample('open', await timed(() => contender.open(DATABASE)));
    await oneAfterAnother(sample, 'point SELECT', quick ? 200 : 1000, () => contender.query('SELECT text, stars FROM note WHERE id = ?', [key()]));
    await oneAfterAnother(sample, 'one-row UPDATE', quick ? 50 : 300, () =>
      contender.exec('UPDATE note SET stars = stars + 1 WHERE id = ?', [key()]),
    );
    await contender.close();
  },
};

function rowsOf(quick: boolean): number {
  return quick ? 40_000 : 400_000;
}
