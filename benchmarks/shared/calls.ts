/** A call to a worker of the benchmarks, and its answer. */
export interface Call {
  id: number;
  method: string;
  arguments: unknown[];
}

export type Answer = { id: number; result: unknown } | { id: number; error: string };
