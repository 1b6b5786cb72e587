#!/usr/bin/env bash
# Lays out a new kind of a vendor's: its type, its folder and its page from hack/kind, and a line wherever it has to be
# named by hand in the program and on pages. It compiles, and asks nothing of the vendor: what it does there is for you
# to write. PARENT is what its objects are in: organization, unless said otherwise, or account.
#
#   hack/kind.sh spot CloudBudget account
#
# With ROOT=directory it does so there, and not here.
set -euo pipefail
templates=$(cd "$(dirname "$0")/kind" && pwd)
cd "${ROOT:-$(dirname "$0")/..}"

fail() { printf '%s\n' "$1" >&2; exit 1; }

vendor=${1:-} kind=${2:-} parent=${3:-organization}
# The templates are Spot's: another vendor has other sessions, and names of its own.
[ "$vendor" = spot ] || fail "VENDOR=spot is the only vendor whose kinds can be laid out"
[[ $kind =~ ^([A-Z][a-z0-9]+)+$ ]] || fail "KIND=CloudBudget: words with a capital each"
# What the templates call it, and the list of src/api/spot/kinds.rs that it is in.
case $parent in
organization) template=Plain list=IN_ORGANIZATIONS ;;
account) template=Scoped list=IN_ACCOUNTS ;;
*) fail "PARENT=organization or PARENT=account: what its objects are in" ;;
esac

words=$(sed 's/[A-Z]/ &/g; s/^ //' <<<"$kind" | tr '[:upper:]' '[:lower:]')
module=${words// /_} const=$(tr '[:lower:] ' '[:upper:]_' <<<"$words") lower=${words// /}
case $lower in
*s | *x | *ch) ending=es ;;
*[!aeiou]y) ending=ies ;;
*) ending=s ;;
esac
pluralized() { [ "$ending" = ies ] && printf '%s' "${1%y}ies" || printf '%s' "$1$ending"; }

[ ! -e "src/api/spot/$module.rs" ] && [ ! -e "src/vendors/spot/$module" ] || fail "there is a $kind already"

case $words in [aeiou]*) article=n ;; *) article= ;; esac

made=() changed=()

# from TEMPLATE FILE
from() {
    local upper=${template^^} lower_template=${template,,}
    mkdir -p "$(dirname "$2")"
    sed "s/${template}Kinds/$(pluralized "$kind")/g; s/${template}Kind/$kind/g; s/${upper}_KIND/$const/g
        s/${lower_template}kinds/$(pluralized "$lower")/g; s/${lower_template}kind/$lower/g
        s/\\b\([Aa]\) $lower_template kind/\1$article $words/g; s/$lower_template kind/$words/g
        s/spshort/sp${lower:0:4}/g" "$templates/$parent/$1" >"$2"
    made+=("$2")
}

# renewed FILE: FILE.new has its text.
renewed() {
    cat "$1.new" >"$1"
    rm "$1.new"
    case " ${changed[*]-} " in *" $1 "*) ;; *) changed+=("$1") ;; esac
}

# insert FILE PATTERN LINES: before the last line that has the pattern.
insert() {
    grep -q "$2" "$1" || fail "$1 has no line $2"
    LINES_TO_ADD=$3 awk -v pattern="$2" '
        { line[NR] = $0 } $0 ~ pattern { last = NR }
        END { for (i = 1; i <= NR; i++) { if (i == last) print ENVIRON["LINES_TO_ADD"]; print line[i] } }
    ' "$1" >"$1.new"
    renewed "$1"
}

# within FILE FIRST PATTERN LINES: the same, before the first such line after one that has FIRST.
within() {
    grep -q "$2" "$1" || fail "$1 has no line $2"
    LINES_TO_ADD=$4 awk -v first="$2" -v pattern="$3" '
        state == 1 && $0 ~ pattern { print ENVIRON["LINES_TO_ADD"]; state = 2 }
        state == 0 && $0 ~ first { state = 1 }
        { print }
    ' "$1" >"$1.new"
    renewed "$1"
}

# listed FILE NAME ITEM: as the last of the list that is called so.
listed() {
    grep -q "const $2:" "$1" || fail "$1 has no list $2"
    ITEM=$3 awk -v name="const $2:" '
        index($0, name) { state = 1 }
        state == 1 && /\];/ {
            if (/^\];/) print "    " ENVIRON["ITEM"] ","
            else sub(/\];/, ", " ENVIRON["ITEM"] "];")
            state = 2
        }
        { print }
    ' "$1" >"$1.new"
    renewed "$1"
}

from api.rs "src/api/spot/$module.rs"
from vendor.rs "src/vendors/spot/$module/mod.rs"
from page.md "docs/kinds/$lower.md"

insert src/api/spot/mod.rs '^mod user;' "mod $module;"
insert src/api/spot/mod.rs '^pub use user::' "pub use $module::{$kind, ${kind}Spec};"
insert src/api/spot/kinds.rs '^/// Those of the templates' "/// \`$kind\`.
pub const $const: KindRef = KindRef::bare(GROUP, \"$kind\");
"
listed src/api/spot/kinds.rs "$list" "$const"
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
$kind is laid out.

made:
$(printf '  %s\n' "${made[@]}")
changed:
$(printf '  %s\n' "${changed[@]}")

Now:

  cargo fmt && make generate
  src/vendors/spot/$module/mod.rs: what nobody has written, and deletion; docs/development/kind.md goes through a kind
  docs/kinds/$lower.md, the README's row and a sample in config/samples
  src/sandbox/spot/$module, so that there is a vendor to try it on
  make test: its lists of kinds fail until they have it
EOF
