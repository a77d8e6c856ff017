#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
  if [ "$word" = --help ] || [ "$word" = -h ]; then
    cat scripts/start/help.txt
    exit 0
  fi
done

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
ensure_dependencies --omit=dev

# So that Node's own requests go the way npm's do.
export NODE_USE_ENV_PROXY=1
exec node scripts/start/main.ts "$@"
