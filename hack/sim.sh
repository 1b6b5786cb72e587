#!/usr/bin/env bash
# Storms over the engine in a simulation: a process a core, each with every so manieth seed.
#
#   hack/sim.sh            plays SEEDS storms from the seed FROM on
#   SEED=n hack/sim.sh     replays one, and shrinks it to what breaks the promise
#   PLANT=check hack/sim.sh    takes a check of the engine out, and stops at the first storm that notices; with SEED=n
#                          that one is replayed and shrunk without the check
#   PLANT=all hack/sim.sh  goes through all checks with SEEDS storms at most for each, and prints a table
#
# SOURCES names the sources of trouble, apart by commas: all if not given, or `none`.
# With ALL_ON=1 each of them is on in every storm; else about half are, by the seed.
set -uo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
test=(test --locked --all-features --profile sim --test simulation)
"$cargo" "${test[@]}" --no-run || exit

export ORGKEEPER_SIM_SOURCES=${SOURCES:-} ORGKEEPER_SIM_ALL_ON=${ALL_ON:-} ORGKEEPER_SIM_PLANT=${PLANT:-}
export RUST_BACKTRACE=0
run() {
    "$cargo" "${test[@]}" "storms::$1" -- --ignored --exact --nocapture
}

if [ -n "${SEED:-}" ]; then
    ORGKEEPER_SIM_SEED=$SEED run sim::replay
    exit
fi

export ORGKEEPER_SIM_SEEDS=${SEEDS:-200} ORGKEEPER_SIM_FROM=${FROM:-0}
what=sim::sim
case ${PLANT:-} in
'') ;;
all) what=planted::all ;;
*)
    run planted::one
    exit
    ;;
esac
parts=$(getconf _NPROCESSORS_ONLN)
export ORGKEEPER_SIM_PARTS=$parts
told=$(mktemp)
trap 'rm -f "$told"' EXIT
began=$(date +%s%N)
pids=()
for ((part = 0; part < parts; part++)); do
    ORGKEEPER_SIM_PART=$part run "$what" 2>&1 | grep -E '^ *(seed |row |make sim|[0-9]+ )' | tee -a "$told" &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
if [ "$what" = planted::all ]; then
    printf '\n| check | rule | found by the | of which come to it | the promise that breaks |\n|---|---|---|---|---|\n'
    grep '^row ' "$told" | sort -k2,2n -k3,3 | while read -r _ nth name rule there promise; do
        [ "$nth" -le "$ORGKEEPER_SIM_SEEDS" ] && nth="$nth." || nth=-
        echo "| $name | $rule | $nth | $there | $promise |"
    done
    exit "$failed"
fi
ended=$(date +%s%N)
awk -v seeds="$ORGKEEPER_SIM_SEEDS" -v nanos=$((ended - began)) -v parts="$parts" \
    'BEGIN { printf "%d storms, %.1f a second on %d cores\n", seeds, seeds / (nanos / 1e9), parts }'
exit "$failed"
