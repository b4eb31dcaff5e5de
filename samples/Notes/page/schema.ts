import type { Database } from '/_content/Isar.Storage.Client/isar-client.js';

/**
 * What each version of the page added to the database, oldest first; `PRAGMA user_version` counts how many are done.
 *
 * Ids are never used twice (AUTOINCREMENT), because another tab may still show a note that was deleted.
 *
 * The search index holds no copy of the notes (https://sqlite.org/fts5.html#external_content_tables): triggers keep it in step. Beside
 * letters and digits it indexes symbols (So), because people search for emoji too.
 */
const MIGRATIONS = [
  `CREATE TABLE note (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     title TEXT NOT NULL,
     text TEXT NOT NULL,
     changed INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX note_by_change ON note (changed, id);
   CREATE VIRTUAL TABLE note_search USING fts5 (
     title, text, content = 'note', content_rowid = 'id', tokenize = "unicode61 categories 'L* N* Co So'"
   );
   CREATE TRIGGER note_inserted AFTER INSERT ON note BEGIN
     INSERT INTO note_search (rowid, title, text) VALUES (new.id, new.title, new.text);
   END;
   CREATE TRIGGER note_deleted AFTER DELETE ON note BEGIN
     INSERT INTO note_search (note_search, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
   END;
   CREATE TRIGGER note_updated AFTER UPDATE ON note BEGIN
     INSERT INTO note_search (note_search, rowid, title, text) VALUES ('delete', old.id, old.title, old.text);
     INSERT INTO note_search (rowid, title, text) VALUES (new.id, new.title, new.text);
   END;`,
];

/** Brings the database to this page's version, wholly or not at all. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async transaction => {
    const [row] = await transaction.query<{ user_version: number }>('PRAGMA user_version');
    const version = row!.user_version;
    if (version > MIGRATIONS.length) throw new Error('The notes were written by a newer version of this page.');
    if (version === MIGRATIONS.length) return;
    for (const migration of MIGRATIONS.slice(version)) await transaction.exec(migration);
    await transaction.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}
