// waSqlite.ts, whose calls of the browser's storage are counted.
import '/pages/storageCounter.js';
import '/pages/waSqlite.js';
