import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { exportDatabase, importDatabase } = await load('Client/Script/transfers.ts');

const PART = 512 * 1024;

/** Stands in for the connection to a worker: `answers` has a function by method. What is transferred is gone, as between threads. */
function connect(answers) {
  const log = [];
  return {
    log,
    async request(method, fields, { transfer = [], signal } = {}) {
      signal?.throwIfAborted();
      const sent = structuredClone(fields, { transfer });
      log.push(method);
      await new Promise(resolve => setImmediate(resolve));
      return answers[method]?.(sent) ?? null;
    },
  };
}

function receiver() {
  const received = [];
  const buffers = new Set();
  const connection = connect({
    import: ({ bytes }) => {
      connection.expected = bytes;
      return 7;
    },
    push: ({ stream, bytes }) => {
      assert.equal(stream, 7);
      received.push(Uint8Array.from(bytes));
      buffers.add(bytes.buffer.byteLength);
      return { total: 1, bytes: bytes.buffer };
    },
  });
  return Object.assign(connection, { received, buffers });
}

const content = Uint8Array.from({ length: 3 * PART + 1234 }, (_, i) => (i * 31) >> 3);

function streamOf(...lengths) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= content.length) return controller.close();
      const length = lengths.length > 1 ? lengths.shift() : lengths[0];
      controller.enqueue(content.slice(at, (at += length)));
    },
  });
}

for (const [name, make, size] of [
  ['bytes', () => content, content.length],
  ['a part of a buffer', () => new Uint8Array([0, 0, ...content, 0].slice(0)).subarray(2, 2 + content.length), content.length],
  ['a buffer', () => content.slice().buffer, content.length],
  ['a blob', () => new Blob([content]), content.length],
  ['small pieces', () => streamOf(1000), undefined],
  ['large pieces', () => streamOf(1, 2 * PART, 17, PART), undefined],
]) {
  test(`${name} travel in parts of one length and stay the caller's`, async () => {
    const worker = receiver();
    const source = make();
    await importDatabase(worker, 'a.db', source);
    assert.deepEqual(
      worker.received.map(part => part.length),
      [PART, PART, PART, 1234],
    );
    assert.ok(Buffer.concat(worker.received).equals(content));
    assert.equal(worker.expected, size);
    assert.equal(worker.log.at(-1), 'finishImport');
    assert.ok(!(source instanceof Uint8Array || source instanceof ArrayBuffer) || source.byteLength === content.length);
  });
}

test('an import that fails ends its stream and its source', async () => {
  let cancelled = false;
  const source = new ReadableStream({ pull: controller => controller.enqueue(content.slice(0, PART)), cancel: () => void (cancelled = true) });
  const connection = connect({
    import: () => 7,
    push: () => {
      throw new Error('No space.');
    },
  });
  await assert.rejects(importDatabase(connection, 'a.db', source), { message: 'No space.' });
  assert.equal(connection.log.at(-1), 'closeTransfer');
  assert.ok(!connection.log.includes('finishImport'));
  assert.ok(cancelled);
});

test('a signal ends an import that waits for its source', async () => {
  const controller = new AbortController();
  const connection = receiver();
  const importing = importDatabase(connection, 'a.db', new ReadableStream({}), { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('Enough.')), 5);
  await assert.rejects(importing, { message: 'Enough.' });
  assert.equal(connection.log.at(-1), 'closeTransfer');
});

function sender() {
  let at = 0;
  let reused = 0;
  const connection = connect({
    export: () => ({ stream: 7, bytes: content.length }),
    pull: ({ buffer }) => {
      const length = Math.min(PART, content.length - at);
      reused += buffer ? 1 : 0;
      const bytes = buffer ?? new ArrayBuffer(length);
      new Uint8Array(bytes).set(content.subarray(at, (at += length)));
      return { bytes, length, done: at === content.length };
    },
  });
  return Object.assign(connection, { reused: () => reused });
}

test('an export is pulled one part ahead, and its buffers are used again', async () => {
  const connection = sender();
  const reports = [];
  const exported = await exportDatabase(connection, 'dir/a.db', { onProgress: progress => reports.push(progress) });
  await new Promise(resolve => setTimeout(resolve, 20));
  assert.deepEqual(connection.log, ['export', 'pull']);
  const file = await exported.file();
  assert.deepEqual([file.name, file.size, exported.size], ['a.db', content.length, content.length]);
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(content));
  assert.equal(connection.reused(), 3);
  assert.deepEqual(reports.at(-1), { stage: 'exporting', completed: content.length, total: content.length });
  assert.ok(!connection.log.includes('closeTransfer'));
});

test('an export ends when its reader or the signal does', async () => {
  const cancelled = sender();
  await (await exportDatabase(cancelled, 'a.db')).stream.cancel();
  assert.equal(cancelled.log.at(-1), 'closeTransfer');
  const aborted = sender();
  const controller = new AbortController();
  const reader = (await exportDatabase(aborted, 'a.db', { signal: controller.signal })).stream.getReader();
  await reader.read();
  controller.abort(new Error('Enough.'));
  await assert.rejects(reader.read(), { message: 'Enough.' });
  assert.ok(aborted.log.includes('closeTransfer'));
});
