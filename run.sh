#!/usr/bin/env bash
# Builds the Notes sample and serves it on this machine.
set -euo pipefail

usage='Usage: ./run.sh [--port N]

Builds the Notes sample with everything that it needs, and serves it on this machine until Ctrl+C.

  --port N   the port, 1 to 65535 (default 5080)
  --help     shows this text'

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
require_node

echo 'Building (the first time takes a minute or two) ...'
log=$(dotnet build samples/Notes --configuration Release --nologo --verbosity quiet) || fail "$log"
exec dotnet samples/Notes/bin/Release/net10.0/Notes.dll "$@"
