package main

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/kubernetes/pkg/controller/namespace/deletion"
)

const (
	namespaceWorkers = 4
	// Longer than the API server needs to see that the namespace is terminating,
	// so that nothing is created behind the deletion's back.
	namespaceGrace = 250 * time.Millisecond
	// How long before a namespace is looked at again whose content remains.
	namespaceRetry = 500 * time.Millisecond
)

// startNamespaces deletes namespaces with the code of Kubernetes, but with a
// queue of its own: Kubernetes' waits five seconds before it looks, for the
// sake of replicated API servers, and eight more for each finalizer.
func startNamespaces(ctx context.Context, client account, shared informers.SharedInformerFactory) error {
	deleter := deletion.NewNamespacedResourcesDeleter(ctx, client.CoreV1().Namespaces(), client.objects,
		client.CoreV1(), client.Discovery().ServerPreferredNamespacedResources, corev1.FinalizerKubernetes)
	queue := workqueue.NewTypedDelayingQueue[string]()
	enqueue := func(object any) {
		if namespace, ok := object.(*corev1.Namespace); ok && namespace.DeletionTimestamp != nil {
			queue.AddAfter(namespace.Name, namespaceGrace)
		}
	}
	informer := shared.Core().V1().Namespaces().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, object any) { enqueue(object) },
	}); err != nil {
		return err
	}
	for range namespaceWorkers {
		go func() {
			for {
				name, stopped := queue.Get()
				if stopped {
					return
				}
				if err := deleter.Delete(ctx, name); err != nil {
					utilruntime.HandleErrorWithContext(ctx, err, "The namespace is not empty yet", "namespace", name)
					queue.AddAfter(name, namespaceRetry)
				}
				queue.Done(name)
			}
		}()
	}
	context.AfterFunc(ctx, queue.ShutDown)
	return nil
}
