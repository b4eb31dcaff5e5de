import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { load } from './load.mjs';

const { watchPage } = await load('Client/Script/page.ts');

let window;
let told;
let ended;
const events = { onPause: () => told.push('pause'), onVisibility: hidden => told.push(hidden ? 'hidden' : 'shown') };

beforeEach(() => {
  window = new EventTarget();
  told = [];
  ended = new AbortController();
  globalThis.document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  globalThis.addEventListener = window.addEventListener.bind(window);
});

afterEach(() => {
  delete globalThis.document;
  delete globalThis.addEventListener;
});

function turn(visibilityState) {
  document.visibilityState = visibilityState;
  document.dispatchEvent(new Event('visibilitychange'));
}

test('a page that is left or frozen pauses', () => {
  watchPage(events, ended.signal);
  window.dispatchEvent(new Event('pagehide'));
  document.dispatchEvent(new Event('freeze'));
  assert.deepEqual(told, ['pause', 'pause']);
});

test('a page tells when it is hidden and shown, and when it begins hidden', () => {
  watchPage(events, ended.signal);
  assert.deepEqual(told, []);
  turn('hidden');
  turn('visible');
  assert.deepEqual(told, ['hidden', 'shown']);
  document.visibilityState = 'hidden';
  watchPage(events, ended.signal);
  assert.deepEqual(told, ['hidden', 'shown', 'hidden']);
});

test('nothing is told after the end, nor where there is no page', () => {
  watchPage(events, ended.signal);
  ended.abort();
  window.dispatchEvent(new Event('pagehide'));
  turn('hidden');
  delete globalThis.document;
  watchPage(events, new AbortController().signal);
  assert.deepEqual(told, []);
});
