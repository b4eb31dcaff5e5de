import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { parseRequest, versionError, PROTOCOL_VERSION, NO_REQUEST } = await load('Browser/Host/request.ts', 'Protocol/protocol.ts');

test('requests that are right pass', () => {
  for (const request of [
    { id: 1, method: 'hello', protocol: PROTOCOL_VERSION, options: {} },
    {
      id: 1,
      method: 'hello',
      protocol: PROTOCOL_VERSION,
      options: {
        directory: 'd',
        candidates: ['b'],
        migrateOnOpen: true,
        quotaWarningRatio: 0.9,
        memoryOnly: true,
        openTimeoutMs: 5,
        leaseTimeoutMs: 6,
      },
    },
    { id: 2, method: 'open', name: 'a.db' },
    { id: 2, method: 'migrate', name: 'a.db', backend: 'opfs' },
    { id: 2, method: 'cancel', request: 1 },
    { id: 3, method: 'exec', database: 1, sql: 'SELECT 1' },
    { id: 3, method: 'exec', database: 1, sql: 'SELECT 1', rows: [new Uint8Array(4)] },
    { id: 4, method: 'query', database: 1, sql: 'SELECT 1', params: [1], byName: true, transaction: true },
    { id: 4, method: 'run', database: 1, sql: 'SELECT 1', parameters: new Uint8Array(4), transaction: false },
    { id: 5, method: 'report' },
    { id: 5, method: 'call', name: 'notes/search', argument: 'null' },
  ])
    assert.deepEqual(parseRequest(request), { request });
});

test('each fault of a message has its own error', () => {
  for (const [message, id, pattern] of [
    [undefined, NO_REQUEST, /must be an object/],
    ['text', NO_REQUEST, /must be an object/],
    [null, NO_REQUEST, /must be an object/],
    [{ method: 'list' }, NO_REQUEST, /must have an id/],
    [{ id: 0, method: 'list' }, NO_REQUEST, /must have an id/],
    [{ id: 1.5, method: 'list' }, NO_REQUEST, /must have an id/],
    [{ id: '1', method: 'list' }, NO_REQUEST, /must have an id/],
    [{ id: 1 }, 1, /no method "undefined"/],
    [{ id: 1, method: 'toString' }, 1, /no method "toString"/],
    [{ id: 1, method: 'open' }, 1, /field "name" of "open"/],
    [{ id: 1, method: 'migrate', name: 'a.db' }, 1, /field "backend" of "migrate"/],
    [{ id: 1, method: 'cancel' }, 1, /field "request" of "cancel"/],
    [{ id: 1, method: 'call', name: 'a', argument: 5 }, 1, /field "argument" of "call"/],
    [{ id: 1, method: 'exec', database: '1', sql: '' }, 1, /field "database" of "exec"/],
    [{ id: 1, method: 'exec', database: 1, sql: 5 }, 1, /field "sql" of "exec"/],
    [{ id: 1, method: 'exec', database: 1, sql: '', rows: [[1]] }, 1, /field "rows" of "exec"/],
    [{ id: 1, method: 'query', database: 1, sql: '', params: 'x' }, 1, /field "params" of "query"/],
    [{ id: 1, method: 'query', database: 1, sql: '', params: null }, 1, /field "params" of "query"/],
    [{ id: 1, method: 'run', database: 1, sql: '', parameters: [1] }, 1, /field "parameters" of "run"/],
    ...[{ directory: 5 }, { candidates: 'opfs' }, { candidates: [5] }, { migrateOnOpen: 1 }, { quotaWarningRatio: '1' }].map(options => [
      { id: 1, method: 'hello', protocol: PROTOCOL_VERSION, options },
      1,
      /field "options" of "hello"/,
    ]),
  ]) {
    const parsed = parseRequest(message);
    assert.equal(parsed.id, id);
    assert.equal(parsed.error.kind, 'protocol');
    assert.match(parsed.error.message, pattern);
  }
});

test('the version is checked before anything else of hello', () => {
  const parsed = parseRequest({ id: 1, method: 'hello', protocol: PROTOCOL_VERSION + 1 });
  assert.equal(parsed.error.kind, 'version');
});

test('a mismatch says which file is the old one', () => {
  assert.equal(versionError(3, 3), undefined);
  assert.match(versionError(1, 2).message, /isar-client\.js speaks version 1 .* isar-worker\.js version 2\. isar-client\.js.* is the older/);
  assert.match(versionError(3, 2).message, /isar-worker\.js is the older/);
  assert.match(versionError(1, undefined).message, /isar-worker\.js is the older/);
  assert.match(versionError(undefined, 1).message, /isar-client\.js.* is the older/);
});
