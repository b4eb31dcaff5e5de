// Type-checks and bundles the browser side into artifacts/js: worker/ (what bundleWorker.mjs puts together with .NET) and client/.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateDtsBundle } from 'dts-bundle-generator';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const output = join(root, 'artifacts', 'js');
const require = createRequire(import.meta.url);

for (const project of ['tsconfig.json', 'tsconfig.worker.json'])
  execFileSync(process.execPath, [require.resolve('typescript/lib/tsc.js'), '-p', join(root, project)], { stdio: 'inherit' });

rmSync(output, { recursive: true, force: true });
const common = { bundle: true, format: 'esm', target: 'es2022', sourcemap: true, legalComments: 'none', minify: true, logLevel: 'warning' };
await build({
  ...common,
  entryPoints: {
    'isar-worker': join(root, 'Browser/Worker/isar-worker.ts'),
    'backends/opfs': join(root, 'Backends.Opfs/opfs.ts'),
    'backends/indexeddb': join(root, 'Backends.IndexedDb/indexeddb.ts'),
  },
  outdir: join(output, 'worker'),
});
await build({
  ...common,
  entryPoints: { 'isar-client': join(root, 'Client/Script/client.ts'), 'isar-dotnet': join(root, 'Client/Script/dotnetClient.ts') },
  outdir: join(output, 'client'),
});
const [types] = generateDtsBundle([{ filePath: join(root, 'Client/Script/client.ts'), output: { noBanner: true } }], {
  preferredConfigPath: join(root, 'tsconfig.types.json'),
});
writeFileSync(join(output, 'client', 'isar-client.d.ts'), types);
copyFileSync(require.resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'), join(output, 'worker', 'sqlite3.wasm'));
mkdirSync(output, { recursive: true });
writeFileSync(join(output, 'stamp'), '');
