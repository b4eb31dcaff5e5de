#!/usr/bin/env bash
# Builds everything and runs the tests. The last line is the sum: N passed, N failed, N skipped.
set -euo pipefail

usage='Usage: ./test.sh [--long] [PART] [FILTER]

Builds the solution and runs its tests, or one part of them:

  format       the code style of C# and TypeScript
  typescript   the TypeScript client and the row packer, in Node.js
  unit         everything that runs natively
  sqlite       the programs that SQLite is tested with, on native files; on Linux. mptest runs three times here and with --long, otherwise once
  browser      everything that runs in real browsers: Chromium; Firefox and WebKitGTK where they are installed
  concurrency  what many connections, tabs and processes do at the same time: those tests of unit and browser
  data         data access, ADO.NET, EF Core, Dapper and the two clients: those tests of typescript, unit and browser

  FILTER       for unit, browser and sqlite: only tests whose full name contains it; "browser Firefox" and "browser WebKit" run one browser
               of three, "sqlite mptest" one program
  --long       repeats what is random more often, such as killing a browser: 60 times instead of 5'

for argument; do
  case $argument in
    -h | --help)
      printf '%s\n' "$usage"
      exit 0
      ;;
  esac
done

patience=1
if [ "${1:-}" = --long ]; then
  export ISAR_STORAGE_LONG=1
  patience=4
  shift
fi

case ${1:-} in
  '' | format | typescript | unit | sqlite | browser | concurrency | data) ;;
  *)
    printf '%s\n' "$usage" >&2
    exit 2
    ;;
esac

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
source eng/install.sh
source eng/sqlitePrograms.sh
part=${1:-} filter=${2:+FullyQualifiedName~$2} program_filter=${2:-}
# A part that runs tests of others by their names.
case $part in
  concurrency) filter='FullyQualifiedName~Concurrency|FullyQualifiedName~Resilience' ;;
  data) filter='FullyQualifiedName~.Data|FullyQualifiedName~.Client|FullyQualifiedName~PageCaseTests' ;;
esac
results=$PWD/artifacts/test-results
# How long each test of this run took: a line with its seconds and its name.
seconds=$results/seconds.txt
passed=0 failed=0 skipped=0 started=0
skipped_engines=()

wanted() {
  case $part in
    '' | "$1") return 0 ;;
    concurrency) [ "$1" = unit ] || [ "$1" = browser ] ;;
    data) [ "$1" = typescript ] || [ "$1" = unit ] || [ "$1" = browser ] ;;
    *) return 1 ;;
  esac
}

# begin NAME: the head of a part, whose time starts now.
begin() {
  started=$SECONDS
  echo "== $1"
}

# count NAME OUTCOME PASSED FAILED SKIPPED: adds to the sum; a runner that failed without a failed test counts as one.
count() {
  local name=$1 outcome=$2 bad=$4
  [ "$outcome" = 0 ] || [ "$bad" -gt 0 ] || bad=1
  passed=$((passed + $3)) failed=$((failed + bad)) skipped=$((skipped + $5))
  printf '%s: %s passed, %s failed, %s skipped in %s s\n' "$name" "$3" "$bad" "$5" $((SECONDS - started))
}

run_dotnet() {
  local name=$1 project=$2 minutes=$3 outcome=0 report=$results/$1.trx
  begin "$name"
  rm -f "$report"
  timeout "${minutes}m" dotnet test "$project" --configuration Release --no-build --nologo \
    --logger "trx;LogFileName=$report" --logger 'console;verbosity=normal' ${filter:+--filter "$filter"} \
    > "$results/$name.log" 2>&1 || outcome=$?
  # A runner that was ended from outside can say that all is well.
  [ -f "$report" ] || [ "$outcome" != 0 ] || outcome=1
  [ ! -f "$report" ] || sed -n 's/.* testName="\([^"]*\)".* duration="\([0-9:.]*\)".*/\2 \1/p' "$report" | sed 's/&quot;/"/g' |
    awk '{ split($1, part, ":"); $1 = sprintf("%.1f", part[1] * 3600 + part[2] * 60 + part[3]); print }' >> "$seconds"
  # What tests measured; the console's logger leaves out what tests that pass print.
  [ ! -f "$report" ] || grep -oE 'Measured:[^<]*' "$report" || true
  if [ "$outcome" != 0 ]; then
    grep -A 12 -E '^ *Failed ' "$results/$name.log" | head -n 200 || tail -n 30 "$results/$name.log"
    [ "$outcome" != 124 ] || echo "The tests did not end within $minutes minutes."
    failures "$report" | while read -r test; do
      echo "To see it again: ./test.sh $name $test"
    done
    echo "The whole output is in artifacts/test-results/$name.log"
  fi
  local counters=''
  [ ! -f "$report" ] || counters=$(grep -o '<Counters [^>]*' "$report")
  local total good bad
  total=$(number total "$counters") good=$(number passed "$counters") bad=$(number failed "$counters")
  count "$name" "$outcome" "$good" "$bad" $((total - good - bad))
}

# The names of the tests that failed; none when the run ended before it could write its report.
failures() {
  [ ! -f "$1" ] || sed -n 's/.*testName="\([^"(]*\).*outcome="Failed".*/\1/p' "$1" | sort -u
}

number() {
  local found
  found=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< " $2")
  echo "${found:-0}"
}

run_typescript() {
  local outcome=0 log=$results/typescript.log
  begin typescript
  timeout 20m node --test --test-reporter=tap tests/typescript/*.test.mjs > "$log" 2>&1 || outcome=$?
  if [ "$outcome" != 0 ]; then
    grep -A 20 -E '^ *not ok' "$log" | head -n 100 || tail -n 30 "$log"
    echo 'To see it again: ./test.sh typescript'
  fi
  awk '/^(not )?ok / { sub(/^(not )?ok [0-9]+ - /, ""); name = $0 } /^  duration_ms: / { printf "%.1f typescript: %s\n", $2 / 1000, name }' \
    "$log" >> "$seconds"
  count typescript "$outcome" "$(tap pass "$log")" "$(tap fail "$log")" "$(tap skipped "$log")"
}

tap() {
  local found
  found=$(sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$2")
  echo "${found:-0}"
}

run_format() {
  # The build has looked for everything else that dotnet format can mend.
  check_format C# 'dotnet format Isar.Storage.sln' dotnet format Isar.Storage.sln --verify-no-changes --no-restore \
    --diagnostics WHITESPACE IMPORTS ENDOFLINE FINALNEWLINE CHARSET
  check_format TypeScript 'npx biome check --write' npx --no-install biome ci
}

# check_format NAME MEND COMMAND...
check_format() {
  local name=$1 mend=$2 log=$results/format-$1.log outcome=0
  begin "format of $name"
  "${@:3}" > "$log" 2>&1 || outcome=$?
  if [ "$outcome" = 0 ]; then
    count "format of $name" 0 1 0 0
  else
    tail -n 40 "$log"
    echo "To mend it: $mend"
    count "format of $name" "$outcome" 0 1 0
  fi
}

build() {
  begin build
  local log=$results/build.log
  dotnet build Isar.Storage.sln --configuration Release --nologo -warnaserror > "$log" 2>&1 || {
    grep -E 'error|warning' "$log" | sort -u | head -n 40 || tail -n 40 "$log"
    echo '0 passed, 1 failed, 0 skipped'
    exit 1
  }
  tail -n 4 "$log"
}

mkdir -p "$results"
: > "$seconds"
require_dotnet
require_node
if wanted unit || wanted sqlite || wanted browser; then require_sqlite3; fi
if wanted browser; then
  find_or_install_chromium
  find_or_install_firefox
  find_or_install_webkit
fi
build
if wanted format; then run_format; fi
if wanted typescript; then run_typescript; fi
if wanted unit; then run_dotnet unit tests/Isar.Storage.Tests/Isar.Storage.Tests.csproj $((30 * patience)); fi
if wanted sqlite; then run_sqlite_programs; fi
if wanted browser; then run_dotnet browser tests/Isar.Storage.Browser.Tests/Isar.Storage.Browser.Tests.csproj $((120 * patience)); fi

if [ -s "$seconds" ]; then
  echo 'The slowest tests, in seconds:'
  sort -rn "$seconds" | sed -n 1,10p
fi
[ ${#skipped_engines[@]} = 0 ] || printf '%s\n' "${skipped_engines[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
