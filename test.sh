#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Before Node is there.
for word in "$@"; do
  case "$word" in
    -h | --help)
      cat scripts/test/help.txt
      exit 0
      ;;
  esac
done
for word in "$@"; do
  if [ "$word" != --all ]; then
    printf 'Unknown argument: %s\n\n' "$word" >&2
    cat scripts/test/help.txt >&2
    exit 2
  fi
done

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
# shellcheck disable=SC2119  # its parameter is no argument of this script
ensure_dependencies

export NODE_USE_ENV_PROXY=1
exec node scripts/test.ts "$@"
