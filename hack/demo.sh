#!/usr/bin/env bash
# orgkeeper on this machine alone: a real Kubernetes API server, a sandbox that stands in for Spot,
# and the operator between them with the rights of its shipped roles.
#
#   hack/demo.sh demo         shows what it does, and ends
#   hack/demo.sh playground   leaves it running until Ctrl-C
#
# `make demo` and `make playground` build what is needed and then run this. Everything it starts
# ends with it, and nothing of it touches another cluster or ~/.kube.
set -euo pipefail
cd "$(dirname "$0")/.."

mode=${1:?demo or playground}
programs=${PROGRAMS:-target/debug}
cluster=${CLUSTER:-.cache/bin/cluster}
kubectl=${KUBECTL:-kubectl}
begun=${BEGUN:-$(date +%s)}

readonly token=sandbox-token organization=606079812345  # as config/samples has them
readonly samples_endpoint=http://127.0.0.1:8200
readonly installation=orgkeeper-system

dir=$(mktemp -d)
export KUBECONFIG=$dir/kubeconfig KUBECACHEDIR=$dir/kube-cache
# What runs here is not reached through a proxy.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy=$NO_PROXY

# --- telling -------------------------------------------------------------------------------------

current=''
step() {
    current=$*
    printf '\n[%4d s] %s\n' "$(($(date +%s) - begun))" "$current"
}
note() { printf '         %s\n' "$*"; }
indented() { sed 's/^/         /'; }

# show COMMAND…: the command as a person would type it, then what it prints.
show() {
    local word line="\$ ${1##*/}"
    for word in "${@:2}"; do
        case $word in
            *[!a-zA-Z0-9_./:=,-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    note "$line"
    "$@" | indented
}

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

# --- processes -----------------------------------------------------------------------------------

# The programs read from this pipe, whose one writer is this shell: however it ends, they end too.
mkfifo "$dir/alive"
exec 9<>"$dir/alive"

names=() pids=()

# start NAME COMMAND…: in the background, in a process group of its own, as Ctrl-C is answered here.
start() {
    local name=$1
    shift
    set -m
    "$@" <"$dir/alive" >"$dir/$name.out" 2>"$dir/$name.log" 9>&- &
    set +m
    names+=("$name") pids+=($!)
}

# Ends what was started last first, so that the operator can still give its Lease back.
stop_all() {
    local i tries
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill -TERM "${pids[i]}" 2>/dev/null || continue
        for ((tries = 0; tries < 150; tries++)); do
            kill -0 "${pids[i]}" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL "${pids[i]}" 2>/dev/null || true
        wait "${pids[i]}" 2>/dev/null || true
    done
}

show_logs() {
    local log
    "$kubectl" --request-timeout=5s get spot --all-namespaces -o wide 2>/dev/null || true
    [ -f "$dir/cluster/control-plane.log" ] && cp "$dir/cluster/control-plane.log" "$dir/"
    for log in "$dir"/*.log; do
        [ -s "$log" ] || continue
        printf -- '--- the end of %s:\n' "$log"
        tail -n 15 "$log"
    done
    printf -- '---\nThe logs are in %s\n' "$dir"
}

finish() {
    local code=$?
    trap - EXIT
    trap '' INT TERM HUP
    case $code in
        0 | 129 | 130 | 143) stop_all && rm -rf "$dir" ;;
        *)
            printf '\nFAILED at: %s\n' "$current" >&2
            show_logs >&2
            stop_all
            rm -rf "$dir/cluster" "$dir/alive" "$dir/kube-cache"
            ;;
    esac
    exit "$code"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

check_alive() {
    local i
    for ((i = 0; i < ${#pids[@]}; i++)); do
        kill -0 "${pids[i]}" 2>/dev/null || fail "${names[i]} has ended"
    done
}

# await SECONDS WHAT COMMAND…: until the command succeeds; fails at the limit.
await() {
    local limit=$1 what=$2 from=$SECONDS told=$SECONDS
    shift 2
    until "$@" >/dev/null 2>&1; do
        check_alive
        ((SECONDS - from < limit)) || fail "not within $limit s: $what"
        if ((SECONDS - told >= 5)); then
            told=$SECONDS
            note "waiting until $what ($((SECONDS - from)) s)…"
        fi
        sleep 0.1
    done
}

# meets CONDITION OBJECT…: for `await`, which looks between two of them whether all programs live.
meets() { "$kubectl" wait --for="condition=$1" --timeout=2s "${@:2}"; }

# --- the vendor ----------------------------------------------------------------------------------

# http ADDRESS METHOD PATH [BODY]: the answer's body; fails unless it is a 200. Plain bash, as curl
# need not be there.
http() {
    local address=$1 method=$2 path=$3 body=${4-} status='' line answer=''
    {
        printf '%s %s HTTP/1.0\r\nHost: %s\r\nAuthorization: Bearer %s\r\n' \
            "$method" "$path" "$address" "${bearer:-$token}" >&8
        printf 'Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#body}" "$body" >&8
        read -r -t 10 _ status _ <&8 || return 1
        while IFS= read -r -t 10 line <&8 && [ "$line" != $'\r' ]; do :; done
        IFS= read -r -t 10 -d '' answer <&8 || true
    } 8<>"/dev/tcp/${address%:*}/${address#*:}"
    printf '%s\n' "$answer"
    [ "$status" = 200 ]
}

vendor() { http "${sandbox#http://}" "$@"; }

# vendor_name ID: the account's name at the vendor.
vendor_name() { vendor GET "/setup/account/$1" | sed -n 's/.*"name":"\([^"]*\)".*/\1/p'; }
vendor_name_is() { [ "$(vendor_name "$1")" = "$2" ]; }

# rename_by_hand ID NAME: as a person in the vendor's console does it.
rename_by_hand() { vendor PATCH "/_sandbox/accounts/$1" "{\"name\":\"$2\"}" >/dev/null; }

# address NAME: what a program printed that it listens on.
address() { sed -n 's/^listening on \(http:.*\)$/\1/p' "$dir/$1.out"; }
listens() { [ -n "$(address "$1")" ]; }

# --- the installation ----------------------------------------------------------------------------

start_control_plane() {
    step 'A control plane: the real kube-apiserver and etcd, on this machine alone'
    start cluster "$cluster" --data "$dir/cluster" --kubeconfig "$KUBECONFIG"
    await 150 'the API server is ready' test -s "$dir/cluster.out"
    note "$(sed -n 's/.*"server":"\([^"]*\)".*"version":"\([^"]*\)".*/Kubernetes \2 at \1/p' "$dir/cluster.out")"
}

start_sandbox() {
    step 'The sandbox: stands in for the vendor, Spot by Flexera'
    start sandbox "$programs/orgkeeper-sandbox" --listen 127.0.0.1:0 --contract production \
        --token "$token" --organization "$organization" --any-resource --exit-with-stdin
    await 20 'the sandbox listens' listens sandbox
    sandbox=$(address sandbox)
    note "Spot's API at $sandbox, with organization $organization"
}

install() {
    step 'The kinds, the roles, and what asks before something is deleted at the vendor'
    show "$kubectl" apply -k crds
    # That a definition is established says nothing of whether requests of the kind are answered yet.
    await 60 'the kinds are served' "$kubectl" get --all-namespaces "$(IFS=, && printf '%s' "${kinds[*]}")"
    "$kubectl" create namespace "$installation" | indented
    show "$kubectl" apply -k config/rbac
    show "$kubectl" apply -k config/roles
    show "$kubectl" apply -k config/admission
}

# The operator's kubeconfig: the same cluster, as the service account and nobody else.
operator_kubeconfig() {
    local config=$dir/operator.kubeconfig user
    user=$("$kubectl" config view -o jsonpath='{.users[0].name}')
    "$kubectl" config view --raw --flatten >"$config"
    {
        "$kubectl" --kubeconfig "$config" config unset "users.$user"
        "$kubectl" --kubeconfig "$config" config set-credentials orgkeeper \
            --token "$("$kubectl" -n "$installation" create token orgkeeper --duration 24h)"
        "$kubectl" --kubeconfig "$config" config set-context --current --user orgkeeper
    } >/dev/null
    printf '%s\n' "$config"
}

operator_is_ready() { http "${operator#http://}" GET /readyz; }

start_operator() {
    step "The operator: as service account $installation/orgkeeper, with the rights of config/rbac"
    NO_COLOR=1 start operator "$programs/orgkeeper" run --kubeconfig "$(operator_kubeconfig)" --namespace "$installation" \
        --allowed-endpoints "$sandbox" --listen 127.0.0.1:0 --exit-with-stdin
    await 30 'the operator listens' listens operator
    operator=$(address operator)
    await 60 'the operator is ready' operator_is_ready
    note "ready; health and metrics at $operator"
}

# The kinds, as `kubectl get` names them.
# begin kinds (make generate): shell spot
readonly kinds=(spotorganizations spotaccounts accesspolicies spotusergroups spotusers cloudcredentials eventsubscriptions notificationpolicies)
# end kinds

apply_samples() {
    local kind
    step "config/samples: a company of four teams, in as many namespaces, with the sandbox's address"
    "$kubectl" kustomize config/samples | sed "s|$samples_endpoint|$sandbox|" >"$dir/samples.yaml"
    grep -q "endpoint: $sandbox" "$dir/samples.yaml" || fail "config/samples has no endpoint $samples_endpoint"
    "$kubectl" apply -f "$dir/samples.yaml" | indented
    for kind in "${kinds[@]}"; do
        await 60 "the $kind are Ready" meets Ready --all-namespaces --all "$kind"
    done
    show "$kubectl" get spot --all-namespaces
}

# --- the demo ------------------------------------------------------------------------------------

# id_of NAMESPACE KIND/NAME
id_of() { "$kubectl" -n "$1" get "$2" -o 'jsonpath={.status.id}'; }

# look_now: a resync comes every five minutes, and this asks for one at once.
look_now() {
    note 'The operator looks at the vendor every five minutes (spec.resyncInterval). Asking it to look now:'
    show "$kubectl" -n platform annotate --overwrite spotorganization acme \
        "orgkeeper.dev/reconcile-requested-at=$1"
}

event_of() { "$kubectl" -n "$1" get events --field-selector "involvedObject.name=$2,reason=$3" -o name | grep -q .; }

drift_of() { "$kubectl" -n "$1" get "$2" -o 'jsonpath={.status.drift}' | grep -q path; }

# token_works: the machine user looks at an account with the token of its Secret.
token_works() {
    local id bearer
    step "The machine user's token: the vendor showed it once, and it waits in the Secret platform/ci-token"
    id=$(id_of platform spotaccount/shared-services)
    bearer=$("$kubectl" -n platform get secret ci-token -o 'jsonpath={.data.token}' | base64 -d)
    vendor GET "/setup/account/$id" >/dev/null || fail 'the vendor does not accept the token'
    note "the vendor accepts it: account $id is shown to the machine user"
}

correct_drift() {
    local id name=payments-staging
    id=$(id_of payments "spotaccount/$name")
    step "Drift that is put back: somebody renames $id in the vendor's console"
    rename_by_hand "$id" 'renamed by hand'
    note "at the vendor: $(vendor_name "$id")"
    look_now first
    await 60 "$id has its name again" vendor_name_is "$id" "$name"
    note "at the vendor: $(vendor_name "$id")"
    await 30 'there is an event' event_of payments "$name" DriftCorrected
    show "$kubectl" -n payments get events --field-selector "involvedObject.name=$name,reason=DriftCorrected" \
        -o 'custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message'
    note 'status.drift keeps what was put back until a list of the vendor shows that it is gone:'
    await 30 'status names it' drift_of payments "spotaccount/$name"
    show "$kubectl" -n payments get spotaccount "$name" -o 'jsonpath={.status.drift}{"\n"}'
}

widen_by_hand() {
    vendor PATCH "/_sandbox/policies/$1" \
        '{"statements":[{"effect":"ALLOW","actions":["*"],"resources":["*"]}]}' >/dev/null
}

correct_policy() {
    local id name=cluster-operator
    id=$(id_of platform "accesspolicy/$name")
    step "A policy is put back: somebody has $id allow everything, in the console"
    widen_by_hand "$id"
    look_now second
    await 60 'there is an event' event_of platform "$name" DriftCorrected
    show "$kubectl" -n platform get events --field-selector "involvedObject.name=$name,reason=DriftCorrected" \
        -o 'custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message'
}

report_drift() {
    local id name=experiments
    id=$(id_of platform "spotaccount/$name")
    step "Drift that is only reported (driftPolicy: Report): somebody renames $id too"
    rename_by_hand "$id" 'an experiment'
    look_now third
    await 60 'status tells of it' meets Drifted -n platform "spotaccount/$name"
    show "$kubectl" -n platform get spotaccount "$name" -o 'jsonpath={.status.drift}{"\n"}'
    vendor_name_is "$id" 'an experiment' || fail "$id was renamed at the vendor, though its driftPolicy is Report"
    note "at the vendor, left as it is: $(vendor_name "$id")"
}

play() {
    step 'It runs, until Ctrl-C. In another terminal:'
    cat <<EOF

    export KUBECONFIG=$KUBECONFIG
    alias kubectl=$kubectl

    kubectl get spot -A -o wide
    kubectl -n payments describe spotaccount payments-prod
    kubectl -n payments describe eventsubscription roll-failed
    kubectl -n platform get secret ci-token -o jsonpath='{.data.token}' | base64 -d
    kubectl -n platform annotate --overwrite spotuser ci orgkeeper.dev/rotate-requested-at="\$(date)"
    kubectl -n payments patch spotaccount payments-staging --type merge -p '{"spec":{"name":"payments-test"}}'
    kubectl -n platform annotate --overwrite spotorganization acme orgkeeper.dev/reconcile-requested-at="\$(date)"

    # the vendor: what its API shows, and what a person does in its console
    kubectl -n platform get secret spot-token -o jsonpath='{.data.token}' | base64 -d | sed 's/^/Authorization: Bearer /' | curl -s -H @- $sandbox/setup/account
    curl -s -X POST $sandbox/_sandbox/accounts -d '{"name":"made by hand"}'
    curl -s -X PATCH $sandbox/_sandbox/accounts/$(id_of platform spotaccount/shared-services) -d '{"name":"renamed by hand"}'
    curl -s $sandbox/_sandbox/requests

    # the operator
    curl -s $operator/metrics
    tail -f $dir/operator.log

docs/sandbox.md tells what else the sandbox can do, and docs/kinds what the manifests can say.
EOF
    while :; do
        check_alive
        sleep 1
    done
}

case $mode in demo | playground) ;; *) fail "there is no mode $mode" ;; esac
start_control_plane
start_sandbox
install
start_operator
apply_samples
if [ "$mode" = playground ]; then
    # Ctrl-C is how it ends.
    trap 'exit 0' INT TERM HUP
    play
fi
token_works
correct_drift
correct_policy
report_drift
step 'Done; everything is stopped and removed. `make playground` leaves it running.'
