// Prints what a first visit downloads of a worker, with brotli, and what the assemblies among it are.
//   node eng/payload.mjs Browser/Worker/bin/Release/worker
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [directory] = process.argv.slice(2);
const { runtime, sqlite, assemblies, contents } = JSON.parse(readFileSync(join(directory, 'isar-worker.json'), 'utf8'));
const KILOBYTE = 1000;
const MARK_LENGTH = 8;

function compressed(bytes) {
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length;
}

function print(name, bytes, size) {
  console.log(`${name.padEnd(56)} ${(bytes / KILOBYTE).toFixed(0).padStart(6)} ${(size / KILOBYTE).toFixed(0).padStart(6)}`);
}

console.log(`${'kB'.padEnd(56)}  files brotli`);
let [allBytes, allSize] = [0, 0];
for (const name of ['isar-worker.js', runtime, sqlite, assemblies]) {
  const bytes = readFileSync(join(directory, name));
  const size = compressed(bytes);
  print(name, bytes.length, size);
  allBytes += bytes.length;
  allSize += size;
}
print('all', allBytes, allSize);

console.log('\nThe assemblies, each compressed alone:');
const content = readFileSync(join(directory, assemblies));
let at = MARK_LENGTH;
const parts = contents.map(({ name, bytes }) => ({ name, bytes, size: compressed(content.subarray(at, (at += bytes))) }));
for (const { name, bytes, size } of parts.sort((a, b) => b.size - a.size)) print(name, bytes, size);
