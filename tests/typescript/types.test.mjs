// The declarations that are shipped: a program of a user is compiled against them, strictly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const client = join(root, 'artifacts', 'js', 'client', 'isar-client.js');

/** Compiles a module and returns what is wrong with it. */
function check(source) {
  const options = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const file = join(root, 'artifacts', 'user.ts');
  const { getSourceFile, fileExists } = host;
  host.fileExists = name => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(
          name,
          `import { IsarStorage, IsarStorageError, type Database, type SqlValue, type Transaction } from '${client}';\n${source}`,
          ts.ScriptTarget.ES2022,
        )
      : getSourceFile.call(host, name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test('a program that uses everything compiles', () => {
  assert.deepEqual(
    check(`
    declare const trusted: { toString(): string; toJSON(): string };
    await IsarStorage.start({ workerUrl: trusted });
    await IsarStorage.start({ workerUrl: new URL('https://a.example/') });
    const storage: IsarStorage = await IsarStorage.start({ directory: 'x', transactionLimitMs: 1000, onRestart: reason => console.log(reason.kind) });
    const db: Database = await storage.open('a.db', { setup: 'PRAGMA foreign_keys = ON', onProgress: ({ completed, total }) => completed / total });
    const signal = AbortSignal.timeout(5);
    const { changes, lastInsertRowid } = await db.exec('INSERT INTO t VALUES (?, ?)', [1n, new Uint8Array(5)], { signal });
    const both: number | bigint = changes > 0 ? lastInsertRowid : 0n;
    await db.execMany('INSERT INTO t VALUES (:a)', new Set([{ a: both }]));
    const rows: { id: number }[] = await db.query<{ id: number }>('SELECT id FROM t');
    const one: { id: number } | undefined = await db.queryOne<{ id: number }>('SELECT id FROM t');
    for await (const { id } of db.stream<{ id: number }>('SELECT id FROM t')) rows.push({ id });
    const { columns, rows: [first] } = await db.query<[number, string]>('SELECT id, text FROM t', [], { rows: 'array', signal });
    const id: number = first![0] + columns.length;
    for await (const { row: [value] } of db.stream('SELECT id FROM t', undefined, { rows: 'array' })) console.log(value satisfies SqlValue, id);
    const result = await db.run('DELETE FROM t RETURNING id');
    const deleted: SqlValue[][] = result.changes > 0 ? result.rows : [];
    const prepared = await db.prepare('SELECT 1');
    const again: { columns: string[]; row: [number] } | undefined = await prepared.queryOne<[number]>([], { rows: 'array' });
    const names: readonly string[] = prepared.columns;
    const stop: () => void = await db.watch(['t'], ({ tables }) => tables.join(), { signal });
    const sum: number = await db.transaction(async (tx: Transaction) => {
      await tx.exec(prepared, []);
      console.log((await tx.run(prepared)).rows, (await tx.query(prepared, [], { rows: 'array' })).rows[0]![0], deleted, again);
      return (await tx.query<{ n: number }>('SELECT 1 AS n'))[0]!.n;
    }, { signal });
    stop();
    try { await storage.delete('a.db'); } catch (error) { if (error instanceof IsarStorageError && error.kind === 'busy') console.log(error.code, sum, names, one); }
    export {};
  `),
    [],
  );
});

for (const [name, source, error] of [
  ['a parameter that cannot be stored', "declare const db: Database; await db.exec('x', [new Date()]); export {}", /Date/],
  ['an option that does not exist', "await IsarStorage.start({ diretory: 'x' }); export {}", /diretory/],
  ['an address that is none', 'await IsarStorage.start({ workerUrl: 5 }); export {}', /number/],
  ['a transaction inside a transaction', 'declare const tx: Transaction; tx.transaction(() => {}); export {}', /transaction/],
  [
    'a row of another shape',
    "declare const db: Database; const [row] = await db.query<{ a: string }>('x'); const n: number = row!.a; export { n }",
    /string.*number/,
  ],
]) {
  test(`${name} does not compile`, () => {
    const found = check(source);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0], error);
  });
}

test('nothing internal is declared', async () => {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(client.replace('.js', '.d.ts'), 'utf8');
  assert.doesNotMatch(text, /@internal|declare class (WorkerConnection|CallQueue|Statements|StorageWorker)\b/);
});
