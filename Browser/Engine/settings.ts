import type { Engine, Pointer } from './engine';

const ENABLE_FOREIGN_KEYS = 1002;
const DQS_DML = 1013;
const DQS_DDL = 1014;

/**
 * Gives a new connection the settings that the native SQLite of SQLitePCLRaw is built with and this one is not: the same database must find the
 * same rules. [Foreign keys](https://sqlite.org/compile.html#default_foreign_keys) are enforced, and a text in
 * [double quotes](https://sqlite.org/quirks.html#dblquote) is a text where no column has that name, as in views of old databases.
 */
export function applySettings({ exports }: Engine, db: Pointer): void {
  for (const setting of [ENABLE_FOREIGN_KEYS, DQS_DML, DQS_DDL]) exports.sqlite3__wasm_db_config_ip(db, setting, 1, 0);
}
