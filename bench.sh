#!/usr/bin/env bash
# Builds everything and runs the benchmarks in a real browser; docs/benchmarks.md says what they compare.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
source eng/install.sh
require_dotnet
require_node
case " $* " in
  *' firefox '*) ;;
  *' --help '* | *' -h '*) ;;
  *) find_or_install_chromium ;;
esac

echo 'Building ...' >&2
log=$(dotnet build benchmarks/Isar.Storage.Benchmarks --configuration Release --nologo --verbosity quiet) || fail "$log"
case " $* " in
  *' storage '* | *' leases '* | *' blocks '* | *' indexeddb-open '*) ;;
  *)
    # The libraries to compare with.
    if [ benchmarks/package-lock.json -nt benchmarks/node_modules/.package-lock.json ]; then
      (cd benchmarks && npm ci --no-audit --no-fund --loglevel=error >&2)
      touch benchmarks/node_modules/.package-lock.json
    fi
    ;;
esac
exec dotnet benchmarks/Isar.Storage.Benchmarks/bin/Release/net10.0/Isar.Storage.Benchmarks.dll "$@"
