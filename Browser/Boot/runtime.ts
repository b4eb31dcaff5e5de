import { fetchFile } from './fetchFile';

/** `isar-worker.json`, which the build writes: what the worker boots from. */
export interface BootManifest {
  /** The assembly with the worker's `Main`, without `.dll`. */
  mainAssembly: string;
  /** File names of the assemblies that the runtime needs to start. */
  coreAssemblies: string[];
  /** File names of all other assemblies. */
  assemblies: string[];
}

/** What the worker uses of the runtime's interface, which dotnet.d.ts describes. */
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

/** Starts the .NET runtime with the assemblies of the manifest beside `base`. Nothing of theirs runs yet. */
export async function startDotnet(base: string): Promise<DotnetRuntime> {
  const manifest = (await (await fetchFile(new URL('isar-worker.json', base))).json()) as BootManifest;
  const script = new URL('_framework/dotnet.js', base).href;
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
  // The runtime waits for ever for an assembly that is missing, hence a way of our own to hear of it.
  return await new Promise((resolve, reject) => {
    builder.withResourceLoader((type, _name, address) => {
      if (type === 'dotnetjs') return undefined;
      const response = fetchFile(new URL(address, base));
      response.catch(reject);
      return response;
    });
    builder.create().then(resolve, reject);
  });
}
