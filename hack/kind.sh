#!/usr/bin/env bash
# Lays out a new kind of a vendor's: its type, its folder and its page from hack/kind, and a line wherever it has to be
# named by hand in the program and on pages. It compiles; what it does at the vendor is for you to write.
#
#   hack/kind.sh spot CloudBudget
#
# With ROOT=directory it does so there, and not here.
set -euo pipefail
templates=$(cd "$(dirname "$0")/kind" && pwd)
cd "${ROOT:-$(dirname "$0")/..}"

fail() { printf '%s\n' "$1" >&2; exit 1; }

vendor=${1:-} kind=${2:-}
# The templates are Spot's: another vendor has other sessions, and names of its own.
[ "$vendor" = spot ] || fail "VENDOR=spot is the only vendor whose kinds can be laid out"
[[ $kind =~ ^([A-Z][a-z0-9]+)+$ ]] || fail "KIND=CloudBudget: words with a capital each"

words=$(sed 's/[A-Z]/ &/g; s/^ //' <<<"$kind" | tr '[:upper:]' '[:lower:]')
module=${words// /_} const=$(tr '[:lower:] ' '[:upper:]_' <<<"$words") lower=${words// /}
case $lower in
*s | *x | *ch) ending=es ;;
*[!aeiou]y) ending=ies ;;
*) ending=s ;;
esac
pluralized() { [ "$ending" = ies ] && printf '%s' "${1%y}ies" || printf '%s' "$1$ending"; }

[ ! -e "src/api/spot/$module.rs" ] && [ ! -e "src/vendors/spot/$module" ] || fail "there is a $kind already"

# from TEMPLATE FILE
from() {
    mkdir -p "$(dirname "$2")"
    sed "s/KindNames/$(pluralized "$kind")/g; s/KindName/$kind/g; s/KIND_NAME/$const/g; s/kindnames/$(pluralized "$lower")/g
        s/kindname/$lower/g; s/kind name/$words/g; s/spshort/sp${lower:0:4}/g" "$templates/$1" >"$2"
}

# insert FILE PATTERN LINES: before the last line that has the pattern.
insert() {
    grep -q "$2" "$1" || fail "$1 has no line $2"
    LINES_TO_ADD=$3 awk -v pattern="$2" '
        { line[NR] = $0 } $0 ~ pattern { last = NR }
        END { for (i = 1; i <= NR; i++) { if (i == last) print ENVIRON["LINES_TO_ADD"]; print line[i] } }
    ' "$1" >"$1.new"
    cat "$1.new" >"$1"
    rm "$1.new"
}

# within FILE FIRST PATTERN LINES: the same, before the first such line after one that has FIRST.
within() {
    grep -q "$2" "$1" || fail "$1 has no line $2"
    LINES_TO_ADD=$4 awk -v first="$2" -v pattern="$3" '
        state == 1 && $0 ~ pattern { print ENVIRON["LINES_TO_ADD"]; state = 2 }
        state == 0 && $0 ~ first { state = 1 }
        { print }
    ' "$1" >"$1.new"
    cat "$1.new" >"$1"
    rm "$1.new"
}

from api.rs "src/api/spot/$module.rs"
from vendor.rs "src/vendors/spot/$module/mod.rs"
from page.md "docs/kinds/$lower.md"

insert src/api/spot/mod.rs '^mod user;' "mod $module;"
insert src/api/spot/mod.rs '^pub use user::' "pub use $module::{$kind, ${kind}Spec};"
cat >>src/api/spot/kinds.rs <<EOF
/// \`$kind\`.
pub const $const: KindRef = KindRef::bare(GROUP, "$kind");
EOF
within src/api/spot/organization.rs '^pub enum ReferrerKind' '^}' "    /// \`$kind\`
    $kind,"
within src/api/spot/organization.rs '^impl ReferrerKind' '^        }' "            Self::$kind => kinds::$const,"
insert src/vendors/spot/mod.rs '^pub mod user;' "pub mod $module;"
insert src/operator/vendors.rs '^use std::' "use crate::vendors::spot::$module;"
within src/operator/vendors.rs 'Wired::of[(]spot::' '[.]wiring()' "            .with($module::registration())"
insert config/argocd/waves/kustomization.yaml '^    kind: EventSubscription' "    kind: $kind
  path: wave-5.yaml
- target:"
insert README.md '^[|] .*docs/kinds/eventsubscription.md' "| [\`$kind\`](docs/kinds/$lower.md) | does not work yet |"
insert tests/simulation/support/watched.rs 'Watched::of::<EventSubscription>' "    Watched::of::<$kind>(),"
insert tests/simulation/support/watched.rs '^use orgkeeper::engine::base' "use orgkeeper::api::spot::$kind;"

cat <<EOF
$kind is laid out. Now:

  cargo fmt && make generate
  src/vendors/spot/$module/mod.rs: what is still todo!(), and deletion; docs/architecture.md says what else a kind can be
  docs/kinds/$lower.md, the README's row and a sample in config/samples
  make test: its lists of kinds fail until they have it
EOF
