import { fetchAssemblies } from './assemblies';
import { fetchFile } from './fetchFile';
import type { WorkerFiles } from './files';

/** The part of the runtime's interface that the worker uses; dotnet.d.ts describes all of it. */
export interface DotnetRuntime {
  setModuleImports(name: string, imports: object): void;
  getAssemblyExports(assembly: string): Promise<unknown>;
  localHeapViewU8(): Uint8Array;
  runMain(): Promise<number>;
}

/** The scripts of the .NET runtime, which the build puts into the worker's. */
export interface DotnetScripts {
  /** dotnet.js. */
  loader: { dotnet: DotnetBuilder };
  /** dotnet.native.js. */
  native: object;
  /** dotnet.runtime.js. */
  runtime: object;
}

interface DotnetBuilder {
  withConfig(config: object): DotnetBuilder;
  withResourceLoader(load: (type: string) => Promise<Response> | undefined): DotnetBuilder;
  create(): Promise<DotnetRuntime>;
}

/** Starts the .NET runtime with the assemblies beside `base`. Their code does not run yet. */
export async function startDotnet(base: string, files: WorkerFiles, scripts: DotnetScripts): Promise<DotnetRuntime> {
  const native = fetchFile(base, files.runtime, files);
  const assemblies = fetchAssemblies(base, files);
  const contentOf = (name: string) => {
    const content = assemblies.then(all => all.get(name)!);
    // Its failure is that of `assemblies`, which is told below; the runtime may not have come to this one.
    content.catch(() => {});
    return content;
  };
  const assetsOf = (isCore: boolean) =>
    files.contents
      .filter(assembly => assembly.isCore === isCore)
      .map(({ name }) => ({ name: `${name}.dll`, virtualPath: `${name}.dll`, buffer: contentOf(name) }));
  const builder = scripts.loader.dotnet
    .withConfig({
      mainAssemblyName: files.mainAssembly,
      globalizationMode: 'invariant',
      resources: {
        jsModuleNative: [{ name: 'dotnet.native.js', moduleExports: scripts.native }],
        jsModuleRuntime: [{ name: 'dotnet.runtime.js', moduleExports: scripts.runtime }],
        wasmNative: [{ name: files.runtime }],
        coreAssembly: assetsOf(true),
        assembly: assetsOf(false),
      },
    })
    .withResourceLoader(type => (type === 'dotnetwasm' ? native : undefined));
  // When a file is missing, the runtime waits for ever; so this promise also rejects when a download fails.
  return await new Promise((resolve, reject) => {
    for (const download of [native, assemblies]) download.catch(reject);
    builder.create().then(resolve, reject);
  });
}
