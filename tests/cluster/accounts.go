package main

import (
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// accounts are the controllers as admission and RBAC see them: under the names,
// and with the roles, that they have in a real cluster.
type accounts struct {
	namespace, serviceAccount, rootCA, aggregation, policyStatus, collector account
}

// account is a client of one controller.
type account struct {
	kubernetes.Interface
	objects metadata.Interface
}

func newAccounts(config *rest.Config) (*accounts, error) {
	var made accounts
	for name, client := range map[string]*account{
		"namespace-controller":                        &made.namespace,
		"service-account-controller":                  &made.serviceAccount,
		"root-ca-cert-publisher":                      &made.rootCA,
		"clusterrole-aggregation-controller":          &made.aggregation,
		"validatingadmissionpolicy-status-controller": &made.policyStatus,
		"generic-garbage-collector":                   &made.collector,
	} {
		own := rest.CopyConfig(config)
		own.Impersonate.UserName = "system:serviceaccount:kube-system:" + name
		var err error
		if client.Interface, err = kubernetes.NewForConfig(own); err != nil {
			return nil, err
		}
		if client.objects, err = metadata.NewForConfig(own); err != nil {
			return nil, err
		}
	}
	return &made, nil
}
