import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { error, FakeWorker, startStorage, until } from './fakeWorker.mjs';

let storage;
let worker;
let db;
const count = async source => (await source.query('SELECT count(*) AS n FROM t'))[0].n;
const insert = 'INSERT INTO t (a) VALUES (1)';

beforeEach(async () => {
  FakeWorker.afterCommit = async () => {};
  ({ storage, worker } = await startStorage());
  db = await storage.open('test.db');
  await db.exec('CREATE TABLE t (a)');
});

/** Gives everything else that is ready to go on plenty of chances to do so. */
async function manyTurns() {
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
}

test('commits what the callback did and returns what it returns', async () => {
  assert.equal(
    await db.transaction(async tx => {
      await tx.exec(insert);
      return await count(tx);
    }),
    1,
  );
  assert.equal(await db.transaction(() => 'nothing'), 'nothing');
  assert.equal(await count(db), 1);
});

test('rolls back when the callback throws, and throws the same', async () => {
  const mine = new Error('mine');
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec(insert);
      throw mine;
    }),
    thrown => thrown === mine,
  );
  await assert.rejects(
    db.transaction(() => {
      throw mine;
    }),
    thrown => thrown === mine,
  );
  assert.equal(await count(db), 0);
});

test('an error inside that the callback handles does not end it', async () => {
  await db.transaction(async tx => {
    await tx.exec(insert);
    await assert.rejects(tx.exec('INSERT INTO nowhere VALUES (1)'), error('sqlite', /no such table/));
    await tx.exec(insert);
  });
  assert.equal(await count(db), 2);
});

test('other calls on the database wait and are not part of it', async () => {
  const order = [];
  const transaction = db
    .transaction(async tx => {
      await tx.exec(insert);
      await manyTurns();
      order.push('end of the transaction');
      throw new Error('rolled back');
    })
    .catch(() => {});
  const outside = db.exec(insert).then(() => order.push('outside'));
  const second = db.transaction(tx => tx.exec(insert)).then(() => order.push('second'));
  const last = count(db).then(n => order.push(`sees ${n}`));
  await Promise.all([transaction, outside, second, last]);
  assert.deepEqual(order, ['end of the transaction', 'outside', 'second', 'sees 2']);
});

test('calls before a transaction come before it', async () => {
  const calls = [db.exec(insert), db.exec(insert)];
  assert.equal(await db.transaction(count), 2);
  await Promise.all(calls);
});

test('calls that were not awaited belong to it, and their errors roll it back', async () => {
  await db.transaction(tx => {
    tx.exec(insert);
    tx.exec(insert);
  });
  assert.equal(await count(db), 2);
  await assert.rejects(
    db.transaction(tx => {
      tx.exec(insert);
      tx.exec('INSERT INTO nowhere VALUES (1)').catch(() => {});
    }),
    error('sqlite', /no such table/),
  );
  assert.equal(await count(db), 2);
});

test('a call that fails before the end and that nobody awaits rolls it back too', async () => {
  await assert.rejects(
    db.transaction(async tx => {
      tx.exec('INSERT INTO nowhere VALUES (1)');
      await tx.exec(insert);
      await tx.exec(insert);
    }),
    error('sqlite', /no such table/),
  );
  await assert.rejects(
    db.transaction(async tx => {
      tx.queryOne('SELECT missing');
      await manyTurns();
    }),
    error('sqlite', /no such column/),
  );
  assert.equal(await count(db), 0);
  await db.transaction(async tx => {
    const failing = tx.exec('INSERT INTO nowhere VALUES (1)');
    await tx.exec(insert);
    await assert.rejects(failing, error('sqlite', /no such table/));
    const [, failed] = await Promise.allSettled([tx.exec(insert), tx.query('SELECT missing')]);
    assert.equal(failed.status, 'rejected');
    await tx.exec('INSERT INTO nowhere VALUES (1)').catch(() => {});
  });
  assert.equal(await count(db), 2);
});

test('calls that waited for a transaction are made before those that come after it', async () => {
  await db.exec(insert);
  const transaction = db.transaction(tx => tx.exec('UPDATE t SET a = a + 1'));
  const waited = db.query('UPDATE t SET a = a * 10 RETURNING a');
  await transaction;
  const after = db.query('UPDATE t SET a = a + 3 RETURNING a');
  await db.close();
  assert.deepEqual(await Promise.all([waited, after]), [[{ a: 20 }], [{ a: 23 }]]);
});

test('a transaction that has ended is of no use', async () => {
  let kept;
  await db.transaction(tx => {
    kept = tx;
  });
  await assert.rejects(kept.exec(insert), error('usage', /has ended/));
  await assert.rejects(kept.query('SELECT 1'), error('usage', /has ended/));
  assert.equal(kept.transaction, undefined);
  await assert.rejects(db.transaction('x'), error('usage', /needs a function/));
});

test('nothing runs outside it after SQLite or SQL has ended it', async () => {
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec('ROLLBACK');
      await assert.rejects(tx.exec(insert), error('sqlite', /transaction is over/, { code: 4, extendedCode: 516 }));
      await assert.rejects(tx.query('SELECT 1'), error('sqlite', /transaction is over/));
    }),
    error('sqlite', /transaction is over/),
  );
  assert.equal(await count(db), 0);
  await assert.rejects(
    db.transaction(tx => tx.exec('INSERT OR ROLLBACK INTO t VALUES (abs(-9223372036854775807 - 1))')),
    error('sqlite', /overflow/),
  );
  assert.equal(await count(db), 0);
});

test('a commit that fails is rolled back', async () => {
  await db.exec('PRAGMA foreign_keys = ON; CREATE TABLE p (id INTEGER PRIMARY KEY)');
  await db.exec('CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)');
  await assert.rejects(
    db.transaction(tx => tx.exec('INSERT INTO c VALUES (5)')),
    error('sqlite', /FOREIGN KEY/, { code: 19, extendedCode: 787 }),
  );
  assert.deepEqual(await db.query('SELECT * FROM c'), []);
  await db.transaction(tx => tx.exec(insert));
});

test('a commit is answered after it is stored, and only a commit waits', async () => {
  let stored = 0;
  FakeWorker.afterCommit = async () => {
    await manyTurns();
    stored++;
  };
  await db.exec(insert);
  assert.equal(stored, 1);
  await db.query('SELECT * FROM t');
  await db.exec('SELECT * FROM t');
  assert.equal(stored, 1);
  await db.query('INSERT INTO t VALUES (1) RETURNING a');
  assert.equal(stored, 2);
  await db.transaction(async tx => {
    await tx.exec(insert);
    await tx.exec(insert);
    assert.equal(stored, 2);
  });
  assert.equal(stored, 3);
  await db.exec('BEGIN; INSERT INTO t VALUES (1); COMMIT');
  assert.equal(stored, 4);
  await db.execMany('INSERT INTO t VALUES (?)', [[1], [2]]);
  assert.equal(stored, 5);
  await assert.rejects(
    db.transaction(async tx => {
      await tx.exec(insert);
      throw new Error('mine');
    }),
  );
  assert.equal(stored, 5);
});

test('closing in the middle rolls back, ends the waits and frees the name', async () => {
  let inside;
  const started = new Promise(resolve => (inside = resolve));
  const transaction = assert.rejects(
    db.transaction(async tx => {
      await tx.exec(insert);
      inside();
      await new Promise(() => {});
    }),
    error('closed', /"test\.db" was closed/),
  );
  await started;
  const waiting = assert.rejects(db.exec(insert), error('closed', /"test\.db" was closed/));
  await db.close();
  await waiting;
  await assert.rejects(db.exec(insert), error('closed', /"test\.db" was closed/));
  await assert.rejects(
    db.transaction(() => {}),
    error('closed', /"test\.db" was closed/),
  );
  const again = await storage.open('test.db');
  assert.deepEqual(await again.query('SELECT 1 AS n'), [{ n: 1 }]);
  await db.close();
  await transaction;
});

test('closing before the callback was called keeps it from being called', async () => {
  let called = false;
  const transaction = assert.rejects(
    db.transaction(() => {
      called = true;
      return new Promise(() => {});
    }),
    error('closed', /"test\.db" was closed/),
  );
  while (!worker.log.some(({ method }) => method === 'begin')) await undefined;
  await db.close();
  await transaction;
  assert.equal(called, false);
});

test('closing after calls lets them finish', async () => {
  const calls = [db.exec(insert), count(db)];
  const closing = db.close();
  assert.deepEqual((await Promise.all(calls))[1], 1);
  await closing;
  assert.equal(worker.log.filter(message => message.method === 'close').length, 1);
});

test('connections to one database wait for each other, others do not', async () => {
  const same = await storage.open('test.db');
  const other = await storage.open('other.db');
  const order = [];
  await Promise.all([
    db.transaction(async () => {
      await other.query('SELECT 1');
      order.push('other');
      await manyTurns();
      order.push('end');
    }),
    same.query('SELECT 1').then(() => order.push('same')),
  ]);
  assert.deepEqual(order, ['other', 'end', 'same']);
});

test('one that finds the database locked at its end is repeated as a whole', async () => {
  const [reader, writer] = [await storage.open('shared 1'), await storage.open('shared 2')];
  await writer.exec('CREATE TABLE s (a); INSERT INTO s VALUES (zeroblob(200000)), (zeroblob(200000))');
  const reading = reader.stream('SELECT a FROM s');
  await reading.next();
  let calls = 0;
  const transaction = writer.transaction(async tx => {
    calls++;
    await tx.exec('INSERT INTO s VALUES (1)');
    if (calls === 2) await reading.return();
  });
  // It does not come between the attempts.
  const after = writer.query('SELECT count(*) AS n FROM s');
  await transaction;
  assert.equal(calls, 2);
  assert.deepEqual(await after, [{ n: 3 }]);
  assert.equal((await reader.query('SELECT count(*) AS n FROM s'))[0].n, 3);
});

test('one that is given up, or aborted between its attempts, gives its turn back', async () => {
  const { storage: impatient, worker } = await startStorage({ transactionTimeoutMs: 100 });
  const [reader, writer] = [await impatient.open('shared 1'), await impatient.open('shared 2')];
  await writer.exec('CREATE TABLE s (a); INSERT INTO s VALUES (zeroblob(200000)), (zeroblob(200000))');
  await reader.stream('SELECT a FROM s').next();
  const abort = new AbortController();
  const write = signal => writer.transaction(tx => tx.exec('INSERT INTO s VALUES (1)'), { signal });
  await assert.rejects(write(), error('sqlite', /locked/));
  assert.equal((await writer.query('SELECT count(*) AS n FROM s'))[0].n, 2);
  worker.log.splice(0);
  const aborted = assert.rejects(write(abort.signal), /enough/);
  await until(() => worker.log.some(({ method }) => method === 'rollback'));
  abort.abort(new Error('enough'));
  await aborted;
  assert.equal((await writer.query('SELECT count(*) AS n FROM s'))[0].n, 2);
});

test('one that finds the database locked at its beginning is repeated, and given up after the time-out', async () => {
  const { storage: impatient } = await startStorage({ transactionTimeoutMs: 100 });
  const [holder, other] = [await impatient.open('shared 1'), await impatient.open('shared 2')];
  let release;
  const holding = holder.transaction(() => new Promise(resolve => (release = resolve)));
  await until(() => release);
  let calls = 0;
  await assert.rejects(
    other.transaction(() => {
      calls++;
    }),
    error('sqlite', /locked/),
  );
  assert.equal(calls, 0);
  release();
  await holding;
  await other.transaction(() => {
    calls++;
  });
  assert.equal(calls, 1);
});

test('a signal of a call inside ends that call only, and that of the transaction ends it too', async () => {
  const whole = new AbortController();
  const [own, reason] = [new Error('own'), new Error('whole')];
  const aborted = async tx => {
    for (const method of ['exec', 'query', 'queryOne', 'run'])
      await assert.rejects(tx[method](insert, [], { signal: AbortSignal.abort(own) }), thrown => thrown === own);
    await assert.rejects(tx.execMany(insert, [[]], { signal: AbortSignal.abort(own) }), thrown => thrown === own);
    await assert.rejects(tx.stream('SELECT 1', [], { signal: AbortSignal.abort(own) }).next(), thrown => thrown === own);
  };
  await db.transaction(async tx => {
    await tx.exec(insert);
    await aborted(tx);
  });
  assert.equal(await count(db), 1);
  await assert.rejects(
    db.transaction(
      async tx => {
        await aborted(tx);
        whole.abort(reason);
        await tx.exec(insert, [], { signal: new AbortController().signal });
      },
      { signal: whole.signal },
    ),
    thrown => thrown === reason,
  );
  assert.equal(await count(db), 1);
});

test('a signal cancels one that waits, and rolls back one that goes on', async () => {
  const waiting = new AbortController();
  const going = new AbortController();
  const reason = new Error('enough');
  const first = assert.rejects(
    db.transaction(
      async tx => {
        await tx.exec(insert);
        const second = assert.rejects(
          db.transaction(() => {}, { signal: waiting.signal }),
          thrown => thrown === reason,
        );
        const call = assert.rejects(db.exec(insert, undefined, { signal: waiting.signal }), thrown => thrown === reason);
        waiting.abort(reason);
        await Promise.all([second, call]);
        going.abort(reason);
        await tx.exec(insert);
      },
      { signal: going.signal },
    ),
    thrown => thrown === reason,
  );
  await first;
  await assert.rejects(
    db.transaction(async tx => void (await tx.exec(insert)), { signal: going.signal }),
    thrown => thrown === reason,
  );
  assert.equal(await count(db), 0);
  await db.transaction(async tx => void (await tx.exec(insert)));
  assert.equal(await count(db), 1);
});

test('a time-out out of its range is an error', async () => {
  for (const transactionTimeoutMs of [-1, 600_001, NaN])
    await assert.rejects(startStorage({ transactionTimeoutMs }), error('usage', /transactionTimeoutMs/));
});

/** Waits until the callback has asked for something, and lets a second go by. */
async function idle(t, ms = 1000) {
  await manyTurns();
  t.mock.timers.tick(ms);
  await manyTurns();
}

for (const [what, call] of [
  ['a call at once', () => db.exec(insert)],
  ['a call after one of its own', tx => tx.exec(insert).then(() => db.query('SELECT 1'))],
  [
    'a call after a function that has awaited',
    async tx => {
      const helper = async () => (await tx.exec(insert)).changes;
      const outer = async () => await helper();
      assert.equal(await outer(), 1);
      await db.query('SELECT 1');
    },
  ],
  ['a transaction', tx => tx.query('SELECT 1').then(() => db.transaction(() => {}))],
  ['a stream', tx => tx.query('SELECT 1').then(() => db.stream('SELECT 1').next())],
  ['a call of another connection', (tx, other) => tx.query('SELECT 1').then(() => other.query('SELECT 1'))],
]) {
  test(`what a callback awaits of its own database is refused: ${what}`, async t => {
    const other = await storage.open('test.db');
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const transaction = assert.rejects(
      db.transaction(async tx => await call(tx, other)),
      error('usage', /inside a transaction's callback.* use only the transaction that it is given \(tx\)/),
    );
    await idle(t);
    await transaction;
    assert.equal(await count(db), 0);
  });
}

test('calls of others wait for a callback that does nothing for long, and so does what it began and does not await', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let end;
  let inside;
  const transaction = db.transaction(async tx => {
    inside = db.query('SELECT 1');
    for (let i = 0; i < 5; i++) {
      await tx.exec(insert);
      await new Promise(resolve => setTimeout(resolve, 900));
    }
    await new Promise(resolve => (end = resolve));
  });
  for (let i = 0; i < 5; i++) await idle(t, 900);
  await manyTurns();
  const calls = [count(db), db.transaction(count), db.stream('SELECT 1').next()];
  end();
  await Promise.all([inside, transaction, ...calls]);
  assert.equal(await calls[0], 5);
});

test('a callback that is cut off hears that calls have waited for it', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const cutOff = waits =>
    assert.rejects(
      db.transaction(async () => {
        await new Promise(setImmediate);
        await (waits ? db.exec(insert) : new Promise(() => {}));
      }),
      error('timeout', waits ? /transactionLimitMs\. Inside the callback use only/ : /transactionLimitMs\.$/),
    );
  for (const waits of [true, false]) {
    const transaction = cutOff(waits);
    await idle(t, 60_000);
    await transaction;
  }
  assert.equal(await count(db), 1, 'what has waited is done after it');
});

test('a transaction that was cut off because the page was left hears so, and can be repeated', async () => {
  const transfer = () =>
    db.transaction(async tx => {
      await tx.exec(insert);
      if (attempts++ === 0) await worker.ask({ id: 1000, method: 'yield' });
      await tx.exec(insert);
    });
  let attempts = 0;
  await assert.rejects(transfer(), error('busy', /page was left.*repeat it/, { code: 4, extendedCode: 516 }));
  assert.equal(await count(db), 0);
  await transfer();
  assert.equal(await count(db), 2);
});
