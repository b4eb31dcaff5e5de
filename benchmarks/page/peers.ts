import type { Options } from '../shared/programMessages';
import { messageOf, pause, timed, TooLong, within } from '../shared/timing';
import { bulkGroup } from './bulkGroup';
import { callsGroup } from './callsGroup';
import { classicGroup } from './classicGroup';
import type { Contender } from './contender';
import { contenders, OURS } from './contenders';
import type { Group } from './group';
import { largeGroup } from './largeGroup';
import { clearStorage } from './originStorage';
import { note, table } from './program';
import { startGroup } from './startGroup';

const SCRIPTS = { sqliteWasm: '/pages/sqliteWasm.js', waSqlite: '/pages/waSqlite.js' };

/** Arguments.cs has the same names. */
const GROUPS: Record<string, Group> = {
  start: startGroup,
  calls: callsGroup,
  bulk: bulkGroup,
  large: largeGroup,
  classic: classicGroup,
};

/** Whoever takes longer for a round takes part in one only. */
const PATIENCE = 60_000;

/** Whoever takes longer is ended, and left out of the rest. */
const LIMIT = 120_000;
const QUICK_LIMIT = 40_000;

/** How long a browser may take to free the files of a worker that ended. */
const RELEASE = 500;

/**
 * Every contender runs the same SQL in each round, one after another and always in the same page, because the speed of a machine changes from
 * minute to minute: only what ran side by side can be compared.
 */
export async function peers(options: Options): Promise<void> {
  for (const [storage, entries] of contenders(SCRIPTS, options)) {
    const all = new Map(entries);
    for (const [name, group] of Object.entries(GROUPS)) {
      if (options.only.length === 0 || options.only.includes(name)) await compare(storage, all, name, group, options);
    }
  }
  await clearStorage();
}

/** Does the work of a group, and takes those out of `all` who needed too long. */
async function compare(
  storage: string,
  all: Map<string, () => Contender>,
  name: string,
  group: Group,
  { quick, rounds = quick ? 1 : 5 }: Options,
): Promise<void> {
  const sample = table(`${name}-${storage.toLowerCase()}`, `${group.title(quick)}, ${storage}`, 'ms', [...all.keys()], OURS, group.mean);
  const left = new Map(all);
  /** Bounded by the limit; leaves the contender out when it fails, and otherwise says how long it took. */
  const attempt = async (contender: string, step: string, action: (contender: Contender) => Promise<void>) => {
    const instance = left.get(contender)!();
    try {
      const time = await timed(() => within(quick ? QUICK_LIMIT : LIMIT, action(instance)));
      await note(`${name}, ${storage}, ${step}: ${contender}, ${(time / 1000).toFixed(1)} s`);
      if (time > PATIENCE) left.delete(contender);
    } catch (error) {
      left.delete(contender);
      if (error instanceof TooLong) all.delete(contender);
      await note(`${name}, ${storage}: ${contender} is left out${error instanceof TooLong ? ' from now on' : ''}: ${messageOf(error)}`);
    } finally {
      instance.stop();
    }
    await pause(RELEASE);
  };
  await clearStorage();
  if (group.make) {
    for (const contender of [...all.keys()]) await attempt(contender, 'preparation', instance => group.make!(instance, quick));
  }
  for (let round = 1; round <= rounds; round++) {
    // Who comes first meets a machine in another state than who comes last, so they take turns.
    const names = [...left.keys()];
    const first = round % names.length;
    for (const contender of [...names.slice(first), ...names.slice(0, first)]) {
      if (!group.make) await clearStorage();
      await attempt(contender, `round ${round} of ${rounds}`, instance =>
        group.measure(instance, quick, (row, value) => sample(row, contender, value)),
      );
    }
  }
}
