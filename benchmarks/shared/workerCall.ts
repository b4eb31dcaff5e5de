/** A call to a worker or tab of the benchmarks. */
export interface Call {
  id: number;
  method: string;
  arguments: unknown[];
}

/** The answer to the call with the same id. */
export type Answer = { id: number; result: unknown } | { id: number; error: string };

/** What calls go through: a worker, in a worker its global scope, or a channel that two tabs have for themselves. */
export interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
