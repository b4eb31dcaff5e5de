# Functions for the scripts at the root: look for what they need and say plainly what is missing. To be sourced by bash, at the root.

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# The SDK that global.json asks for.
require_dotnet() {
  local wanted
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' global.json)
  command -v dotnet > /dev/null ||
    fail "The .NET SDK is missing: install version $wanted or a later ${wanted%.*.*}.0 from https://dotnet.microsoft.com/download."
  dotnet --version > /dev/null 2>&1 ||
    fail "The .NET SDK $wanted or a later one of the same major version is missing: get it from https://dotnet.microsoft.com/download." \
      "Installed:" "$(dotnet --list-sdks | sed 's/^/  /')"
}

# Node.js and npm; the scripts of the browser side are bundled with them.
require_node() {
  local minimum=20 version
  command -v node > /dev/null || fail "Node.js is missing: install version $minimum or later from https://nodejs.org."
  version=$(node -p 'process.versions.node')
  [ "${version%%.*}" -ge "$minimum" ] ||
    fail "Node.js is version $version: install version $minimum or later from https://nodejs.org."
  command -v npm > /dev/null || fail "npm is missing: it comes with Node.js from https://nodejs.org; some systems have it as a package of its own."
}

# The sqlite3 program, which the tests compare with. Installs it where that is possible without asking.
require_sqlite3() {
  command -v sqlite3 > /dev/null && return
  if can_install; then
    echo 'Installing sqlite3 ...'
    install_package sqlite3 && return
  fi
  fail 'The program sqlite3 is missing: install it from your system or from https://sqlite.org/download.html.'
}

# A browser of Chromium's family: sets and exports CHROMIUM_PATH. Installs one where that is possible without asking.
find_or_install_chromium() {
  find_chromium && return
  if can_install; then
    echo 'Installing Chromium ...'
    install_package chromium && find_chromium && return
  fi
  fail 'A browser is missing: install Chromium, Google Chrome or Microsoft Edge, or set CHROMIUM_PATH to the program of one.'
}

find_chromium() {
  local candidate
  for candidate in "${CHROMIUM_PATH:-}" chromium google-chrome google-chrome-stable microsoft-edge chromium-browser \
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'; do
    # Asked for its version, because some systems have a chromium-browser that only tells how to install one.
    if [ -n "$candidate" ] && "$candidate" --version > /dev/null 2>&1; then
      CHROMIUM_PATH=$(command -v "$candidate")
      export CHROMIUM_PATH
      return
    fi
  done
  return 1
}

# Firefox: sets and exports FIREFOX_PATH. Installs one where that is possible without asking; elsewhere its tests are skipped.
find_or_install_firefox() {
  find_firefox && return
  if can_install; then
    echo 'Installing Firefox ...'
    install_package firefox-esr && find_firefox && return
    fail 'Firefox could not be installed.'
  fi
  skip_engine Firefox 'install Firefox (on Debian the package firefox-esr), or set FIREFOX_PATH to its program'
}

find_firefox() {
  local candidate
  for candidate in "${FIREFOX_PATH:-}" firefox-esr firefox /Applications/Firefox.app/Contents/MacOS/firefox; do
    if [ -n "$candidate" ] && "$candidate" --version > /dev/null 2>&1; then
      FIREFOX_PATH=$(command -v "$candidate")
      export FIREFOX_PATH
      return
    fi
  done
  return 1
}

# skip_engine NAME WHAT: says that the tests of an engine are left out, now and at the end, where it cannot be missed.
skip_engine() {
  skipped_engines+=("SKIPPED: all tests in $1, because it is missing on this machine: $2.")
  printf '%s\n' "${skipped_engines[-1]}"
}

can_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null
}

install_package() {
  local log
  log=$(mktemp)
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$1"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}
