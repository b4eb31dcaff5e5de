/** Calls across the boundary between .NET and JavaScript since the worker started, for the diagnostics and the tests. */
export const crossings = {
  /** Calls from JavaScript into .NET. */
  toDotnet: 0,
  /** Calls from .NET into JavaScript. */
  toJs: 0,
};

/** A function of either side; none has more arguments. */
type Crossing = (a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown, f?: unknown, g?: unknown, h?: unknown) => unknown;

/** Makes a copy of an object of functions in which every call is counted. The arguments have names: a list of them would cost more than counting. */
export function counted<T extends object>(direction: keyof typeof crossings, functions: T): T {
  const copies = Object.entries(functions).map(([name, function_]) => {
    const call = function_ as Crossing;
    const counting: Crossing = (a, b, c, d, e, f, g, h) => {
      crossings[direction]++;
      return call(a, b, c, d, e, f, g, h);
    };
    return [name, counting];
  });
  return Object.fromEntries(copies) as T;
}
