/** Calls across the boundary between .NET and JavaScript since the worker started, for the diagnostics and the tests. */
export const crossings = {
  /** Calls from JavaScript into .NET. */
  toDotnet: 0,
  /** Calls from .NET into JavaScript. */
  toJs: 0,
};

/** Makes a copy of an object of functions in which every call is counted. */
export function counted<T extends object>(direction: keyof typeof crossings, functions: T): T {
  const copies = Object.entries(functions).map(([name, call]) => [
    name,
    (...args: unknown[]) => {
      crossings[direction]++;
      return (call as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(copies) as T;
}
