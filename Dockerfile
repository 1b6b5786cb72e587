# syntax=docker/dockerfile:1

# The images of orgkeeper and of the sandbox, for amd64 and arm64:
#
#   docker buildx build --target orgkeeper .
#   docker buildx build --target orgkeeper-sandbox .
#   docker buildx build --target programs --output type=local,dest=dist .
#
# One build makes both programs; the compiler runs on the builder's own architecture and builds for
# the target's, so nothing is emulated.
#
# Base images are named by tag. The provenance of a released image records the digests that the tags
# stood for, and Dependabot proposes newer tags.

ARG RUST_VERSION=1.95.0
ARG DEBIAN=bookworm
# The crates are in Cargo.lock, which the context has; the image of a program shows none of them.
ARG BUILDKIT_SBOM_SCAN_CONTEXT=true

FROM --platform=$BUILDPLATFORM docker.io/library/rust:${RUST_VERSION}-${DEBIAN} AS build
ARG RUST_VERSION
ARG TARGETARCH
# The toolchain of the image is the one of rust-toolchain.toml, which a test compares. Said here, so that
# rustup does not fetch the components that only developers need.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION} CARGO_TERM_COLOR=always

# The C compiler and libraries of the target: aws-lc is C, and so is what links. The image has those of
# its own architecture.
ARG BUILDARCH
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked <<EOF
set -eu
case $TARGETARCH in
    amd64) triple=x86_64-unknown-linux-gnu packages='gcc-x86-64-linux-gnu libc6-dev-amd64-cross' ;;
    arm64) triple=aarch64-unknown-linux-gnu packages='gcc-aarch64-linux-gnu libc6-dev-arm64-cross' ;;
    *) echo "no image for $TARGETARCH" >&2; exit 1 ;;
esac
if [ "$TARGETARCH" != "$BUILDARCH" ]; then
    rm -f /etc/apt/apt.conf.d/docker-clean
    apt-get update
    apt-get install --yes --no-install-recommends $packages
fi
rustup target add $triple
echo $triple >/triple
EOF
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CC_x86_64_unknown_linux_gnu=x86_64-linux-gnu-gcc \
    AR_x86_64_unknown_linux_gnu=x86_64-linux-gnu-ar \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc \
    AR_aarch64_unknown_linux_gnu=aarch64-linux-gnu-ar

WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY src src
# The caches hold crates and what was compiled of them; the programs are copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,id=target-${TARGETARCH},sharing=locked <<EOF
set -eu
triple=$(cat /triple)
cargo build --release --locked --bins --target $triple
install -D -t /programs target/$triple/release/orgkeeper target/$triple/release/orgkeeper-sandbox
EOF

# Only the programs, for a release's archives.
FROM scratch AS programs
COPY --from=build /programs/ /

# glibc, libgcc and certificates: no shell, no package manager, and nobody who is root.
FROM gcr.io/distroless/cc-debian12:nonroot AS base
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.revision=${REVISION} \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor=orgkeeper
# By number: Kubernetes cannot tell of a name that it is not root (runAsNonRoot).
USER 65532:65532

FROM base AS orgkeeper-sandbox
LABEL org.opencontainers.image.title=orgkeeper-sandbox \
      org.opencontainers.image.description="A stand-in for the administration API of Spot, with faults on demand"
COPY --from=build /programs/orgkeeper-sandbox /usr/local/bin/orgkeeper-sandbox
EXPOSE 8200
ENTRYPOINT ["/usr/local/bin/orgkeeper-sandbox"]
CMD ["--listen", "0.0.0.0:8200"]

# Last, so that it is what a build without --target makes.
FROM base AS orgkeeper
LABEL org.opencontainers.image.title=orgkeeper \
      org.opencontainers.image.description="A Kubernetes operator that keeps the administration of SaaS organizations in the state that YAML declares"
COPY --from=build /programs/orgkeeper /usr/local/bin/orgkeeper
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/orgkeeper"]
CMD ["run"]
