/*
** Included before dbfuzz2.c, which gives SQLite damaged databases in memory: here they are files, fuzz.db one after another, so that they are
** read through the default VFS. The environment variable JOURNAL_MODE says in which journal mode.
*/
#include "sqlite3.h"
#include <stdio.h>
#include <stdlib.h>

static int open_file(const char *unused, sqlite3 **db) {
  (void)unused;
  remove("fuzz.db-journal");
  remove("fuzz.db-wal");
  remove("fuzz.db-shm");
  return sqlite3_open("fuzz.db", db);
}

static int write_file(sqlite3 *db, unsigned char *content, sqlite3_int64 length) {
  char *sql = sqlite3_mprintf("PRAGMA journal_mode = %s", getenv("JOURNAL_MODE"));
  FILE *file = fopen("fuzz.db", "wb");
  if (!file || fwrite(content, 1, length, file) != (size_t)length || fclose(file) != 0) {
    perror("fuzz.db");
    exit(1);
  }
  sqlite3_free(content);
  sqlite3_exec(db, sql, 0, 0, 0);
  sqlite3_free(sql);
  return SQLITE_OK;
}

#define sqlite3_open open_file
#define sqlite3_deserialize(db, schema, content, length, size, flags) write_file(db, content, length)
