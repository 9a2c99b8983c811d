#!/usr/bin/env bash
# A study of ours in the hands of Python's Optuna. Python: $HONE_PYTHON, else /usr/bin/python3.
# Usage: optuna_test.sh <tune_tests program> check|continue|queued|front
# Exit 77: this Python has no Optuna, skipped.
set -euo pipefail

program=$1 part=$2
python=${HONE_PYTHON:-/usr/bin/python3}
root=$(cd "$(dirname "$0")/../.." && pwd)
"$python" -c 'import optuna' 2>/dev/null || { echo "$python has no optuna: skipped"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export HONE_INTEROP_DB=$folder/study.db

# doctest ends with 0 when a filter finds nothing, so the count of cases is looked at, too.
run_case() {
  "$program" --no-skip "--test-case=$1" | tee "$folder/log"
  grep -q "test cases: *1 | *1 passed" "$folder/log"
}

# Versions before 3.2 read these files only when they do not look at the stamp.
skip=$("$python" -W ignore -c '
import optuna
old = [int(part) for part in optuna.__version__.split(".")[:2]] < [3, 2]
print("--skip-compatibility-check" if old else "")')
interop() {
  # shellcheck disable=SC2086  # empty: no argument
  "$python" -W ignore "$root/scripts/optuna_interop.py" "$@" $skip
}

[[ $part == front ]] || run_case "a study with everything in it is written for Optuna and read back"
case $part in
  check)
    interop check "$HONE_INTEROP_DB" --need-states RUNNING,COMPLETE,PRUNED,FAIL,WAITING
    ;;
  continue)
    interop continue "$HONE_INTEROP_DB" --trials 5
    run_case "a study that Optuna has continued is read back and goes on with us"
    ;;
  queued)
    "$python" -W ignore "$root/tests/tune/optuna_queued.py" "$HONE_INTEROP_DB" "$skip"
    run_case "a study that Optuna has continued is read back and goes on with us"
    ;;
  front)
    run_case "a study of two objectives is written for Optuna and read back"
    interop check "$HONE_INTEROP_DB"
    interop continue "$HONE_INTEROP_DB" --trials 5
    if [[ -n $skip ]]; then
      echo "this Optuna knows neither our schema nor constraints in a front: read and continued, fronts not compared"
      exit 0
    fi
    for HONE_INTEROP_DB in "$HONE_INTEROP_DB" "$folder/python.db"; do
      interop front "$HONE_INTEROP_DB"
      run_case "a study of two objectives that Optuna has worked on has the same front and goes on"
    done
    ;;
  *)
    echo "optuna_test.sh: unknown part $part" >&2
    exit 2
    ;;
esac
