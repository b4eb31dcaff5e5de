import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Mirror, blockCount, changedSince, sizeOfBlock, storedIndexes } = await load('Backends.IndexedDb/mirror.ts', 'Backends.IndexedDb/manifest.ts');

const BLOCK = 16;
const seed = Number(process.env.ISAR_STORAGE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers from 0 to below a limit, the same for the same seed. */
function randoms(state) {
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** What a store holds of one file: the same records as in IndexedDB. */
class Records {
  manifest;
  blocks = new Map();

  /** Does what a transaction does with changes, one block at a time, with a pause before each. */
  *apply(mirror, changes) {
    const blocks = new Map([...this.blocks].filter(([index]) => index < changes.cut));
    const manifest = mirror.describe(changes);
    for (const [index, block] of changes.blocks) {
      yield;
      blocks.set(index, block.slice(0, sizeOfBlock(manifest, index)));
      mirror.thaw(block);
    }
    yield;
    this.manifest = manifest;
    this.blocks = manifest ? blocks : new Map();
    mirror.acknowledge(manifest);
  }

  /** The content, assembled as loading does it: every block is there with its size, and no other. */
  content() {
    if (!this.manifest) return undefined;
    const indexes = storedIndexes(this.manifest);
    assert.deepEqual(
      [...this.blocks.keys()].sort((a, b) => a - b),
      indexes,
    );
    const bytes = new Uint8Array(this.manifest.length);
    for (const index of indexes) {
      assert.equal(this.blocks.get(index).length, sizeOfBlock(this.manifest, index));
      bytes.set(this.blocks.get(index), index * BLOCK);
    }
    return bytes;
  }

  reload(indexes) {
    const stored = new Set(this.manifest ? storedIndexes(this.manifest) : []);
    return new Map(
      indexes
        .filter(index => stored.has(index))
        .map(index => {
          const block = new Uint8Array(BLOCK);
          block.set(this.blocks.get(index));
          return [index, block];
        }),
    );
  }
}

/** Does something random to a file. */
function change(random, mirror, model) {
  if (random(3) === 0) {
    const length = random(150);
    mirror.resize(length);
    return resized(model, length);
  }
  const offset = random(100);
  const bytes = Uint8Array.from({ length: 1 + random(40) }, () => random(256));
  mirror.write(bytes, offset);
  const result = resized(model, Math.max(model.length, offset + bytes.length));
  result.set(bytes, offset);
  return result;
}

function contentOf(mirror) {
  const bytes = new Uint8Array(mirror.length).fill(0xee);
  mirror.read(bytes, 0);
  return bytes;
}

function resized(model, length) {
  const result = new Uint8Array(length);
  result.set(model.subarray(0, length));
  return result;
}

test(`what is stored is always what was committed (ISAR_STORAGE_SEED=${seed})`, () => {
  const random = randoms(seed);
  for (let round = 0; round < 300; round++) {
    const records = new Records();
    const mirror = new Mirror(BLOCK);
    let model = new Uint8Array(0);
    let committed;
    let storing;
    let storingContent;
    let stored;
    for (let step = 0; step < 80; step++) {
      switch (random(8)) {
        case 0:
        case 1:
        case 2:
        case 3:
          model = change(random, mirror, model);
          break;
        case 4: {
          const exists = random(10) > 0;
          if (!exists) {
            mirror.resize(0);
            model = new Uint8Array(0);
          }
          mirror.commit(exists);
          committed = { content: exists ? model.slice() : undefined };
          break;
        }
        case 5:
        case 6:
          if (!storing && committed) {
            storingContent = committed.content;
            committed = undefined;
            storing = records.apply(mirror, mirror.take());
          } else if (storing?.next().done) {
            storing = undefined;
            stored = storingContent;
            assert.deepEqual(records.content(), stored);
          }
          break;
        default:
          // The transaction under way fails, and with it everything after what is stored.
          if (random(4) === 0) {
            const changed = mirror.changedIndexes();
            mirror.replace(mirror.stored, changed, records.reload(changed));
            storing = committed = undefined;
            model = stored?.slice() ?? new Uint8Array(0);
          }
      }
      assert.deepEqual(contentOf(mirror), model, `round ${round}, step ${step}`);
    }
  }
});

test(`whoever comes back takes up what others have stored (ISAR_STORAGE_SEED=${seed})`, () => {
  const random = randoms(seed);
  let byHistory = 0;
  for (let round = 0; round < 100; round++) {
    const records = new Records();
    const mirrors = [0, 1, 2].map(() => new Mirror(BLOCK));
    let model = new Uint8Array(0);
    for (let turn = 0; turn < 60; turn++) {
      const at = random(3);
      let mirror = mirrors[at];
      const { manifest } = records;
      const changed = manifest && mirror.stored && changedSince(mirror.stored, manifest);
      if (changed) {
        byHistory++;
        mirror.replace(manifest, changed, records.reload(changed));
      } else {
        mirror = mirrors[at] = new Mirror(BLOCK);
        const all = Array.from({ length: manifest ? blockCount(manifest) : 0 }, (_, index) => index);
        mirror.replace(manifest, all, records.reload(all));
      }
      assert.deepEqual(contentOf(mirror), model, `round ${round}, turn ${turn}`);
      for (let commits = random(4); commits > 0; commits--) {
        const exists = random(30) > 0;
        for (let changes = random(4); changes > 0; changes--) model = change(random, mirror, model);
        if (!exists) {
          mirror.resize(0);
          model = new Uint8Array(0);
        }
        mirror.commit(exists);
        for (const storing = records.apply(mirror, mirror.take()); !storing.next().done; );
      }
    }
  }
  assert.ok(byHistory > 1000, `only ${byHistory} times by the history`);
});

test('a history has a limit, beyond which everything has to be loaded', () => {
  const records = new Records();
  const mirror = new Mirror(BLOCK);
  const commit = count => {
    mirror.write(new Uint8Array(count * BLOCK).fill(7), 0);
    mirror.commit(true);
    for (const storing = records.apply(mirror, mirror.take()); !storing.next().done; );
    return records.manifest;
  };
  const first = commit(100);
  const second = commit(100);
  assert.deepEqual(
    changedSince(first, second),
    Array.from({ length: 100 }, (_, index) => index),
  );
  assert.deepEqual(changedSince(second, second), []);
  for (let n = 0; n < 12; n++) commit(100);
  assert.equal(changedSince(first, records.manifest), undefined);
  assert.ok(records.manifest.history.flat().length <= 1024);
  assert.equal(changedSince({ ...second, generation: 'another' }, records.manifest), undefined);
});

test('a block that was never written is a hole and not stored', () => {
  const mirror = new Mirror(BLOCK);
  mirror.write(Uint8Array.of(1), 5 * BLOCK);
  mirror.resize(9 * BLOCK);
  mirror.commit(true);
  const changes = mirror.take();
  assert.deepEqual([...changes.blocks.keys()], [5]);
  assert.deepEqual(changes.result, { length: 9 * BLOCK, holes: [0, 5, 6, 3] });
  assert.equal(blockCount({ length: 9 * BLOCK, blockSize: BLOCK }), 9);
});

test('a commit waits as it was while the next transaction writes on', () => {
  const mirror = new Mirror(BLOCK);
  mirror.write(Uint8Array.of(1, 2, 3), 0);
  mirror.commit(true);
  const first = mirror.take();
  mirror.write(Uint8Array.of(9, 9, 9), 0);
  assert.deepEqual([...first.blocks.get(0).subarray(0, 3)], [1, 2, 3]);
  assert.deepEqual([...contentOf(mirror)], [9, 9, 9]);
});

test('a block that is stored already is written in place', () => {
  const mirror = new Mirror(BLOCK);
  mirror.write(Uint8Array.of(1), 0);
  mirror.commit(true);
  const block = mirror.take().blocks.get(0);
  mirror.thaw(block);
  mirror.write(Uint8Array.of(7), 0);
  assert.equal(block[0], 7);
});
