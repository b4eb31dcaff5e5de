import { AccessRecorder } from '../Changes/access';
import type { FileChange } from '../Changes/tracker';
import { counted } from '../Engine/crossings';
import { type Engine, loadEngine } from '../Engine/engine';
import { ProgressHandlers } from '../Engine/progress';
import { type DotnetRuntime, type DotnetScripts, startDotnet } from './runtime';
import { downloads, fetchFile, messageOf } from './fetchFile';
import type { WorkerFiles } from './files';
import { Host, type HostExports } from '../Host/host';
import type { StatementExports } from '../Statements/session';
import { Loans } from '../Vfs/loans';

/** The parts of the worker from which the imports of .NET are made. */
export interface WorkerContext {
  engine: Engine;
  /** Records what statements can do when SQLite compiles them. */
  recorder: AccessRecorder;
  progress: ProgressHandlers;
  loans: Loans;
  /** Tells the page and the other tabs which tables a commit has changed. */
  publish: (changes: FileChange[]) => void;
  /** .NET's memory; a short-lived view, like the engine's. */
  dotnetHeap: () => Uint8Array;
  /** The exports of the backends' scripts, by the name under which .NET imports them. */
  scripts: Record<string, object>;
  /** The exported methods of a class of Isar.Storage.Browser. */
  exports: <T extends object>(className: string) => T;
}

/** Makes the functions that .NET imports under one module name. */
export type ImportFactory = (context: WorkerContext) => object;

const ASSEMBLY = 'Isar.Storage.Browser';

/** What the build puts together with the worker's script. */
export interface WorkerParts {
  /** The address of the script; everything else stands beside it. */
  base: string;
  files: WorkerFiles;
  dotnet: DotnetScripts;
  /** The exports of the backends' scripts, by the name under which .NET imports them. */
  backends: Record<string, object>;
}

/**
 * Boots the worker: starts .NET and SQLite side by side, joins them and runs the main assembly, which must await `WorkerHost.RunAsync`.
 * Call it first thing in the worker's script: from then on it listens for the page. Never rejects; errors go to the page.
 * @param modules the bindings, by the name under which .NET imports them.
 */
export async function startWorker({ base, files, dotnet, backends }: WorkerParts, modules: Record<string, ImportFactory>): Promise<void> {
  const host = new Host(globalThis as unknown as DedicatedWorkerGlobalScope, downloads);
  try {
    const [runtime, engine] = await Promise.all([startDotnet(base, files, dotnet), startSqlite(base, files)]);
    const context = await createContext(runtime, engine, backends, changes => host.publish(changes));
    const install = (name: string, create: ImportFactory) => runtime.setModuleImports(name, counted('toJs', create(context)));
    install('isar-host', parts =>
      host.createImports({
        ...parts,
        exports: () => parts.exports<HostExports>('HostExports'),
        statementExports: () => parts.exports<StatementExports>('StatementExports'),
      }),
    );
    for (const [name, create] of Object.entries(modules)) install(name, create);
    for (const [name, imports] of Object.entries(backends)) runtime.setModuleImports(name, imports);
    await host.hello;
    await runtime.runMain();
    throw new Error('the main assembly ended; it must await WorkerHost.RunAsync');
  } catch (error) {
    // The page has given the start up, and knows why.
    if (downloads.isEnded) return;
    console.error(error);
    host.fail({ kind: 'worker', code: 0, extendedCode: 0, message: `The worker could not start: ${messageOf(error)}.` });
  }
}

async function startSqlite(base: string, files: WorkerFiles): Promise<Engine> {
  return await loadEngine(await fetchFile(base, files.sqlite, files));
}

async function createContext(
  runtime: DotnetRuntime,
  engine: Engine,
  scripts: Record<string, object>,
  publish: (changes: FileChange[]) => void,
): Promise<WorkerContext> {
  const assembly = await runtime.getAssemblyExports(`${ASSEMBLY}.dll`);
  const namespace = ASSEMBLY.split('.').reduce((scope, name) => scope[name] as Namespace, assembly as Namespace);
  const classes = new Map<string, object>();
  const exports = <T extends object>(className: string): T => {
    let methods = classes.get(className);
    if (!methods) classes.set(className, (methods = counted('toDotnet', namespace[className]!)));
    return methods as T;
  };
  return {
    engine,
    recorder: new AccessRecorder(engine),
    progress: new ProgressHandlers(engine),
    loans: new Loans(),
    publish,
    dotnetHeap: () => runtime.localHeapViewU8(),
    scripts,
    exports,
  };
}

type Namespace = Record<string, object>;
