package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/engine"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// verdict is one line on stdout.
type verdict struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

// healthChecks are those of the first Kustomization that is built from the
// directory and has any.
func healthChecks(directory string) ([]kustomize.CustomHealthCheck, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return nil, err
	}
	for _, resource := range built.Resources() {
		if resource.GetKind() != kustomizev1.KustomizationKind {
			continue
		}
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		var kustomization kustomizev1.Kustomization
		if err := yaml.UnmarshalStrict(text, &kustomization); err != nil {
			return nil, err
		}
		if checks := kustomization.Spec.HealthCheckExprs; len(checks) > 0 {
			return checks, nil
		}
	}
	return nil, errors.New("no Kustomization has health checks")
}

// readers judge objects, the first that supports a kind. They are those that the
// controller asks, less the ones for built-in kinds.
func readers(ctx context.Context, checks []kustomize.CustomHealthCheck) ([]engine.StatusReader, error) {
	constructors, err := cel.PollerWithCustomHealthChecks(ctx, checks)
	if err != nil {
		return nil, err
	}
	var readers []engine.StatusReader
	// Nothing is read, so there is nothing to map.
	for _, construct := range constructors {
		readers = append(readers, construct(nil))
	}
	return append(readers, statusreaders.NewGenericStatusReader(nil, status.Compute)), nil
}

func judge(ctx context.Context, checks []kustomize.CustomHealthCheck, in io.Reader, out io.Writer) error {
	readers, err := readers(ctx, checks)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	return eachObject(in, func(object *unstructured.Unstructured) error {
		for _, reader := range readers {
			if !reader.Supports(object.GroupVersionKind().GroupKind()) {
				continue
			}
			result, err := reader.ReadStatusForObject(ctx, nil, object)
			if err != nil {
				return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
			}
			line := verdict{
				Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName(),
				Status: result.Status.String(), Message: result.Message,
			}
			if result.Error != nil {
				line.Message = result.Error.Error()
			}
			return encoder.Encode(line)
		}
		return fmt.Errorf("nobody judges %s", object.GetKind())
	})
}

// eachObject reads objects until the end, those of a List one by one.
func eachObject(in io.Reader, visit func(*unstructured.Unstructured) error) error {
	decoder := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		switch err := decoder.Decode(&raw); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		// Its own way to read JSON, which keeps whole numbers whole.
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(raw); err != nil {
			return err
		}
		each := func() error { return visit(&object) }
		if object.IsList() {
			each = func() error {
				return object.EachListItem(func(item runtime.Object) error { return visit(item.(*unstructured.Unstructured)) })
			}
		}
		if err := each(); err != nil {
			return err
		}
	}
}
