namespace Isar.Storage.Browser.Tests.Data;

/// <summary>Functions for the pages of these tests.</summary>
internal static class FileHelpers
{
    /// <summary>
    /// <c>fill</c> makes a database of a kind, <c>kindOf</c> tells which it is and fails unless it is whole, <c>staged</c> what OPFS or IndexedDB
    /// have of unfinished transfers, <c>streamOf</c> a stream that gives a blob in parts and may wait before each.
    /// </summary>
    public const string Script = """
        globalThis.fill = async (name, kind, rows = 300) => {
          const db = await storage.open(name);
          await db.exec(`DROP TABLE IF EXISTS old; DROP TABLE IF EXISTS new; CREATE TABLE ${kind} (id INTEGER PRIMARY KEY, content TEXT NOT NULL); CREATE INDEX ${kind}_content ON ${kind} (content)`);
          await db.exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows}) INSERT INTO ${kind} SELECT i, i || '${kind}' || hex(randomblob(500)) FROM c`);
          await db.close();
        };
        globalThis.kindOf = async (name = 'a.db', connection = undefined) => {
          const db = connection ?? await storage.open(name);
          const [{ integrity_check }] = await db.query('PRAGMA integrity_check');
          const tables = await db.query("SELECT name FROM sqlite_schema WHERE type = 'table'");
          const kind = tables.map(table => table.name).join();
          const [{ rows }] = await db.query(`SELECT count(*) AS rows FROM ${kind} WHERE content LIKE id || '${kind}%'`);
          if (!connection) await db.close();
          return `${integrity_check} ${kind} ${rows}`;
        };
        globalThis.names = async () => (await storage.list()).map(entry => entry.name).join();
        globalThis.request = request => new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        globalThis.staged = async () => {
          if (backend === 'indexeddb') {
            const database = await request(indexedDB.open(`isar-storage/${directory}`));
            const keys = await request(database.transaction('files').objectStore('files').getAllKeys());
            database.close();
            return keys.map(String).filter(key => key.includes('.isar-staging')).length;
          }
          const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(directory);
          try {
            // An entry that is empty is only a name, which the next one uses.
            const entries = await Array.fromAsync((await root.getDirectoryHandle('.isar-staging')).values());
            return (await Promise.all(entries.map(entry => entry.getFile()))).filter(file => file.size > 0).length;
          } catch (error) {
            if (error.name === 'NotFoundError') return 0;
            throw error;
          }
        };
        globalThis.streamOf = (blob, before = async () => {}, size = 100_000) => {
          let at = 0;
          return new ReadableStream({
            async pull(controller) {
              await before(at);
              if (at >= blob.size) return controller.close();
              controller.enqueue(new Uint8Array(await blob.slice(at, at += size).arrayBuffer()));
            },
          }, { highWaterMark: 0 });
        };
        globalThis.expect = (found, expected) => {
          if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(found)}, but expected was ${JSON.stringify(expected)}`);
        };
        """;
}
