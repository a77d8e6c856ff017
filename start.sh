#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

for argument in "$@"; do
  if [ "$argument" = --help ] || [ "$argument" = -h ]; then
    cat scripts/start/help.txt
    exit 0
  fi
  # Exported before npm is installed; later steps read it too.
  if [ "$argument" = --no-install ]; then export WHITE_ROOM_NO_INSTALL=1; fi
  if [ "$argument" = --yes ]; then export WHITE_ROOM_YES=1; fi
done
# Reject unknown options before installing anything; main.ts checks the rest.
for argument in "$@"; do
  case "$argument" in
    -*)
      if ! grep --quiet --extended-regexp --regexp="^  (-h, )?${argument%%=*} " scripts/start/help.txt; then
        printf 'Unknown argument: %s\n\n' "$argument" >&2
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

# Node's own requests use the same proxy as npm.
export NODE_USE_ENV_PROXY=1
exec node scripts/start/main.ts "$@"
