import { fetchFile, want } from './fetchFile';

/** `isar-worker.json`, which the build writes: what the worker boots from. */
export interface BootManifest {
  /** The assembly with the worker's `Main`, without `.dll`. */
  mainAssembly: string;
  /** File names of the assemblies that the runtime needs to start. */
  coreAssemblies: string[];
  /** File names of all other assemblies. */
  assemblies: string[];
}

/** The part of the runtime's interface that the worker uses; dotnet.d.ts describes all of it. */
export interface DotnetRuntime {
  setModuleImports(name: string, imports: object): void;
  getAssemblyExports(assembly: string): Promise<unknown>;
  localHeapViewU8(): Uint8Array;
  runMain(): Promise<number>;
}

interface DotnetBuilder {
  withConfig(config: object): DotnetBuilder;
  withResourceLoader(load: (type: string, name: string, address: string) => Promise<Response> | undefined): DotnetBuilder;
  create(): Promise<DotnetRuntime>;
}

/** Starts the .NET runtime with the assemblies of the manifest beside `base`. Their code does not run yet. */
export async function startDotnet(base: string): Promise<DotnetRuntime> {
  const manifest = (await (await fetchFile(new URL('isar-worker.json', base))).json()) as BootManifest;
  const script = new URL('_framework/dotnet.js', base).href;
  want(script);
  const { dotnet } = (await import(script)) as { dotnet: DotnetBuilder };
  const assembly = (name: string) => ({ name, virtualPath: name });
  const builder = dotnet.withConfig({
    mainAssemblyName: manifest.mainAssembly,
    globalizationMode: 'invariant',
    resources: {
      jsModuleNative: [{ name: 'dotnet.native.js' }],
      jsModuleRuntime: [{ name: 'dotnet.runtime.js' }],
      wasmNative: [{ name: 'dotnet.native.wasm' }],
      coreAssembly: manifest.coreAssemblies.map(assembly),
      assembly: manifest.assemblies.map(assembly),
    },
  });
  // When an assembly is missing, the runtime waits for ever; so this promise also rejects when a download fails.
  return await new Promise((resolve, reject) => {
    builder.withResourceLoader((type, _name, address) => {
      const url = new URL(address, base);
      if (type === 'dotnetjs') {
        want(url.href);
        return undefined;
      }
      const response = fetchFile(url);
      response.catch(reject);
      return response;
    });
    builder.create().then(resolve, reject);
  });
}
