// Makes a worker's files of a published project: isar-worker.js (with the scripts of .NET and of the backends in it), isar-worker.json, and
// three files named after their content, so that a browser need never ask whether its copy is still good.
//   node bundleWorker.mjs <published> <scripts> <destination> <main assembly>
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { build } from 'esbuild';
import { dropUnusedMessages } from './messages.mjs';

/** As long as Browser/Boot/assemblies.ts says. */
const MARK = 'isar.v1\n';
const CORE = ['System.Private.CoreLib', 'System.Runtime.InteropServices.JavaScript'];
/** The header of a program of Windows: a mark, numbers up to byte 64, and code that says it cannot be run in DOS mode. */
const PROGRAM = { mark: 'MZ', code: 64, end: 128 };

const [published, scripts, destination] = process.argv.slice(2, 5).map(path => resolve(path));
const mainAssembly = process.argv[5];
mkdirSync(destination, { recursive: true });

const hashes = {};
function keep(name, extension, content) {
  const hash = createHash('sha256').update(content).digest('hex');
  const file = `${name}.${hash.slice(0, 16)}.${extension}`;
  hashes[file] = `sha256-${Buffer.from(hash, 'hex').toString('base64')}`;
  writeFileSync(join(destination, file), content);
  return file;
}

/** Some networks let no program of Windows pass, which an assembly is too: what makes it one is left out. The worker puts the mark back. */
function withoutProgram(name, assembly) {
  if (assembly.toString('latin1', 0, PROGRAM.mark.length) !== PROGRAM.mark) throw new Error(`${name} is no assembly.`);
  assembly.fill(0, 0, PROGRAM.mark.length);
  return assembly.fill(0, PROGRAM.code, Math.min(PROGRAM.end, assembly.readUInt32LE(PROGRAM.code - 4)));
}

const names = readdirSync(published)
  .filter(file => file.endsWith('.dll'))
  .map(file => parse(file).name);
names.sort((a, b) => CORE.includes(b) - CORE.includes(a) || (a < b ? -1 : 1));
const assemblies = names.map(name => {
  const assembly = readFileSync(join(published, `${name}.dll`));
  dropUnusedMessages(name, assembly);
  return withoutProgram(name, assembly);
});
const files = {
  mainAssembly,
  runtime: keep('dotnet', 'wasm', readFileSync(join(published, 'dotnet.native.wasm'))),
  sqlite: keep('sqlite3', 'wasm', readFileSync(join(scripts, 'sqlite3.wasm'))),
  assemblies: keep('assemblies', 'bin', Buffer.concat([Buffer.from(MARK), ...assemblies])),
  hashes,
  contents: names.map((name, index) => ({ name, bytes: assemblies[index].length, isCore: CORE.includes(name) })),
};

const quoted = path => JSON.stringify(path.replaceAll('\\', '/'));
const backends = readdirSync(join(scripts, 'backends'))
  .filter(file => file.endsWith('.js'))
  .map(file => parse(file).name);
await build({
  stdin: {
    contents: `
      import { start } from ${quoted(join(scripts, 'isar-worker.js'))};
      import * as loader from ${quoted(join(published, 'dotnet.js'))};
      import * as native from ${quoted(join(published, 'dotnet.native.js'))};
      import * as runtime from ${quoted(join(published, 'dotnet.runtime.js'))};
      ${backends.map((name, index) => `import * as backend${index} from ${quoted(join(scripts, 'backends', `${name}.js`))};`).join('\n')}
      const backends = { ${backends.map((name, index) => `'isar-${name}': backend${index}`).join(', ')} };
      start({ base: import.meta.url, files: ${JSON.stringify(files)}, dotnet: { loader, native, runtime }, backends });`,
    resolveDir: destination,
  },
  outfile: join(destination, 'isar-worker.js'),
  // What .NET imports in Node.js only.
  external: ['module', 'process', 'ws', 'fs', 'path', 'url', 'crypto', 'perf_hooks', 'node:*'],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
});
// Last: the build takes it for the sign that everything is there.
writeFileSync(join(destination, 'isar-worker.json'), `${JSON.stringify(files, undefined, 2)}\n`);
