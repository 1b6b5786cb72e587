#!/usr/bin/env bash
# Measures this tree's operator beside that of another revision: time, processor time and memory with many accounts on
# the local control plane, in turns.
#
#   BASE=v0.1.0 hack/beside.sh      with RUNS=5 runs of each, and ACCOUNTS=2000
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
base=${BASE:?says which revision to measure beside this tree: BASE=v0.1.0}
built=$(realpath -m "${CARGO_TARGET_DIR:-target}")/beside
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT

git archive "$base" | tar -x -C "$source"
(cd "$source" && CARGO_TARGET_DIR=$built "$cargo" build --release --locked --all-features --bin orgkeeper)
ORGKEEPER_BESIDE=$built/release/orgkeeper "$cargo" bench --locked --all-features --bench beside
