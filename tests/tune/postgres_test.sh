#!/usr/bin/env bash
# Runs a command with a PostgreSQL server of its own, whose folder is $HONE_TEST_POSTGRES.
# Usage: postgres_test.sh COMMAND...
# Exit 77: no server can be started here, skipped.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'bash "$here/postgres_server.sh" stop "$folder"' EXIT
bash "$here/postgres_server.sh" start "$folder" || exit $?
export HONE_TEST_POSTGRES=$folder
"$@"
