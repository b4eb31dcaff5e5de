// The worker of Isar.Storage, whose flushes are counted. The first must have run before the second, which never ends.
import './counted.mjs';
import '/isar/isar-worker.js';
