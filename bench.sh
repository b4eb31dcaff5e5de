#!/usr/bin/env bash
# Builds everything and runs the benchmarks, all but one of them in a real browser; docs/benchmarks.md says what they compare.
set -euo pipefail

usage='Usage: ./bench.sh [NAME] [OPTION ...]

Builds everything, runs one benchmark or all of them, and prints what it measured. All but native run in a real browser.

  peers            the same SQL through our worker and through other libraries
  indexeddb-open   opening a large database: time and memory
  leases           what taking turns with other tabs costs a tab that is alone, and what two tabs get
  storage          what single storage operations of the browser cost
  blocks           what the size of the blocks does to a database in IndexedDB
  native           the same SQL on native files through our VFS and through the one of SQLite; needs no browser and no Node.js
  trace            what a request asks of .NET, JavaScript and the storage, in counts

  --quick          less of everything: to see that it runs, not to quote numbers from
  --browser NAME   chromium (default) or firefox
  --rounds N       how often the peers take turns; 5, with --quick 1
  --only GROUPS    some groups of peers: start,calls,bulk,large,classic
  --storage NAMES  opfs or indexeddb, for peers and trace
  --against NAMES  parts of the names of the peers that take part, such as sahpool,WriteAhead
  --json FILE      writes what was measured, and on what machine, to a file
  --help           shows this text'

for argument; do
  case $argument in
    -h | --help)
      printf '%s\n' "$usage"
      exit 0
      ;;
  esac
done

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
source eng/install.sh
require_dotnet
with_browser=true
case " $* " in
  *' native '*) with_browser=false ;;
  *' firefox '*) require_node ;;
  *)
    require_node
    find_or_install_chromium
    ;;
esac

echo 'Building ...' >&2
log=$(dotnet build benchmarks/Isar.Storage.Benchmarks --configuration Release --nologo --verbosity quiet -p:WithBrowser="$with_browser") || fail "$log"
case " $* " in
  *' storage '* | *' leases '* | *' blocks '* | *' indexeddb-open '* | *' native '*) ;;
  *)
    # The libraries to compare with.
    if [ benchmarks/package-lock.json -nt benchmarks/node_modules/.package-lock.json ]; then
      (cd benchmarks && npm ci --no-audit --no-fund --loglevel=error >&2)
      touch benchmarks/node_modules/.package-lock.json
    fi
    ;;
esac
exec dotnet benchmarks/Isar.Storage.Benchmarks/bin/Release/net10.0/Isar.Storage.Benchmarks.dll "$@"
