#!/usr/bin/env bash
# What the scripts of package.json call: the project's own Node where the machine's cannot run TypeScript.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
case "$1" in
  scripts/check.ts | scripts/bench.ts | scripts/preview-comment.ts) ensure_dependencies ;;
  *) ensure_dependencies --omit=dev ;;
esac

exec node "$@"
