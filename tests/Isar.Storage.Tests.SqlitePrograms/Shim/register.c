/*
** A part of the engine, called at the end of each sqlite3_initialize() (SQLITE_EXTRA_INIT). Where the environment variable
** ISAR_STORAGE_LIBRARY names our library, it makes our VFS the default; otherwise everything is as SQLite has it.
*/
#include "sqlite3.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int isar_storage_init(const char *unused) {
  static sqlite3_vfs *ours = 0;
  const char *library = getenv("ISAR_STORAGE_LIBRARY");
  (void)unused;
  if (!library) return SQLITE_OK;
  if (!ours) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void (*enter)(void) = handle ? (void (*)(void))dlsym(handle, "isar_storage_register") : 0;
    if (!enter) {
      fprintf(stderr, "%s\n", dlerror());
      exit(1);
    }
    enter();
    ours = sqlite3_vfs_find(0);
    /* A test of SQLite's own VFS would pass as well. */
    if (strncmp(ours->zName, "isar-", 5) != 0) {
      fprintf(stderr, "The default VFS is %s and not ours.\n", ours->zName);
      exit(1);
    }
  }
  /* After sqlite3_shutdown() SQLite's own is the default again. */
  return sqlite3_vfs_register(ours, 1);
}
