#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

help="./test.sh   every test that needs no daemon: Biome, tsc, units, and the real programs on every rendered file.
            About five minutes; the first time it also builds those programs, which takes some tens of minutes."
for word in "$@"; do
  if [ "$word" = --help ] || [ "$word" = -h ]; then
    echo "$help"
    exit 0
  fi
done
if [ $# -gt 0 ]; then
  echo "$help" >&2
  exit 2
fi

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
ensure_dependencies

export NODE_USE_ENV_PROXY=1
exec node scripts/test.ts
