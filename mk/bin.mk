# The programs that the tests need beside orgkeeper. Each is built once, into
# $(BIN), and again when a file of its module changes. They are built for this
# machine, so nothing here is part of a release.

BIN ?= .cache/bin
GO  ?= go

KUBERNETES_VERSION := $(shell sed -n 's/^\tk8s\.io\/kubernetes v//p' tests/cluster/go.mod)
kubernetes_words   := $(subst ., ,$(KUBERNETES_VERSION))
version_package    := k8s.io/component-base/version
# Without these the API server says that it is v0.0.0, and kubectl complains.
KUBERNETES_LDFLAGS := -s -w \
	-X $(version_package).gitVersion=v$(KUBERNETES_VERSION) \
	-X $(version_package).gitMajor=$(word 1,$(kubernetes_words)) \
	-X $(version_package).gitMinor=$(word 2,$(kubernetes_words))

# The kubectl to use: the one on PATH, else our own.
KUBECTL ?= $(or $(shell command -v kubectl 2>/dev/null),$(abspath $(BIN))/kubectl)

HELM_VERSION := $(shell sed -n 's/^\thelm\.sh\/helm\/v3 \(v[^ ]*\).*/\1/p' tests/helm/go.mod)
# The Kubernetes that Helm takes for granted where it asks none, as its own releases say it.
helm_kubernetes := $(shell sed -n 's/^\tk8s\.io\/client-go v0\.\([0-9]*\).*/\1/p' tests/helm/go.mod)
HELM_LDFLAGS := -s -w -X helm.sh/helm/v3/internal/version.version=$(HELM_VERSION) \
	$(foreach package,chartutil lint/rules,-X helm.sh/helm/v3/pkg/$(package).k8sVersionMajor=1 \
	-X helm.sh/helm/v3/pkg/$(package).k8sVersionMinor=$(helm_kubernetes))
# The helm to use: the one on PATH if it is a Helm 3 that knows what the chart's tests ask of it
# (3.14 or newer), else our own.
HELM ?= $(shell helm version --template '{{.Version}}' 2>/dev/null | grep -Eq '^v3\.(1[4-9]|[2-9][0-9])\.' \
	&& command -v helm || echo $(abspath $(BIN))/helm)

module_files = $(filter-out %_test.go,$(wildcard $(addprefix tests/$(1)/,*.go *.yaml go.mod go.sum)))

# $(call go_build,module,package,output,flags): prints a line for every hundred
# packages compiled, as long as anything is.
define go_build
	@command -v $(GO) >/dev/null || { echo "Go 1.26 or newer is needed to build $(3): https://go.dev/dl/" >&2; exit 1; }
	@mkdir -p $(BIN)
	@{ { $(GO) -C tests/$(1) build -v $(4) -o $(abspath $(BIN))/$(3) $(2) 2>&1; echo "exit $$?"; } \
		| awk -v name=$(3) '\
			/^exit /                      { code = $$2; next } \
			/^go: downloading /           { if (++fetched % 50 == 0) { print "  " name ": " fetched " modules fetched"; fflush() } next } \
			/^[a-z0-9.-]+(\/[^ :]+)*$$/   { if (++built % 100 == 0) { print "  " name ": " built " packages compiled"; fflush() } next } \
			                              { print; fflush() } \
			END                           { exit code }'; } && touch $(BIN)/$(3)
endef

.PHONY: control-plane kstatus helm argocd flux promcheck
.PHONY: test-control-plane test-kstatus test-argocd test-flux test-promtool

## control-plane: build the local control plane and, where it is missing, kubectl
control-plane: $(BIN)/cluster $(filter $(abspath $(BIN))/%,$(KUBECTL))

## kstatus: build the judge of object health that Flux uses
kstatus: $(BIN)/kstatus

## promcheck: build what judges metrics, queries and alerts as Prometheus does
promcheck: $(BIN)/promcheck

## helm: build Helm where there is no Helm 3 on the PATH
helm: $(filter $(abspath $(BIN))/%,$(HELM))

$(BIN)/cluster: $(call module_files,cluster)
	@echo "building the control plane (about five minutes the first time)…"
	$(call go_build,cluster,.,cluster,-ldflags "$(KUBERNETES_LDFLAGS)")

$(abspath $(BIN))/kubectl: tests/cluster/go.mod tests/cluster/go.sum
	@echo "building kubectl, as there is none on the PATH…"
	$(call go_build,cluster,k8s.io/kubernetes/cmd/kubectl,kubectl,-ldflags "$(KUBERNETES_LDFLAGS)")

$(BIN)/kstatus: $(call module_files,kstatus)
	@echo "building kstatus…"
	$(call go_build,kstatus,.,kstatus,-ldflags "-s -w")

$(abspath $(BIN))/helm: tests/helm/go.mod tests/helm/go.sum
	@echo "building helm, as there is no Helm 3 on the PATH…"
	$(call go_build,helm,helm.sh/helm/v3/cmd/helm,helm,-ldflags "$(HELM_LDFLAGS)")

## argocd: build the judge of object health that Argo CD is
argocd: $(BIN)/argocd

## flux: build the judge of object health that Flux is, and its controllers
flux: $(addprefix $(BIN)/,flux source-controller kustomize-controller flux-crds)

# Most of it is what one package of Argo CD's leads to.
$(BIN)/argocd: $(call module_files,argocd)
	@echo "building Argo CD's judge (about three minutes the first time)…"
	$(call go_build,argocd,.,argocd,-ldflags "-s -w")

$(BIN)/flux: $(call module_files,flux)
	@echo "building Flux's judge…"
	$(call go_build,flux,.,flux,-ldflags "-s -w")

$(BIN)/source-controller $(BIN)/kustomize-controller: $(BIN)/%-controller: tests/flux/go.mod tests/flux/go.sum
	@echo "building Flux's $*-controller (about three minutes the first time)…"
	$(call go_build,flux,github.com/fluxcd/$*-controller,$*-controller,-ldflags "-s -w")

# They come from where Go keeps the controllers' sources.
$(BIN)/flux-crds: tests/flux/go.mod | $(BIN)/source-controller $(BIN)/kustomize-controller
	@rm -rf $@ && mkdir -p $@
	@for controller in source-controller kustomize-controller; do \
		cp "$$($(GO) -C tests/flux list -m -f '{{.Dir}}' github.com/fluxcd/$$controller)"/config/crd/bases/*.yaml $@ || exit; \
	done

# The tests in Rust ask all of them, and those in Go build from the same modules.
test-rust test-go: argocd flux

$(BIN)/promcheck: $(call module_files,promtool)
	@echo "building promcheck (about a minute the first time)…"
	$(call go_build,promtool,.,promcheck,-ldflags "-s -w")

## test-control-plane, test-kstatus, test-argocd, test-flux, test-promtool: the Go tests of these programs
test-control-plane test-kstatus test-argocd test-flux test-promtool: test-%:
	$(GO) -C tests/$(if $(filter control-plane,$*),cluster,$*) test ./...
