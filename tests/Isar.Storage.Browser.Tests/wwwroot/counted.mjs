// Counts what a worker flushes, and tells it when it is asked. The part of the address after # names the worker.

const channel = new BroadcastChannel(location.hash);
let flushes = 0;
channel.onmessage = () => {
  channel.postMessage(flushes);
  flushes = 0;
};

const { flush } = FileSystemSyncAccessHandle.prototype;
FileSystemSyncAccessHandle.prototype.flush = function () {
  flushes++;
  return flush.call(this);
};
