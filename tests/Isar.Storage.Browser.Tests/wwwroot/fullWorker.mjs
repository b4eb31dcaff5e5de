// The worker of Isar.Storage with storage that can be full. The first must have run before the second, which never ends.
import './full.mjs';
import '/isar/isar-worker.js';
