// Bundles TypeScript modules of the repository and imports the result, so that the tests can run them in Node.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Imports modules as one, so that they share the modules they import in turn. Paths are those from the root of the repository. */
export async function load(...paths) {
  const directory = mkdtempSync(join(tmpdir(), 'isar-typescript-'));
  const outfile = join(directory, 'bundle.mjs');
  try {
    await build({
      stdin: { contents: paths.map(path => `export * from './${path}';`).join('\n'), resolveDir: root },
      bundle: true,
      format: 'esm',
      target: 'es2022',
      outfile,
      sourcemap: 'inline',
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The bytes of SQLite's WebAssembly module. */
export function sqliteWasm() {
  const bytes = readFileSync(createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
