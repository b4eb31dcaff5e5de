// Lets the storage of a worker take nothing more while its page says so: `Tab` in tabs.mjs. The part of the address after # names the worker.

const channel = new BroadcastChannel(location.hash);
let isFull = false;
channel.onmessage = ({ data }) => {
  isFull = data;
  channel.postMessage('heard');
};

for (const [{ prototype }, method] of [
  [IDBObjectStore, 'put'],
  [FileSystemSyncAccessHandle, 'write'],
]) {
  const original = prototype[method];
  prototype[method] = function (...args) {
    if (isFull) throw new DOMException('No space is left.', 'QuotaExceededError');
    return original.apply(this, args);
  };
}
