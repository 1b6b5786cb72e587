# `make` lists what there is. Programs beside orgkeeper are built by mk/bin.mk.

SHELL         := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS     += --no-print-directory

CARGO ?= cargo
BEGUN := $(shell date +%s)
# Where cargo puts programs, and tools that it installs.
PROGRAMS = $(or $(CARGO_TARGET_DIR),target)/debug
TOOLS    = $(abspath .cache/cargo)
# What tests leave behind, to be searched for secrets.
CAPTURED = $(addprefix $(or $(CARGO_TARGET_DIR),target)/tmp/,captures canaries operator-logs)
GOFMT    = $(shell $(GO) env GOROOT)/bin/gofmt
# The one on PATH, else our own.
CARGO_DENY ?= $(or $(shell command -v cargo-deny 2>/dev/null),$(TOOLS)/bin/cargo-deny)

include mk/bin.mk

# Clippy and the tests use the same features, so that nothing is built twice.
FEATURES = --locked --all-features
# The simulation runs with optimisation, as storms do: it is all computing, and takes a fifth of the time so.
SIMULATION = $(FEATURES) --profile sim --test simulation
TESTS      = --lib --bins $(patsubst tests/%/main.rs,--test %,$(filter-out tests/simulation/%,$(wildcard tests/*/main.rs)))
ifdef CI
export CARGO_INCREMENTAL = 0
endif

.PHONY: help demo playground build generate kind test check fmt fmt-check lint test-unit test-rust sim test-sim test-canaries test-go test-demo deny clean

## demo: everything from nothing on this machine: see it keep a company, and repair it
## playground: the same, left running until Ctrl-C
demo playground: control-plane build
	@BEGUN=$(BEGUN) PROGRAMS=$(PROGRAMS) CLUSTER=$(BIN)/cluster KUBECTL=$(KUBECTL) hack/demo.sh $@

## build: build orgkeeper and the sandbox, for debugging
build:
	$(CARGO) build --locked --bins

## generate: write anew what is made from the kinds, and what the chart renders of it
generate: helm
	UPDATE=1 $(CARGO) test $(FEATURES) --test schema generated::what_is_generated_is_fresh
	UPDATE=1 HELM=$(HELM) $(CARGO) test $(FEATURES) --test chart -- golden::each_case values::the_table
	UPDATE=1 $(CARGO) test $(FEATURES) --test client coverage

## kind: lay out the files of a new kind, with VENDOR=spot KIND=CloudBudget, and PARENT=account where it is in accounts
kind:
	@hack/kind.sh '$(VENDOR)' '$(KIND)' $(PARENT)

## test: all that CI runs, with a summary
test:
	@MAKE='$(MAKE)' hack/test.sh fmt-check test-go lint test-rust test-sim test-canaries test-demo deny

## check: the quick part of it: format, clippy, unit tests
check:
	@MAKE='$(MAKE)' hack/test.sh fmt-check lint test-unit

## fmt: put Rust and Go into their form
fmt:
	$(CARGO) fmt
	$(GOFMT) -w tests

## fmt-check: fail unless they are in it
fmt-check:
	$(CARGO) fmt --check
	@wrong=$$($(GOFMT) -l tests) && [ -z "$$wrong" ] || { echo "gofmt would change: $$wrong" >&2; exit 1; }

## lint: clippy over everything; a warning is an error
lint:
	$(CARGO) clippy $(FEATURES) --all-targets -- -D warnings

## test-unit: the unit tests
test-unit:
	$(CARGO) test $(FEATURES) --lib

## test-rust: all tests of orgkeeper, those against the control plane included
test-rust: control-plane kstatus helm promcheck
	@rm -rf $(CAPTURED)
	@failed=0; set -x; \
	HELM=$(HELM) KUBECTL=$(KUBECTL) $(CARGO) test $(FEATURES) --no-fail-fast $(TESTS) -- --test-threads=4 || failed=1; \
	$(CARGO) test $(SIMULATION) || failed=1; \
	exit $$failed

## sim: storms over the engine, SEEDS=n of them from FROM=n on; with SEED=n one is replayed and shrunk; with PLANT=check or all, those that notice what is taken out; with VENDORS=spot or all, over Spot alone or both vendors together
sim:
	@CARGO='$(CARGO)' SEEDS='$(SEEDS)' FROM='$(FROM)' SEED='$(SEED)' SOURCES='$(SOURCES)' ALL_ON='$(ALL_ON)' PLANT='$(PLANT)' VENDORS='$(VENDORS)' hack/sim.sh

## test-sim: two hundred storms
test-sim:
	@$(MAKE) sim SEEDS=200 FROM=0 SEED= PLANT= VENDORS=

## test-canaries: search what test-rust has captured for the secrets that it used
test-canaries:
	hack/canaries.sh

## test-go: vet and test the Go programs that the tests use
test-go: control-plane kstatus promcheck
	@for module in $(patsubst %/go.mod,%,$(wildcard tests/*/go.mod)); do \
		echo "$$module" && $(GO) -C $$module vet ./... && $(GO) -C $$module test ./... || exit; \
	done

## test-demo: the demo with the programs that test-rust has built
test-demo: control-plane
	@PROGRAMS=$(PROGRAMS) CLUSTER=$(BIN)/cluster KUBECTL=$(KUBECTL) hack/demo.sh demo

## deny: licenses, banned crates and sources of what orgkeeper is built from
deny: $(CARGO_DENY)
	$(CARGO_DENY) --locked --all-features check bans licenses sources

$(TOOLS)/bin/cargo-deny:
	@echo "building cargo-deny (about three minutes, once)…"
	$(CARGO) install cargo-deny --version 0.20.2 --locked --root $(TOOLS)

## clean: remove all that was built
clean:
	$(CARGO) clean
	rm -rf .cache

## help: this list
help:
	@sed -n 's/^## \([a-z, -]*\): /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name text; do \
		printf '  make %-35s %s\n' "$$name" "$$text"; done
