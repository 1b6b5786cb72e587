package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/health"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// resourceOverrides is what the settings say of kinds.
type resourceOverrides map[string]v1alpha1.ResourceOverride

// verdict is one line on stdout.
type verdict struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

// health is what the interface shows, and what a sync waits for.
func (overrides resourceOverrides) health(object *unstructured.Unstructured) (any, error) {
	result, err := health.GetResourceHealth(object, lua.ResourceHealthOverrides(overrides))
	if err != nil {
		return nil, err
	}
	line := verdict{Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName()}
	// Without a word on a kind, it does not count.
	if result != nil {
		line.Status, line.Message = string(result.Status), result.Message
	}
	return line, nil
}

// actions are those that a person can choose on the object.
func (overrides resourceOverrides) actions(object *unstructured.Unstructured) (any, error) {
	vm := lua.VM{ResourceOverrides: overrides}
	scripts, err := vm.GetResourceActionDiscovery(object)
	if err != nil {
		return nil, err
	}
	actions, err := vm.ExecuteResourceActionDiscovery(object, scripts)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(actions, func(one, other v1alpha1.ResourceAction) int { return strings.Compare(one.Name, other.Name) })
	return actions, nil
}

// act returns what an action would have done to objects.
func (overrides resourceOverrides) act(object *unstructured.Unstructured, name string) (any, error) {
	vm := lua.VM{ResourceOverrides: overrides}
	action, err := vm.GetResourceAction(object, name)
	if err != nil {
		return nil, err
	}
	return vm.ExecuteResourceAction(object, action.ActionLua, nil)
}

// differs says whether the object is out of sync with what was last applied.
func (overrides resourceOverrides) differs(object *unstructured.Unstructured) (any, error) {
	applied, found := object.GetAnnotations()[corev1.LastAppliedConfigAnnotation]
	if !found {
		return nil, errors.New("it does not say what was applied")
	}
	var declared unstructured.Unstructured
	if err := declared.UnmarshalJSON([]byte(applied)); err != nil {
		return nil, err
	}
	config, err := diff.NewDiffConfigBuilder().
		WithDiffSettings(nil, overrides, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(common.LabelKeyAppInstance, string(v1alpha1.TrackingMethodAnnotation)).
		WithNoCache().
		Build()
	if err != nil {
		return nil, err
	}
	result, err := diff.StateDiff(object, &declared, config)
	return result.Modified, err
}
