#!/usr/bin/env bash
# What .github/workflows/release.yaml does besides building images.
#
#   hack/release.sh version TAG               checks that tag, program, chart and changes agree; prints version=…
#   hack/release.sh notes VERSION             prints what CHANGELOG.md says of the version
#   hack/release.sh chart VERSION REGISTRY    packages the chart, pushes and signs it
#   hack/release.sh files VERSION REGISTRY DIRECTORY
#                                             programs (out of the images), manifests and checksums
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'release: %s\n' "$*" >&2
    exit 1
}

# The first `version = "…"` of Cargo.toml is the package's.
program_version() { sed -n 's/^version = "\(.*\)"$/\1/p;' Cargo.toml | head -n 1; }

# chart_field NAME: version or appVersion, with or without quotes.
chart_field() { sed -n "s/^$1: *[\"']\{0,1\}\([^\"' ]*\).*/\1/p" charts/orgkeeper/Chart.yaml; }

notes() {
    local text
    text=$(awk -v wanted="$1" '
        /^## / { inside = ($2 == wanted || $2 == "[" wanted "]"); next }
        inside' CHANGELOG.md)
    [ -n "${text//[[:space:]]/}" ] || fail "CHANGELOG.md says nothing of $1"
    printf '%s\n' "$text"
}

version() {
    local tag=$1 program field
    program=$(program_version)
    [ "$tag" = "v$program" ] || fail "the tag is $tag, and Cargo.toml says $program"
    for field in version appVersion; do
        [ "$(chart_field "$field")" = "$program" ] ||
            fail "the chart's $field is $(chart_field "$field"), and Cargo.toml says $program"
    done
    notes "$program" >/dev/null
    printf 'version=%s\n' "$program"
}

chart() {
    local version=$1 registry=$2 dir pushed
    dir=$(mktemp -d)
    helm package charts/orgkeeper --destination "$dir"
    pushed=$(helm push "$dir/orgkeeper-$version.tgz" "oci://$registry/charts" 2>&1) || fail "$pushed"
    rm -rf "$dir"
    cosign sign --yes "$registry/charts/orgkeeper@$(sed -n 's/^Digest: //p' <<<"$pushed")"
}

# program NAME ARCH VERSION REGISTRY: the archive of the program that the image holds.
program() {
    local name=$1 arch=$2 version=$3 registry=$4 dir image container
    image=$registry/$name:$version
    dir=$(mktemp -d)
    docker pull --quiet --platform "linux/$arch" "$image" >&2
    container=$(docker create --platform "linux/$arch" "$image")
    docker cp "$container:/usr/local/bin/$name" "$dir/$name"
    docker rm "$container" >/dev/null
    tar --create --gzip --owner=0 --group=0 --directory="$dir" "$name"
    rm -rf "$dir"
}

files() {
    local version=$1 registry=$2 dir=$3 name arch
    mkdir -p "$dir"
    for name in orgkeeper orgkeeper-sandbox; do
        for arch in amd64 arm64; do
            program "$name" "$arch" "$version" "$registry" >"$dir/${name}_${version}_linux_$arch.tar.gz"
        done
    done
    kubectl kustomize crds >"$dir/orgkeeper-crds.yaml"
    (cd "$dir" && sha256sum -- * >SHA256SUMS)
}

case ${1:-} in
    version) version "${2:?TAG}" ;;
    notes) notes "${2:?VERSION}" ;;
    chart) chart "${2:?VERSION}" "${3:?REGISTRY}" ;;
    files) files "${2:?VERSION}" "${3:?REGISTRY}" "${4:?DIRECTORY}" ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
