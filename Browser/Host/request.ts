import { type ErrorShape, type Method, NO_REQUEST, PROTOCOL_VERSION, type Request, versionError } from '../../Protocol/protocol';

type Check = (value: unknown) => boolean;

const string: Check = value => typeof value === 'string';
const boolean: Check = value => typeof value === 'boolean';
const number: Check = value => typeof value === 'number' && Number.isFinite(value);
const id: Check = value => typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0x7fff_ffff;
/** Bytes, but not in shared memory, which the page could change meanwhile. */
const bytes: Check = value => value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
const buffer: Check = value => value instanceof ArrayBuffer;
const object: Check = value => typeof value === 'object' && value !== null;
/** An array or a plain object. Not a `Map` or bytes: their properties are not what they seem, and perhaps very many. */
const parameters: Check = value => Array.isArray(value) || (object(value) && Object.getPrototypeOf(value) === Object.prototype);
const strings = listOf(string);
const blocks = listOf(bytes);
const words: Check = value => value instanceof Int32Array;
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value);

const statement = { database: id, sql: string, params: optional(parameters), transaction: optional(boolean), setup: optional(boolean) };

/** The check for each field of each method. */
const fieldsOf: Record<Method, Record<string, Check>> = {
  hello: { interrupts: optional(words), options: options => object(options) && fault(options as object, startOptions) === undefined },
  open: { name: string },
  migrate: { name: string, backend: string },
  export: { name: string },
  pull: { stream: id, buffer: optional(buffer) },
  import: { name: string, bytes: optional(number) },
  push: { stream: id, bytes },
  finishImport: { stream: id, checkIntegrity: boolean },
  closeTransfer: { stream: id },
  backup: { name: string, target: string },
  cancel: { request: id },
  exec: { ...statement, rows: optional(blocks) },
  query: { ...statement, byName: optional(boolean), limit: optional(id) },
  stream: { ...statement, byName: optional(boolean) },
  next: { database: id, stream: id, buffer: optional(buffer), transaction: optional(boolean) },
  closeStream: { database: id, stream: id, transaction: optional(boolean) },
  describe: { database: id, sql: string, transaction: optional(boolean) },
  watch: { database: id, sql: optional(string), transaction: optional(boolean), setup: optional(boolean) },
  run: { database: id, sql: string, parameters: optional(bytes), transaction: optional(boolean), waitMs: optional(number) },
  yield: {},
  setHidden: { hidden: boolean },
  begin: { database: id, deferred: optional(boolean), again: optional(boolean), waitMs: optional(number) },
  commit: { database: id },
  rollback: { database: id, again: optional(boolean) },
  close: { database: id },
  delete: { name: string },
  exists: { name: string },
  list: {},
  report: {},
  call: { name: string, argument: string },
  diagnostics: {},
};

const startOptions: Record<string, Check> = {
  page: optional(string),
  directory: optional(string),
  candidates: optional(strings),
  migrateOnOpen: optional(boolean),
  quotaWarningRatio: optional(number),
  maxTemporaryBytes: optional(number),
  writeAheadLog: optional(boolean),
  memoryOnly: optional(boolean),
  openTimeoutMs: optional(number),
  leaseTimeoutMs: optional(number),
  transactionTimeoutMs: optional(number),
};

/** A checked message of the page: a valid request, or an error and the id to send it to. */
export type Parsed = { request: Request } | { id: number; error: ErrorShape };

/** Checks a message of the page. */
export function parseRequest(message: unknown): Parsed {
  if (!object(message)) return { id: NO_REQUEST, error: protocolError('A message to the worker must be an object.') };
  const request = message as Request;
  if (!id(request.id)) return { id: NO_REQUEST, error: protocolError('A message to the worker must have an id, a whole number above 0.') };
  if (typeof request.method !== 'string' || !Object.hasOwn(fieldsOf, request.method))
    return { id: request.id, error: protocolError(`The worker has no method "${String(request.method)}".`) };
  const mismatch = request.method === 'hello' && versionError(request.protocol, PROTOCOL_VERSION);
  if (mismatch) return { id: request.id, error: mismatch };
  const wrong = fault(request, fieldsOf[request.method]);
  if (wrong !== undefined)
    return { id: request.id, error: protocolError(`The field "${wrong}" of "${request.method}" is missing or of a wrong type.`) };
  return { request };
}

/** An error of kind `protocol`. */
export function protocolError(message: string): ErrorShape {
  return { kind: 'protocol', code: 0, extendedCode: 0, message };
}

/** Checks each element. Ends at the first hole, unlike `every`: an empty list can claim any length. */
function listOf(check: Check): Check {
  return value => {
    if (!Array.isArray(value)) return false;
    for (let i = 0; i < value.length; i++) {
      if (!check(value[i])) return false;
    }
    return true;
  };
}

function fault(value: object, checks: Record<string, Check>): string | undefined {
  return Object.keys(checks).find(name => !checks[name]!((value as Record<string, unknown>)[name]));
}
