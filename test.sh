#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# shellcheck source=scripts/start/node.sh
. scripts/start/node.sh
ensure_node
ensure_dependencies

export NODE_USE_ENV_PROXY=1
exec node scripts/test.ts "$@"
