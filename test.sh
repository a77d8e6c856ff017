#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# Check the arguments before installing Node.
for argument in "$@"; do
  case "$argument" in
    -h | --help)
      cat scripts/test/help.txt
      exit 0
      ;;
  esac
done
for argument in "$@"; do
  if [ "$argument" != --all ]; then
    printf 'Unknown argument: %s\n\n' "$argument" >&2
    cat scripts/test/help.txt >&2
    exit 2
  fi
done

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
# shellcheck disable=SC2119  # the arguments of this script are not for npm
ensure_dependencies

export NODE_USE_ENV_PROXY=1
exec node scripts/test.ts "$@"
