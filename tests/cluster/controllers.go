package main

import (
	"context"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/scheme"
	policy "k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/validatingadmissionpolicystatus"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

const (
	// How soon the garbage collector and the type checker notice a new CRD.
	// Kubernetes itself takes up to thirty seconds.
	discoveryPeriod = 2 * time.Second
	workers         = 2
	// How long the collector waits for its first look at everything.
	collectorPatience = 30 * time.Second
)

// startControllers starts the controllers of Kubernetes whose work a test can
// notice: what deletes, what fills a new namespace, what aggregates roles, and
// what checks the types of admission policies. There are no nodes, so nothing
// that has to do with pods.
func startControllers(ctx context.Context, config *rest.Config, rootCA []byte) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	objects, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	shared := informers.NewSharedInformerFactory(client, 0)
	accounts, err := newAccounts(config)
	if err != nil {
		return err
	}

	if err := startNamespaces(ctx, accounts.namespace, shared); err != nil {
		return err
	}
	serviceAccounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx),
		shared.Core().V1().ServiceAccounts(), shared.Core().V1().Namespaces(), accounts.serviceAccount,
		serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	publisher, err := rootcacertpublisher.NewPublisher(
		shared.Core().V1().ConfigMaps(), shared.Core().V1().Namespaces(), accounts.rootCA, rootCA)
	if err != nil {
		return err
	}
	aggregation := clusterroleaggregation.NewClusterRoleAggregation(
		shared.Rbac().V1().ClusterRoles(), accounts.aggregation.RbacV1())

	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	policies, err := newPolicyStatus(accounts.policyStatus, mapper, shared)
	if err != nil {
		return err
	}
	// The collector resets its mapper whenever the resources change, which
	// serves the type checker as well.
	started := make(chan struct{})
	collector, err := garbagecollector.NewGarbageCollector(ctx, accounts.collector, accounts.collector.objects, mapper,
		garbagecollector.DefaultIgnoredResources(),
		informerfactory.NewInformerFactory(shared, metadatainformer.NewSharedInformerFactory(objects, 0)), started)
	if err != nil {
		return err
	}

	shared.Start(ctx.Done())
	close(started)
	go serviceAccounts.Run(ctx, workers)
	go publisher.Run(ctx, workers)
	go aggregation.Run(ctx, workers)
	go policies.Run(ctx, workers)
	go collector.Run(ctx, workers, collectorPatience)
	go collector.Sync(ctx, accounts.collector.Discovery(), discoveryPeriod)
	return nil
}

// newPolicyStatus makes the controller that warns, in the status of a
// ValidatingAdmissionPolicy, of expressions that do not fit the types.
func newPolicyStatus(client kubernetes.Interface, mapper *restmapper.DeferredDiscoveryRESTMapper, shared informers.SharedInformerFactory) (*validatingadmissionpolicystatus.Controller, error) {
	schemas := resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme.Scheme, apiextensions.Scheme).
		Combine(&resolver.ClientDiscoveryResolver{Discovery: client.Discovery()})
	return validatingadmissionpolicystatus.NewController(
		shared.Admissionregistration().V1().ValidatingAdmissionPolicies(),
		client.AdmissionregistrationV1().ValidatingAdmissionPolicies(),
		&policy.TypeChecker{SchemaResolver: schemas, RestMapper: mapper})
}
