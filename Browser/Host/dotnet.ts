import type { BootManifest } from './manifest';

/** What the worker uses of the runtime's interface, which dotnet.d.ts describes. */
export interface DotnetRuntime {
  setModuleImports(name: string, imports: object): void;
  getAssemblyExports(assembly: string): Promise<unknown>;
  localHeapViewU8(): Uint8Array;
  runMain(): Promise<number>;
}

interface DotnetModule {
  dotnet: {
    withConfig(config: object): DotnetModule['dotnet'];
    create(): Promise<DotnetRuntime>;
  };
}

/** Starts the .NET runtime with the assemblies of the manifest. Nothing of theirs runs yet. */
export async function startDotnet(manifest: BootManifest, framework: URL): Promise<DotnetRuntime> {
  const script = new URL('dotnet.js', framework).href;
  const { dotnet } = await import(script) as DotnetModule;
  const assembly = (name: string) => ({ name, virtualPath: name });
  return await dotnet.withConfig({
    mainAssemblyName: manifest.mainAssembly,
    globalizationMode: 'invariant',
    resources: {
      jsModuleNative: [{ name: 'dotnet.native.js' }],
      jsModuleRuntime: [{ name: 'dotnet.runtime.js' }],
      wasmNative: [{ name: 'dotnet.native.wasm' }],
      coreAssembly: manifest.coreAssemblies.map(assembly),
      assembly: manifest.assemblies.map(assembly),
    },
  }).create();
}
