#!/bin/sh
# Runs on the host before the packages are installed, with the new root as $1. The accounts have the numbers of the
# official images; a package that wants an account of that name then takes this one.
set -eu

cat >> "$1/etc/passwd" <<'ACCOUNTS'
postgres:x:70:70::/var/lib/postgresql:/bin/sh
nginx:x:101:101::/var/cache/nginx:/bin/sh
redis:x:999:1000::/data:/bin/sh
node:x:1000:1000::/home/node:/bin/sh
loki:x:10001:10001::/loki:/bin/sh
ACCOUNTS
cat >> "$1/etc/group" <<'GROUPS'
postgres:x:70:
nginx:x:101:
redis:x:999:
node:x:1000:
loki:x:10001:
GROUPS

mkdir -p "$1/etc/postgresql-common"
echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"
