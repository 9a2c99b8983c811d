#!/usr/bin/env bash
# A PostgreSQL server for tests, on a socket in FOLDER, which nobody else can reach.
# Usage: postgres_server.sh start|restart|stop FOLDER
# start makes FOLDER; exit 77: no server can be started here. restart is a crash and a new start.
# A server's crash is not the machine's, so nothing need reach the disk, where each start after one would take
# seconds; HONE_TEST_POSTGRES_FSYNC=on for measurements.
set -euo pipefail
action=$1 folder=$2

programs=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -1)
[[ -n $programs ]] || { echo "no PostgreSQL server here (package postgresql): skipped"; exit 77; }
programs=$(dirname "$programs")
as=()
if [[ $(id -u) == 0 ]]; then # the server refuses to run as root
  id postgres >/dev/null 2>&1 || { echo "there is no user postgres: skipped"; exit 77; }
  as=(runuser -u postgres --)
fi
run() {
  local program=$programs/$1
  shift
  (cd / && "${as[@]}" "$program" "$@" >/dev/null 2>&1)
}
start() {
  run pg_ctl -D "$folder/data" -l "$folder/log" -w \
    -o "-k '$folder' -c listen_addresses='' -c unix_socket_permissions=0777 -c fsync=${HONE_TEST_POSTGRES_FSYNC:-off}" start
}

case $action in
  start)
    mkdir -p "$folder"
    if ((${#as[@]})); then chown postgres "$folder"; fi
    chmod 755 "$folder"
    if ! run initdb -D "$folder/data" -A trust -U postgres --no-sync || ! start; then
      echo "the PostgreSQL server cannot be started here: skipped"
      rm -rf "$folder"
      exit 77
    fi
    ;;
  restart)
    run pg_ctl -D "$folder/data" -m immediate -w stop
    start
    ;;
  stop)
    run pg_ctl -D "$folder/data" -m immediate -w stop || true
    rm -rf "$folder"
    ;;
  *)
    echo "postgres_server.sh: start, restart or stop"
    exit 2
    ;;
esac
