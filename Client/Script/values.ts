import { usageError } from '../../Protocol/errors';
import type { WireParameters, WireValue } from '../../Protocol/protocol';

/**
 * A value that a statement takes. `boolean` becomes 1 or 0; a `number` becomes an integer when it is a safe integer and a real
 * otherwise; a `bigint` must fit 64 bits; bytes become a blob. `undefined` and `NaN` are errors: SQLite would store NULL for them.
 */
export type SqlInput = null | boolean | number | bigint | string | Uint8Array | ArrayBuffer;

/** A value that a statement returns: integers as `number` when they are safe integers and as `bigint` otherwise. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** The parameters of a statement: by position, or by name without the prefix, so that `{ id: 1 }` sets `:id`, `@id` and `$id`. */
export type SqlParameters = readonly SqlInput[] | Readonly<Record<string, SqlInput>>;

/** The SQL of a statement: itself, or one that {@link Database.prepare} has checked. */
export type SqlText = string | { readonly sql: string };

/** One row: its values by column name. */
export type Row = Record<string, SqlValue>;

/**
 * Turns parameters into values that can be sent. The worker, which knows the statement, checks names, count and ranges.
 * @param transfer gets the buffers that go along without being copied again: never the caller's own, which would be taken from the page.
 */
export function toWire(params: SqlParameters, transfer: ArrayBuffer[]): WireParameters {
  if (Array.isArray(params)) return Array.from(params as readonly SqlInput[], (value, index) => toSend(value, index, transfer));
  return Object.fromEntries(entriesOf(params).map(([name, value]) => [name, toSend(value, name, transfer)]));
}

/** The names and values of parameters that are no array. */
export function entriesOf(params: SqlParameters): [string, SqlInput][] {
  if (typeof params !== 'object' || params === null || ArrayBuffer.isView(params) || isArrayBuffer(params))
    throw usageError('The parameters of a statement are an array of values, or an object with a value for each name.');
  return Object.entries(params);
}

/**
 * Turns a value into one of those that a statement takes.
 * @param name its name, or its index.
 */
export function convert(value: SqlInput, name: string | number): WireValue {
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'string':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'object':
      if (value === null) return null;
      if (isArrayBuffer(value)) return viewOf(value, name);
      if (isUint8Array(value)) {
        if (value.length === 0) viewOf(value.buffer, name);
        return value;
      }
      break;
  }
  const instead =
    Object.prototype.toString.call(value) === '[object Date]'
      ? 'its toISOString() or its getTime()'
      : 'null, boolean, number, bigint, string, Uint8Array or ArrayBuffer';
  throw usageError(`${labelOf(name)} is ${describe(value)}, which SQLite cannot store; use ${instead}.`);
}

/** How errors name a parameter. */
export function labelOf(name: string | number): string {
  return typeof name === 'number' ? `Parameter ${name + 1}` : `Parameter "${name}"`;
}

function viewOf(buffer: ArrayBufferLike, name: string | number): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch (cause) {
    throw usageError(`${labelOf(name)} lies in an ArrayBuffer that was transferred, and has no bytes any more.`, { cause });
  }
}

function toSend(value: SqlInput, name: string | number, transfer: ArrayBuffer[]): WireValue {
  const wire = convert(value, name);
  return typeof wire === 'object' && wire !== null && !isWholeBuffer(wire) ? detached(wire, transfer) : wire;
}

/** A posted view takes its whole buffer along, so a part of a buffer is cut out first. */
function detached(view: Uint8Array, transfer: ArrayBuffer[]): Uint8Array {
  const copy = new Uint8Array(view);
  transfer.push(copy.buffer);
  return copy;
}

function isWholeBuffer(view: Uint8Array): boolean {
  return view.byteLength === view.buffer.byteLength && isArrayBuffer(view.buffer);
}

// Not instanceof: values may come from another frame, where the constructors are others.
function isUint8Array(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Uint8Array';
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]';
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
  return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
