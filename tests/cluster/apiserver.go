package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

const (
	host = "127.0.0.1"
	// How often another port is tried for an executable that found its own taken.
	portAttempts = 5
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// apiServer is the API server with what is needed to reach it.
type apiServer struct {
	server
	audit     string
	authority []byte
}

// config is how a client with this identity connects, without a rate limit.
func (s *apiServer) config(identity pair) *rest.Config {
	return &rest.Config{
		Host: s.url, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{
			CAData: s.authority, CertData: identity.certPEM, KeyData: identity.keyPEM,
		},
	}
}

// startAPIServer returns once /readyz is ok, which includes RBAC's own roles.
// The server lives as long as ctx; startCtx limits only the start.
func startAPIServer(ctx, startCtx context.Context, assets, dir, etcd string, made *credentials) (*apiServer, error) {
	policy := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, auditPolicy, 0o600); err != nil {
		return nil, err
	}
	audit := filepath.Join(dir, "audit.log")
	var err error
	for range portAttempts {
		var listener net.Listener
		if listener, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return nil, err
		}
		port := listener.Addr().(*net.TCPAddr).Port
		flags := apiServerFlags(port, etcd, policy, audit, made)
		api := &apiServer{audit: audit, authority: made.authority.certPEM}
		api.url = fmt.Sprintf("https://%s:%d", host, port)

		if assets == "" {
			api.failed, api.stop, err = embedAPIServer(ctx, listener, flags)
		} else {
			err = api.exec(listener, filepath.Join(assets, "kube-apiserver"), dir, flags)
		}
		if err != nil {
			return nil, err
		}
		if err = api.waitUntilReady(startCtx, made.admin); err == nil {
			return api, nil
		}
		api.stop()
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, err
}

func apiServerFlags(port int, etcd, policy, audit string, made *credentials) []string {
	return []string{
		"--etcd-servers=" + etcd,
		"--bind-address=" + host,
		fmt.Sprintf("--secure-port=%d", port),
		"--advertise-address=" + host,
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--client-ca-file=" + made.authorityFile,
		"--tls-cert-file=" + made.servingCert,
		"--tls-private-key-file=" + made.servingKey,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + made.serviceAccount,
		"--service-account-signing-key-file=" + made.serviceAccount,
		"--audit-policy-file=" + policy,
		"--audit-log-path=" + audit,
		// In megabytes: a rotated log would lose entries for those who read it.
		"--audit-log-maxsize=100000",
		"--enable-priority-and-fairness=false",
		"--profiling=false",
	}
}

// embedAPIServer hands over the open listener: between the choice of a port and
// its use nobody can take it.
func embedAPIServer(ctx context.Context, listener net.Listener, args []string) (<-chan error, func(), error) {
	opts := apiserver.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	for _, set := range opts.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	opts.SecureServing.Listener = listener
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	if err := opts.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, nil, err
	}
	completed, err := opts.Complete(ctx)
	if err != nil {
		return nil, nil, err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return nil, nil, utilerrors.NewAggregate(errs)
	}
	failed := make(chan error, 1)
	go func() { failed <- app.Run(ctx, completed) }()
	return failed, func() {}, nil
}

var errPortTaken = errors.New("the port was taken by another process")

// exec starts an executable, which opens the port itself.
func (s *apiServer) exec(listener net.Listener, executable, dir string, flags []string) error {
	if err := listener.Close(); err != nil {
		return err
	}
	logs := filepath.Join(dir, "kube-apiserver.log")
	process, err := startProcess(executable, logs, flags)
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() {
		err := <-process.ended
		if strings.Contains(process.tail(), "address already in use") {
			err = errPortTaken
		}
		failed <- err
	}()
	s.failed, s.stop = failed, process.kill
	return nil
}

func (s *apiServer) waitUntilReady(ctx context.Context, identity pair) error {
	client, err := kubernetes.NewForConfig(s.config(identity))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answered := make(chan error, 1)
	go func() {
		answered <- poll(ctx, func() error {
			_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
			return err
		})
	}()
	select {
	case err := <-s.failed:
		if err == nil {
			err = errors.New("it ended before it was ready")
		}
		return err
	case err := <-answered:
		return err
	}
}
