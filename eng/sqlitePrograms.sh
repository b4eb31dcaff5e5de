# Functions for test.sh: SQLite's own programs, from its source, on our VFS for native files. To be sourced by bash, at the root, after install.sh.

programs=$PWD/artifacts/sqlite-programs
shim=$PWD/tests/Isar.Storage.Tests.SqlitePrograms
# What both the engine and the programs are compiled with.
c_flags=(-O2 -w -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_DBSTAT_VTAB)
oldest_sqlite=3.51.3

# Sets CC and sqlite_source; fails with a reason where a program or the source is missing.
prepare_sqlite_programs() {
  missing="this is not Linux"
  [ "$(uname)" = Linux ] || return 1
  missing='install clang or gcc, and make'
  find_or_install_c || return 1
  missing="set SQLITE_SOURCE to a directory with SQLite's whole source, version $oldest_sqlite or later"
  sqlite_source=${SQLITE_SOURCE:-$programs/source}
  [ -f "$sqlite_source/VERSION" ] || [ -n "${SQLITE_SOURCE:-}" ] || fetch_sqlite_source "$sqlite_source" || return 1
  [ -f "$sqlite_source/VERSION" ] || fail "In $sqlite_source there is no source of SQLite."
  # Before it a reset of the WAL could damage a database, whoever's VFS it is.
  printf '%s\n' "$oldest_sqlite" "$(< "$sqlite_source/VERSION")" | sort --check=quiet --version-sort ||
    fail "The source of SQLite in $sqlite_source is version $(< "$sqlite_source/VERSION"); get $oldest_sqlite or later."
}

build_sqlite_programs() {
  dotnet publish "$shim" --configuration Release --no-build --nologo --output "$programs/library" || return
  local key
  key=$(cat eng/sqlitePrograms.sh "$shim"/Shim/* "$sqlite_source/manifest.uuid" <("$CC" --version) | sha256sum)
  [ "$key" != "$(cat "$programs/bin/key" 2> /dev/null)" ] || return 0
  rm -rf "$programs/bin"
  mkdir -p "$programs/bin"
  (
    set -e
    cd -- "$programs/bin"
    CC=$CC "$sqlite_source/configure" --disable-tcl
    make sqlite3.c sqlite3.h
    # Under the name by which SQLitePCLRaw finds the engine: what is loaded already is what it gets.
    "$CC" "${c_flags[@]}" -fPIC -shared -Wl,-soname,libe_sqlite3.so -DSQLITE_EXTRA_INIT=isar_storage_init -I. sqlite3.c "$shim/Shim/register.c" \
      -o libe_sqlite3.so -lm -lpthread -ldl
    compile mptest "$sqlite_source/mptest/mptest.c"
    cp "$shim/Shim/mptest-mixed" .
    compile speedtest1 "$sqlite_source/test/speedtest1.c"
    compile kvtest "$sqlite_source/test/kvtest.c"
    compile threadtest3 "$sqlite_source/test/threadtest3.c" "$sqlite_source/src/test_multiplex.c"
    compile dbfuzz2 -DSTANDALONE -include "$shim/Shim/onDisk.h" "$sqlite_source/test/dbfuzz2.c"
    # The same with a tenth of the time for each test.
    sed -E 's/^( *\{ *[a-z0-9_]+, *"[a-z0-9_]+", *[0-9]+)0 \},/\1 },/' "$sqlite_source/test/threadtest3.c" > threadtest3.c
    compile threadtest3-short threadtest3.c "$sqlite_source/src/test_multiplex.c"
    mkdir scripts seeds
    # In WAL mode a database keeps its page size, and journal modes that end WAL mode are no subject: without changes SQLite's own VFS fails too. The
    # first line of config01 would end it on any VFS whose name is not "unix".
    for mode in delete wal; do
      mkdir "scripts/$mode"
      cp "$sqlite_source"/mptest/*test "scripts/$mode"
      sed -i "s/^--if vfsname() GLOB 'unix'$/--if 1/" "scripts/$mode/config01.test"
    done
    sed -i -E 's/^--match ([0-9]+)( \1)+$/--match 4096 4096 4096 4096 4096/; /PRAGMA journal_mode=/d' scripts/wal/config0?.test
    for data in 3 7; do
      sqlite3 "$sqlite_source/test/fuzzdata$data.db" \
        "SELECT count(writefile(printf('seeds/$data-%05d.db', dbid), dbcontent)) FROM db WHERE length(dbcontent) > 0"
    done
    cp "$sqlite_source"/test/dbfuzz2-seed1.db seeds
  ) || return
  echo "$key" > "$programs/bin/key"
}

# compile NAME ARGUMENT...
compile() {
  "$CC" "${c_flags[@]}" -I. -I"$sqlite_source/src" -I"$sqlite_source/test" "${@:2}" -o "$1" -L. -le_sqlite3 -lm -lpthread -Wl,-rpath,'$ORIGIN'
}

run_sqlite_programs() {
  local outcome=0 log=$results/sqlite-build.log rounds=1 round mode script options good=0 bad=0
  begin 'sqlite (build)'
  if ! prepare_sqlite_programs; then
    skipped_engines+=("SKIPPED: SQLite's own programs: $missing.")
    printf '%s\n' "${skipped_engines[-1]}"
    count sqlite 0 0 0 1
    return
  fi
  build_sqlite_programs > "$log" 2>&1 || outcome=$?
  if [ "$outcome" != 0 ]; then
    tail -n 30 "$log"
    count 'sqlite (build)' "$outcome" 0 1 0
    return
  fi
  echo "SQLite $(< "$sqlite_source/VERSION"), $(cut -c1-10 "$sqlite_source/manifest.uuid"), built in $((SECONDS - started)) s"

  begin sqlite
  rm -rf "$results/sqlite" "$programs"/run-*
  mkdir -p "$results/sqlite"
  # Asked for by its name, or at length.
  if [ "$part" = sqlite ] || [ "$patience" != 1 ]; then rounds=3; fi
  for ((round = 1; round <= rounds; round++)); do
    for mode in delete wal; do
      for script in config01 config02 crash01 multiwrite01; do
        check_program "mptest $script $mode $round" run_mptest mptest "$script" "$mode"
      done
    done
  done
  for mode in delete wal; do
    for script in config01 config02 crash01 multiwrite01; do
      check_program "mptest-mixed $script $mode" run_mptest mptest-mixed "$script" "$mode"
    done
  done
  for options in '--journal delete' '--journal wal' '--journal truncate --autovacuum --pagesize 1024 --cachesize 50' \
    '--journal persist --incrvacuum --utf16le --multithread --threads 2 --cachesize 10' \
    '--journal wal --checkpoint --mmap 1000000' '--journal wal --exclusive --testset main' '--journal delete --temp 9 --testset main'; do
    check_program "speedtest1 $options" run_speedtest1 --size $((25 * patience)) $options
  done
  for mode in delete wal; do
    check_program "kvtest $mode" run_kvtest "$mode"
    check_program "dbfuzz2 $mode" run_dbfuzz2 "$mode"
  done
  check_program threadtest3 run_threadtest3
  count sqlite 0 "$good" "$bad" 0
}

# check_program NAME COMMAND...: runs a test in an empty directory. It fails with the last lines of what it printed.
check_program() {
  local name=$1 begun outcome=0 place log took
  [[ $name == *"$program_filter"* ]] || return 0
  place=$(mktemp -d "$programs/run-XXXXXX")
  log=$results/sqlite/${name//[ -]/_}.log
  begun=$(now)
  (cd -- "$place" && "${@:2}") > "$log" 2>&1 || outcome=$?
  took=$(awk "BEGIN { printf \"%.1f\", ($(now) - $begun) / 1000 }")
  echo "$took sqlite: $name" >> "$seconds"
  grep -a '^Measured: ' "$log" || true
  if [ "$outcome" = 0 ]; then
    good=$((good + 1))
    rm -rf "$place"
    return
  fi
  bad=$((bad + 1))
  echo "Failed $name ($outcome) after $took s:"
  tail -n 20 "$log" | cut -c1-200
  echo "To see it again: ./test.sh sqlite '$name'; its files are in ${place#"$PWD/"}"
}

now() { date +%s%3N; }

# on WHOSE SECONDS PROGRAM ARGUMENT...: runs a program on our VFS (ours) or on SQLite's own (stock).
on() {
  local library=()
  [ "$1" = stock ] || library=(ISAR_STORAGE_LIBRARY="$programs/library/Isar.Storage.Tests.SqlitePrograms.so")
  # Found by the path, because mptest starts itself by its name without quotes.
  env "${library[@]}" PATH="$programs/bin:$PATH" timeout $(($2 * patience)) "${@:3}"
}

# run_mptest PROGRAM SCRIPT MODE: six processes on one database.
run_mptest() {
  on ours 180 "$1" mp.db "$programs/bin/scripts/$3/$2.test" --journalmode "$3" > output 2>&1 ||
    { cat output && grep -a -A 3 'ERROR: line' output && return 1; } || return
  grep '^Summary: ' output
  # The shortest script has 81; one that ended early would have no errors either.
  [ "$(sed -n 's/^Summary: 0 errors out of \([0-9]*\) tests$/\1/p' output)" -gt 80 ] || return
  # The file format version in the header.
  local version
  version=$(od -An -tu1 -j18 -N1 mp.db)
  [ "$version" -eq "$([ "$3" = wal ] && echo 2 || echo 1)" ] || { echo "mp.db is not in mode $3."; return 1; }
}

# run_speedtest1 OPTION...: what it reads must be what it reads from SQLite's own VFS, as its hash of all results shows.
run_speedtest1() {
  local whose
  for whose in stock ours; do
    on "$whose" 120 speedtest1 --verify "$@" "$whose.db" > "$whose" 2>&1 || { tail "$whose"; return 1; }
    grep '^Verification Hash: ' "$whose" > "$whose.hash" || return
  done
  cmp stock.hash ours.hash || return
  echo "Measured: speedtest1 $*: $(total ours) s, on SQLite's own VFS $(total stock) s"
}

total() { sed -n 's/^ *TOTAL[. ]* \([0-9.]*\)s$/\1/p' "$1"; }

# run_kvtest MODE: blobs of some pages; what they hold at the end must be what SQLite's own VFS reads from the same file.
run_kvtest() {
  local options
  on ours 60 kvtest init kv.db --count 3000 --size 12000 --variance 3000 || return
  for options in '--count 3000 --random' '--count 3000 --desc --blob-api' '--count 3000 --asc --cache-size 100' \
    '--count 1000 --random --update --integrity-check' '--count 1000 --random --update --blob-api --integrity-check' \
    '--count 100 --random --update --multitrans --fsync --integrity-check'; do
    echo "$options"
    on ours 60 kvtest run kv.db --max-id 3000 --jmode "$1" $options > output || return
    cat output
    [[ $options != *--integrity-check* ]] || grep -qx 'integrity-check: ok' output || return
  done
  on ours 60 kvtest stat kv.db --vacuum | tee output
  grep -qE '^Integrity-check: +ok$' output || return
  mkdir stock ours
  on ours 60 kvtest export kv.db ours > /dev/null || return
  on stock 60 kvtest export kv.db stock > /dev/null || return
  [ "$(find ours -type f | wc -l)" = 3000 ] || return
  diff -rq ours stock
}

run_threadtest3() {
  local program=threadtest3-short
  [ "$patience" = 1 ] || program=threadtest3
  on ours 120 "$program" > output 2>&1 || { cat output; return 1; }
  cat output
  grep -qE '^0 errors out of 1[0-9] tests$' output
}

# run_dbfuzz2 MODE: damaged databases; what SQL on them says must be what it says on SQLite's own VFS.
run_dbfuzz2() {
  export JOURNAL_MODE=$1 LC_ALL=C
  local seeds whose number same tries answer
  seeds=("$programs"/bin/seeds/*)
  # The larger set of them takes a minute.
  [ "$patience" != 1 ] || seeds=("$programs"/bin/seeds/{3-,dbfuzz2}*)
  for whose in stock ours; do
    answers "$whose" "${seeds[@]}" > "$whose" || return
    [ "$(wc -l < "$whose")" = ${#seeds[@]} ] || { echo "Not every seed has an answer from $whose."; return 1; }
  done
  # With some seeds the answer depends on where SQLite's memory happens to be, on any VFS: then it must be one that SQLite's own gives too.
  for number in $(awk 'NR == FNR { stock[FNR] = $0; next } $0 != stock[FNR] { print FNR - 1 }' stock ours); do
    same=
    for ((tries = 0; tries < 300; tries++)); do
      if ((tries % 30 == 0)); then answer=$(answers ours "${seeds[number]}"); fi
      if [ "$(answers stock "${seeds[number]}")" = "$answer" ]; then same=1 && break; fi
    done
    [ -n "$same" ] || { printf '%s\n' "${seeds[number]} differs:" "$answer" "$(answers stock "${seeds[number]}")"; return 1; }
    echo "${seeds[number]} has several answers"
  done
}

# answers WHOSE FILE...: a line for each file, with what dbfuzz2 says of it.
answers() {
  on "$1" 240 dbfuzz2 -v "${@:2}" > "$1.output" 2>&1 || { tail -n 5 "$1.output" >&2; return 1; }
  awk '/^Maximum RSS/ { next } /^\*+ nByte=/ { if (line != "") print line; line = "" } { line = line "\t" $0 } END { print line }' "$1.output"
}
