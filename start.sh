#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for word in "$@"; do
  if [ "$word" = --help ] || [ "$word" = -h ]; then
    cat scripts/start/help.txt
    exit 0
  fi
  # Read before npm itself is installed; what installs later packages reads the variable too.
  if [ "$word" = --no-install ]; then export WHITE_ROOM_NO_INSTALL=1; fi
done
# An unknown option is refused before anything is installed; everything else is checked later.
for word in "$@"; do
  case "$word" in
    -*)
      if ! grep --quiet --extended-regexp --regexp="^  (-h, )?${word%%=*} " scripts/start/help.txt; then
        printf 'Unknown argument: %s\n\n' "$word" >&2
        cat scripts/start/help.txt >&2
        exit 2
      fi
      ;;
  esac
done

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
ensure_dependencies --omit=dev

# So that Node's own requests use the same proxy as npm's.
export NODE_USE_ENV_PROXY=1
exec node scripts/start/main.ts "$@"
