// The ready-made worker, whose calls of the browser's storage are counted.
import '/pages/storageCounter.js';
import '/isar/isar-worker.js';
