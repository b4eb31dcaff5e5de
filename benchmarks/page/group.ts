import type { Contender } from './contender';

export type Sample = (row: string, value: number) => void;

/** Work that all contenders are measured with. A group has a table for each kind of storage. */
export interface Group {
  title(quick: boolean): string;
  /** Whether the geometric mean of the ratios is of interest: only where each row counts the same. */
  mean?: boolean;
  /** Makes the database that all rounds use. Absent means that the storage is empty when a round begins. */
  make?(contender: Contender, quick: boolean): Promise<void>;
  /** Does the work of one round with a contender whose worker has not been started yet. */
  measure(contender: Contender, quick: boolean, sample: Sample): Promise<void>;
}

/** The name of the database of a group. */
export const DATABASE = 'bench.db';
