#!/usr/bin/env bash
# Searches what the tests captured for the secret values that they used: logs, objects, events,
# metrics, and what the sandbox shows. Fails where one is found, or where there is nothing to search.
#
#   hack/canaries.sh [DIRECTORY]   the directory of the captures, target/tmp if not given
set -uo pipefail
cd "$(dirname "$0")/.."
dir=${1:-${CARGO_TARGET_DIR:-target}/tmp}

cat "$dir"/canaries/*.txt 2>/dev/null | sed '/^.\{0,7\}$/d' | sort -u >"$dir/canaries.list"
values=$(wc -l <"$dir/canaries.list")
captures=()
for place in captures operator-logs; do
    [ -d "$dir/$place" ] && captures+=("$dir/$place")
done
files=$([ ${#captures[@]} -gt 0 ] && find "${captures[@]}" -type f | wc -l)
if ((values == 0 || ${files:-0} == 0)); then
    echo "nothing to search in $dir: ${values} values, ${files:-0} files; run \`make test-rust\` first" >&2
    exit 2
fi
# Only the names: the values are secrets, if only of a test.
if found=$(grep -rlFf "$dir/canaries.list" "${captures[@]}"); then
    printf 'secret values are in:\n%s\n' "$found" >&2
    exit 1
fi
echo "none of $values secret values is in $files captured files"
