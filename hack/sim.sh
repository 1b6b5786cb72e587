#!/usr/bin/env bash
# Storms over the engine in a simulation: a process a core, each with every so manieth seed.
# Of each seed there is one over Spot, and one over Spot and the vendor of the tests together: with VENDORS=spot or
# VENDORS=all one of the two alone.
#
#   hack/sim.sh            plays the storms of SEEDS seeds from the seed FROM on
#   SEED=n hack/sim.sh     replays one, and shrinks it to what breaks the promise
#   PLANT=check hack/sim.sh    takes a check of the engine out, and stops at the first storm that notices; with SEED=n
#                          that one is replayed and shrunk without the check; over Spot alone if VENDORS is not given
#   PLANT=all hack/sim.sh  does so with each check for itself, SEEDS storms at most, and prints a table; or with those
#                          that are named, apart by commas
#
# SOURCES names the sources of trouble, apart by commas: all if not given, or `none`.
# With ALL_ON=1 each of them is on in every storm; else about half are, by the seed.
set -uo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
test=(test --locked --all-features --profile sim --test simulation)
"$cargo" "${test[@]}" --no-run || exit

export ORGKEEPER_SIM_SOURCES=${SOURCES:-} ORGKEEPER_SIM_ALL_ON=${ALL_ON:-} ORGKEEPER_SIM_PLANT=${PLANT:-}
export ORGKEEPER_SIM_VENDORS=${VENDORS:-${PLANT:+spot}}
export RUST_BACKTRACE=0
run() {
    "$cargo" "${test[@]}" -- "$@" --ignored --exact --nocapture --test-threads 1
}
# shows the lines that match, and ends as the storms do: that none matches is no failure
shown() {
    local lines=$1
    shift
    run "$@" 2>&1 | grep -E "$lines"
    return "${PIPESTATUS[0]}"
}

if [ -n "${SEED:-}" ]; then
    export ORGKEEPER_SIM_SEED=$SEED
    run storms::sim::replay
    exit
fi

export ORGKEEPER_SIM_SEEDS=${SEEDS:-200} ORGKEEPER_SIM_FROM=${FROM:-0}
if [ -n "${PLANT:-}" ]; then
    shown '^(seed |\||[0-9]+ of | *make sim|.*nobody notices)' storms::planted::search
    exit
fi
parts=$(getconf _NPROCESSORS_ONLN)
export ORGKEEPER_SIM_PARTS=$parts
began=$(date +%s%N)
pids=()
for ((part = 0; part < parts; part++)); do
    ORGKEEPER_SIM_PART=$part shown '^ *(seed |make sim|[0-9]+ )' storms::sim::sim &
    pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
ended=$(date +%s%N)
awk -v seeds="$ORGKEEPER_SIM_SEEDS" -v nanos=$((ended - began)) -v parts="$parts" \
    'BEGIN { printf "%d seeds, %.1f a second on %d cores\n", seeds, seeds / (nanos / 1e9), parts }'
exit "$failed"
