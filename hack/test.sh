#!/usr/bin/env bash
# Runs make targets one after the other, all of them even if one fails, and ends with a summary.
#
#   hack/test.sh TARGET…
set -uo pipefail
cd "$(dirname "$0")/.."

summary=() failed=0 passed=0
for target in "$@"; do
    printf '\n=== make %s\n' "$target"
    SECONDS=0
    if "${MAKE:-make}" "$target"; then
        verdict=ok passed=$((passed + 1))
    else
        verdict=FAILED failed=$((failed + 1))
    fi
    summary+=("$(printf '%-8s make %-12s %5d s' "$verdict" "$target" "$SECONDS")")
done

printf '\n=== summary\n'
printf '%s\n' "${summary[@]}"
printf 'steps: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
