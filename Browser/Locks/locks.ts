// Locks between the tabs and workers of an origin: https://w3c.github.io/web-locks/. The standard grants them in the order of asking and
// frees those of a worker that ends. It does not tell a holder that another worker waits; a channel does that.

/** The methods of LockExports.cs. */
export interface LockExports {
  Wanted(id: number): void;
}

type Message = { wanted?: string; granted?: string };

const CHANNEL = 'isar-storage/locks';

/** Every worker holds a lock whose name describes it, so that other workers can name it even when it does not answer. */
const WORKER_PREFIX = 'isar-storage/worker/';

/** How many holders are named; a shared lock can have many. */
const MAX_NAMED = 3;

/** Makes the functions that .NET imports as `isar-locks`. */
export function createLockImports(exports: () => LockExports) {
  const held = new Map<number, { name: string; release: () => void }>();
  const waiting = new Map<number, { name: string; shared: boolean; controller: AbortController }>();
  const channel = new BroadcastChannel(CHANNEL);
  const tell = (message: Message) => channel.postMessage(message);

  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    // Any script of the origin can send anything here.
    const { wanted, granted } = Object(data) as Message;
    for (const [id, { name }] of held) {
      if (name === wanted) exports().Wanted(id);
    }
    // The new holder may not have heard the message that was sent when the wait began.
    const waits = [...waiting.values()].find(({ name, shared }) => name === granted && !shared);
    if (waits) tell({ wanted: waits.name });
  });

  // Asking for a shared lock is no use: only an exclusive one is in its way, and its holder does not give it up on request.
  const ask = (name: string, shared: boolean) => shared || tell({ wanted: name });

  const hold = (id: number, name: string, release: () => void) => {
    held.set(id, { name, release });
    tell({ granted: name });
  };

  return {
    /** Takes a lock if it is free; otherwise asks its holder for it. */
    async tryAcquire(id: number, name: string, shared: boolean): Promise<boolean> {
      const release = await request(name, { mode: modeOf(shared), ifAvailable: true });
      if (release) hold(id, name, release);
      else ask(name, shared);
      return release !== undefined;
    },

    /** Waits for a lock; resolves to `true` when it is granted, to `false` when the wait is cancelled. */
    async acquire(id: number, name: string, shared: boolean): Promise<boolean> {
      const controller = new AbortController();
      waiting.set(id, { name, shared, controller });
      try {
        const granted = request(name, { mode: modeOf(shared), signal: controller.signal });
        ask(name, shared);
        hold(id, name, (await granted)!);
        return true;
      } catch (error) {
        if (controller.signal.aborted) return false;
        throw error;
      } finally {
        waiting.delete(id);
      }
    },

    /** Ends a wait. */
    cancel(id: number): void {
      waiting.get(id)?.controller.abort();
    },

    release(id: number): void {
      held.get(id)?.release();
      held.delete(id);
    },

    /** Holds a lock whose name describes this worker. Does nothing where there are no locks: what is in memory needs none. */
    introduce(description: string): void {
      if (!navigator.locks) return;
      request(`${WORKER_PREFIX}${crypto.randomUUID()} ${description}`, {}).catch(reportError);
    },

    /** Describes the workers that hold a lock, for people; `null` when no worker does. */
    async describeHolder(name: string): Promise<string | null> {
      const { held: all = [] } = await navigator.locks.query();
      const clients = new Set(all.filter(lock => lock.name === name).map(({ clientId }) => clientId));
      const workers = all.filter(lock => lock.name?.startsWith(WORKER_PREFIX) && clients.has(lock.clientId));
      const descriptions = workers.map(({ name = '' }) => name.slice(name.indexOf(' ') + 1));
      const named = descriptions.slice(0, MAX_NAMED).join(' and ');
      const more = descriptions.length - MAX_NAMED;
      return named === '' ? null : more > 0 ? `${named} and ${more} more` : named;
    },
  };
}

function modeOf(shared: boolean): LockMode {
  return shared ? 'shared' : 'exclusive';
}

/** Resolves to the function that gives the lock up, once it is granted; with `ifAvailable` to `undefined` when it is not free. */
function request(name: string, options: LockOptions): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, options, lock => {
        if (lock) return new Promise<void>(release => resolve(release));
        resolve(undefined);
        return undefined;
      })
      .catch(reject);
  });
}
