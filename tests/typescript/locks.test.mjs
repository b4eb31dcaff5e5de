// Locks between the tabs and workers of an origin, and what other scripts of it may do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { createLockImports, ChangeChannel } = await load('Browser/Locks/locks.ts', 'Browser/Changes/channel.ts');

/** Sends messages to a channel, and waits until they have arrived. */
async function send(name, ...messages) {
  const channel = new BroadcastChannel(name);
  const listener = new BroadcastChannel(name);
  const arrived = new Promise(resolve => (listener.onmessage = ({ data }) => data === 'last' && resolve()));
  for (const message of [...messages, 'last']) channel.postMessage(message);
  await arrived;
  channel.close();
  listener.close();
}

const nonsense = [null, undefined, 5, 'text', [], {}, { file: 1 }, { file: 'a.db' }, { file: 'a.db', tables: 'text' }, { file: 'a.db', tables: [1] }];

/** Keeps track of the channels that a function opens, which would keep Node from ending. */
async function withChannels(run) {
  const Original = globalThis.BroadcastChannel;
  const opened = [];
  globalThis.BroadcastChannel = class extends Original {
    constructor(name) {
      super(name);
      opened.push(this);
    }
  };
  try {
    await run();
  } finally {
    globalThis.BroadcastChannel = Original;
    for (const channel of opened) channel.close();
  }
}

test('messages of other scripts end nothing', () =>
  withChannels(async () => {
    const heard = [];
    createLockImports(() => ({ Wanted: id => heard.push(id) }));
    const channel = new ChangeChannel('directory', change => heard.push(change));
    channel.watch('a.db');
    await send('isar-storage/locks', ...nonsense);
    await send('isar-storage/changes/directory', ...nonsense);
    assert.deepEqual(heard, []);
    await send('isar-storage/changes/directory', { file: 'a.db', tables: ['t'] });
    assert.deepEqual(heard, [{ file: 'a.db', tables: ['t'] }]);
  }));

test('where there are no locks, a worker introduces itself to nobody', () =>
  withChannels(async () => {
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    createLockImports(() => ({})).introduce('the page of a test');
  }));
