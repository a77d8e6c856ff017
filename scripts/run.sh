#!/usr/bin/env bash
# What the scripts of package.json call: the project's own Node where the machine's cannot run TypeScript.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
# Standard output is the script's: some print JSON.
ensure_node >&2
case "$1" in
  scripts/check.ts | scripts/bench.ts | scripts/preview-comment.ts) ensure_dependencies >&2 ;;
  *) ensure_dependencies --omit=dev >&2 ;;
esac

exec node "$@"
