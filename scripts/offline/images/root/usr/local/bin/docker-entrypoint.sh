#!/bin/bash
# Does what the entry points of the official postgres and redis images do, as far as this project's workloads use it.
set -Eeuo pipefail

# The value of $1, of the file that $1_FILE names, or $2.
setting() {
  local file="$1_FILE"
  if [ -n "${!file:-}" ]; then
    cat "${!file}"
  else
    printf '%s' "${!1:-${2:-}}"
  fi
}

become() {
  exec setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups "$0" "${@:2}"
}

create_database() {
  local password user database
  password=$(setting POSTGRES_PASSWORD)
  user=$(setting POSTGRES_USER postgres)
  database=$(setting POSTGRES_DB "$user")
  if [ -z "$password" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo "Error: the database is empty and no superuser password is given: set POSTGRES_PASSWORD_FILE." >&2
    exit 1
  fi
  # shellcheck disable=SC2086 -- the setting holds several options
  initdb --username="$user" ${password:+--pwfile=<(printf '%s\n' "$password")} ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"

  # Nobody outside sees the database before it is complete.
  pg_ctl --wait -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p 5432)" start
  local query=(psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$user")
  if [ "$database" != postgres ]; then
    "${query[@]}" --dbname postgres --set db="$database" <<< 'CREATE DATABASE :"db";'
  fi
  export POSTGRES_USER="$user" POSTGRES_DB="$database"
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) "${query[@]}" --dbname "$database" --file "$file" ;;
    esac
  done
  pg_ctl --mode=fast --wait stop
}

case "${1:-}" in
  postgres)
    if [ "$(id -u)" = 0 ]; then
      mkdir -p "$PGDATA"
      find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres '{}' +
      become postgres "$@"
    fi
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA" || true
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
      create_database "$@"
    fi
    ;;
  redis-server)
    if [ "$(id -u)" = 0 ]; then
      find . \! -user redis -exec chown redis '{}' +
      become redis "$@"
    fi
    ;;
esac
exec "$@"
