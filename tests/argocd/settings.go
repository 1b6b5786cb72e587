package main

import (
	"context"
	"errors"
	"time"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/util/settings"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// overrides are what Argo CD reads from the ConfigMap of the kustomization in
// this directory, were it the one in its namespace.
func overrides(directory string) (resourceOverrides, error) {
	configMap, err := build(directory)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	// It reads its settings once this exists, too.
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Name: common.ArgoCDSecretName, Namespace: configMap.Namespace, Labels: configMap.Labels,
	}}
	clients := fake.NewClientset(configMap, secret)
	return settings.NewSettingsManager(ctx, clients, configMap.Namespace).GetResourceOverrides()
}

func build(directory string) (*corev1.ConfigMap, error) {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return nil, err
	}
	for _, resource := range built.Resources() {
		if resource.GetKind() == "ConfigMap" && resource.GetName() == common.ArgoCDConfigMapName {
			text, err := resource.AsYAML()
			if err != nil {
				return nil, err
			}
			var configMap corev1.ConfigMap
			return &configMap, yaml.UnmarshalStrict(text, &configMap)
		}
	}
	return nil, errors.New("it has no ConfigMap " + common.ArgoCDConfigMapName)
}
