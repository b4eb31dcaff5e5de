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
  command -v sqlite3 > /dev/null || install_packages sqlite3 sqlite3 ||
    fail 'The program sqlite3 is missing: install it from your system or from https://sqlite.org/download.html.'
}

# A C compiler and make: sets CC to clang or gcc, with which .NET links native libraries too. Installs them where that is possible without
# asking.
find_or_install_c() {
  find_c || { install_packages 'a C compiler' gcc libc6-dev make && find_c; }
}

find_c() {
  command -v make > /dev/null || return 1
  for CC in clang gcc; do
    # Asked for a program, because a compiler may be there without the headers of the C library.
    if command -v "$CC" > /dev/null && "$CC" -xc -o /dev/null - > /dev/null 2>&1 <<< $'#include <stdio.h>\nint main(void) { return 0; }'; then
      return
    fi
  done
  return 1
}

# fetch_sqlite_source DIRECTORY: SQLite's whole source, with its test programs, from where the system's packages come from. Fails where that
# is not possible, or not without asking. Not from the system's own release: forky is the first whose SQLite has no WAL-reset bug.
fetch_sqlite_source() {
  local suite=forky from keys scratch=$1.new apt log
  command -v apt-get > /dev/null || return 1
  # shellcheck disable=SC2016
  from=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' | sed -n 1p)
  [ -n "$from" ] || return 1
  echo "Fetching SQLite's source ..."
  rm -rf "$scratch"
  mkdir -p "$scratch"/{sources,lists/partial,cache/archives/partial,source}
  # Lists of its own: those of the system stay as they are.
  apt=(-o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$scratch/sources"
    -o Dir::State::Lists="$scratch/lists" -o Dir::Cache="$scratch/cache")
  keys=$(printf '%s\n' /usr/share/keyrings/debian-archive-keyring.* | sed -n 1p)
  printf '%s\n' 'Types: deb-src' "URIs: $from" "Suites: $suite" 'Components: main' "Signed-By: $keys" \
    > "$scratch/sources/debian.sources"
  log=$(apt_get "${apt[@]}" update && cd "$scratch" && apt_get "${apt[@]}" source --download-only sqlite3) ||
    { printf '%s\n' "SQLite's source could not be fetched. apt-get says:" "$log" && return 1; }
  tar -xf "$scratch"/sqlite3_*.orig.tar.* -C "$scratch/source" --strip-components=1 || fail "SQLite's source could not be unpacked."
  rm -rf "$1"
  mv "$scratch/source" "$1"
  rm -rf "$scratch"
}

# A browser of Chromium's family: sets and exports CHROMIUM_PATH. Installs one where that is possible without asking.
find_or_install_chromium() {
  find_chromium || { install_packages Chromium chromium && find_chromium; } ||
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
  if install_packages Firefox firefox-esr; then
    find_firefox || fail 'Firefox is installed, but does not start.'
    return
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

# WebKitGTK's MiniBrowser and an X server for it: sets and exports WEBKIT_PATH and XVFB_PATH. Installs them where that is possible without
# asking; elsewhere the tests are skipped.
find_or_install_webkit() {
  find_webkit && return
  if install_packages WebKitGTK webkit2gtk-driver xvfb; then
    find_webkit || fail "WebKitGTK is installed, but its MiniBrowser or Xvfb is not where it should be."
    return
  fi
  skip_engine WebKitGTK "install its MiniBrowser and Xvfb (on Debian the packages webkit2gtk-driver and xvfb), or set WEBKIT_PATH and XVFB_PATH to their programs"
}

find_webkit() {
  local candidate
  XVFB_PATH=$(command -v "${XVFB_PATH:-Xvfb}") || return 1
  # Distributions keep it beside the library's other programs.
  for candidate in "${WEBKIT_PATH:-}" MiniBrowser {/usr/lib,/usr/lib/*,/usr/libexec,/usr/lib64}/{webkit2gtk-4.1,webkitgtk-6.0}/MiniBrowser; do
    if [ -n "$candidate" ] && command -v "$candidate" > /dev/null; then
      WEBKIT_PATH=$(command -v "$candidate")
      export WEBKIT_PATH XVFB_PATH
      return
    fi
  done
  return 1
}

# skip_engine NAME WHAT: says that the tests of an engine are left out, now and at the end, where it cannot be missed.
skip_engine() {
  local line="SKIPPED: all tests in $1, because it is missing on this machine: $2."
  skipped_engines+=("$line")
  printf '%s\n' "$line"
}

# install_packages NAME PACKAGE...: installs packages, or ends with apt-get's own words. Fails where that is not possible without asking.
install_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || return 1
  echo "Installing $1 ..."
  local log
  log=$(apt_get update && apt_get install -y --no-install-recommends "${@:2}") || fail "$1 could not be installed. apt-get says:" "$log"
}

# apt_get ARGUMENT...: says only what went wrong. Waits up to ten minutes while another program has the packages; apt-get itself does so
# for the lock of dpkg, but not for that of the lists.
apt_get() {
  local log last=$((SECONDS + 600))
  until log=$(LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 "$@" 2>&1); do
    if [ "$SECONDS" -ge "$last" ] || ! grep -q '^E: Could not get lock' <<< "$log"; then
      tail -n 20 <<< "$log"
      return 1
    fi
    sleep 2
  done
}
