import type { WireValue } from '../../Protocol/protocol';
import type { Engine } from '../Engine/engine';
import { misuse, SqliteFailure } from '../Engine/codes';
import { PackedParameters, PackedReal, PackedText, type Parameters, type Value } from './packed';
import { utf8Length } from '../../Protocol/utf8';
import { SQLITE_NOMEM, SQLITE_OK, SQLITE_TOOBIG } from '../../Protocol/resultCodes';

const encoder = new TextEncoder();
const INT32_MAX = 0x7fff_ffff;

/** The longest text or blob (https://sqlite.org/limits.html), and the limit of sqlite3_malloc for all values of a statement together. */
const LONGEST_VALUE = 1_000_000_000;
const LARGEST_BLOCK = 0x7fff_feff;

/** SQLITE_STATIC: the bytes stay in place until the bindings are cleared. */
const STATIC = 0;

/** Checked values, not yet bound, and for each the bytes that it takes in SQLite's memory: 0 when it is neither a text nor a blob. */
export interface BoundValues {
  values: readonly Value[];
  sizes: readonly number[];
}

/**
 * Matches parameters with the names of a statement's parameters, `null` for those without, and checks what SQLite would silently
 * change: a missing value or NaN into NULL, too large integers, broken texts.
 */
export function matchParameters(names: readonly (string | null)[], params: Parameters | undefined): BoundValues {
  const values = valuesFor(names, params);
  const sizes = Array.from(values, (value, index) => {
    const size = sizeOf(value, () => label(names, index));
    if (size > LONGEST_VALUE)
      throw new SqliteFailure(SQLITE_TOOBIG, `${label(names, index)} has ${size} bytes; SQLite stores up to ${LONGEST_VALUE}.`);
    return size;
  });
  return { values, sizes };
}

/**
 * Binds values to a statement.
 * @returns the memory that the caller frees after it has cleared the bindings, or 0.
 */
export function bindValues(engine: Engine, statement: number, { values, sizes }: BoundValues): number {
  const { exports } = engine;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total >= LARGEST_BLOCK)
    throw new SqliteFailure(SQLITE_TOOBIG, `The parameters take ${total} bytes together, and may take ${LARGEST_BLOCK - 1}.`);
  // An empty blob needs an address too: SQLite takes a null pointer for NULL.
  const block = values.some(hasBytes) ? exports.sqlite3_malloc(total + 1) : 0;
  if (block === 0 && total > 0) throw new SqliteFailure(SQLITE_NOMEM, 'out of memory');
  let at = block;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Value;
    const size = sizes[i]!;
    let code: number;
    if (typeof value === 'number') {
      code = bindNumber(engine, statement, i + 1, value);
    } else if (typeof value === 'string') {
      encoder.encodeInto(value, engine.heap().subarray(at, at + size));
      code = exports.sqlite3_bind_text(statement, i + 1, at, size, STATIC);
    } else if (typeof value === 'bigint') {
      code = exports.sqlite3_bind_int64(statement, i + 1, value);
    } else if (value === null) {
      code = exports.sqlite3_bind_null(statement, i + 1);
    } else if (value instanceof PackedReal) {
      code = exports.sqlite3_bind_double(statement, i + 1, value.value);
    } else if (value instanceof PackedText) {
      engine.heap().set(value.utf8, at);
      code = exports.sqlite3_bind_text(statement, i + 1, at, size, STATIC);
    } else {
      engine.heap().set(value, at);
      code = exports.sqlite3_bind_blob(statement, i + 1, at, size, STATIC);
    }
    if (code !== SQLITE_OK) {
      exports.sqlite3_clear_bindings(statement);
      exports.sqlite3_free(block);
      throw new SqliteFailure(code);
    }
    at += size;
  }
  return block;
}

function bindNumber(engine: Engine, statement: number, index: number, value: number): number {
  if (!Number.isSafeInteger(value)) return engine.exports.sqlite3_bind_double(statement, index, value);
  return Math.abs(value) <= INT32_MAX
    ? engine.exports.sqlite3_bind_int(statement, index, value)
    : engine.exports.sqlite3_bind_int64(statement, index, BigInt(value));
}

function valuesFor(names: readonly (string | null)[], params: Parameters | undefined): readonly Value[] {
  if (params instanceof PackedParameters) return params.byPosition ? matchPositions(names, params.values) : pickNames(names, params);
  return params === undefined || isList(params) ? matchPositions(names, params ?? []) : matchNames(names, params);
}

function matchPositions(names: readonly (string | null)[], params: readonly Value[]): readonly Value[] {
  const counts = `the statement has ${names.length} parameter${names.length === 1 ? '' : 's'}, ${params.length} given`;
  if (params.length < names.length) throw misuse(`${label(names, params.length)} has no value: ${counts}.`);
  if (params.length > names.length) throw misuse(`Value ${names.length + 1} has no parameter: ${counts}.`);
  return params;
}

function matchNames(names: readonly (string | null)[], params: Readonly<Record<string, WireValue>>): WireValue[] {
  const surplus = new Set(Object.keys(params));
  const values = names.map((name, index) => {
    if (name === null) throw misuse(`Parameter ${index + 1} has no name: give the values as an array.`);
    const key = name.slice(1);
    if (!Object.hasOwn(params, key)) throw noValue(names, index);
    surplus.delete(key);
    return params[key] as WireValue;
  });
  for (const name of surplus) throw noParameter(name);
  return values;
}

/** Takes the values that a statement names. Where there are several, the others may name the rest. */
function pickNames(names: readonly (string | null)[], params: PackedParameters): Value[] {
  const used = new Set<string>();
  const picked = names.map((name, index) => {
    if (name === null && params.values.length > 0) throw misuse(`Parameter ${index + 1} has no name, but the values have: name all of them or none.`);
    const key = name?.slice(1) ?? '';
    const value = params.get(key);
    if (value === undefined) throw noValue(names, index);
    used.add(key);
    return value;
  });
  if (params.areForOne && params.values.length > used.size) throw noParameter([...params.names].find(name => !used.has(name))!);
  return picked;
}

function isList(params: object): params is readonly WireValue[] {
  return Array.isArray(params);
}

function hasBytes(value: Value): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && !(value instanceof PackedReal));
}

function sizeOf(value: Value, describe: () => string): number {
  switch (typeof value) {
    case 'number':
      checkReal(value, describe);
      return 0;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw misuse(`${describe()} is ${value}, which does not fit into 64 bits.`);
      return 0;
    case 'string': {
      const size = utf8Length(value);
      if (size < 0) throw misuse(`${describe()} is a text with half of a surrogate pair, which cannot be stored as UTF-8.`);
      return size;
    }
    case 'object':
      if (value === null) return 0;
      if (value instanceof Uint8Array) {
        if (!(value.buffer instanceof ArrayBuffer)) throw misuse(`${describe()} lies in shared memory, which can change meanwhile; give a copy.`);
        return value.length;
      }
      if (value instanceof PackedText) return value.utf8.length;
      if (value instanceof PackedReal) {
        checkReal(value.value, describe);
        return 0;
      }
      break;
  }
  throw misuse(`${describe()} has a type that SQLite cannot store.`);
}

function checkReal(value: number, describe: () => string): void {
  if (Number.isNaN(value)) throw misuse(`${describe()} is NaN, which SQLite cannot store; use null.`);
}

function noValue(names: readonly (string | null)[], index: number): SqliteFailure {
  return misuse(`${label(names, index)} has no value.`);
}

function noParameter(name: string): SqliteFailure {
  return misuse(`There is no parameter "${name}" in the statement.`);
}

function label(names: readonly (string | null)[], index: number): string {
  const name = names[index];
  return name ? `Parameter ${index + 1} (${name})` : `Parameter ${index + 1}`;
}
