/** What a page tells the program that started its browser; Message.cs reads the same. */
export type Message =
  /** Announces a table and its columns. The others get ratios to the one named `reference`, and with `mean` their geometric mean as last row. */
  | { kind: 'table'; table: string; title: string; unit: string; columns: string[]; reference?: string; mean?: boolean }
  /** One measured value. The program prints the median of those of one cell. */
  | { kind: 'sample'; table: string; row: string; column: string; value: number }
  /** A line for who waits, and in the output. */
  | { kind: 'note'; text: string }
  | { kind: 'end'; error?: string };

/** What all benchmarks are told. */
export interface Options {
  /** Less of everything: to see that it runs, not to quote numbers from. */
  quick: boolean;
  /** How often what is compared takes turns; absent means as often as the benchmark likes. */
  rounds?: number;
  /** Which groups, which storages and which contenders of `peers` take part, the last by parts of their names; empty means all. */
  only: string[];
  storages: string[];
  against: string[];
}
