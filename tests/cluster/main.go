// Command cluster is a Kubernetes control plane for tests in one process: the
// real kube-apiserver with RBAC, etcd, and those controllers that tests notice.
//
// It prints one line of JSON on stdout once everything is ready, and ends with
// the process that started it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const startLimit = 2 * time.Minute

// options is what the command line says.
type options struct {
	data       string
	kubeconfig string
	parent     int
	assets     string
}

// ready is the line on stdout.
type ready struct {
	Kubeconfig string `json:"kubeconfig"`
	Server     string `json:"server"`
	Audit      string `json:"audit"`
	Version    string `json:"version"`
	Data       string `json:"data"`
	PID        int    `json:"pid"`
}

func main() {
	opts := options{assets: os.Getenv("KUBEBUILDER_ASSETS")}
	flag.StringVar(&opts.data, "data", "", "directory for data and logs (default: a temporary one, removed at the end)")
	flag.StringVar(&opts.kubeconfig, "kubeconfig", "", "where to write the administrator's kubeconfig (default: in the data directory)")
	flag.IntVar(&opts.parent, "parent", os.Getppid(), "end when this process, which must be the parent, has ended; 0: run until told to stop")
	flag.Parse()

	stderr := os.Stderr
	if err := run(opts, os.Stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(opts options, stdout, stderr io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx = withParent(ctx, opts.parent)

	dir, err := openDataDir(opts.data)
	if err != nil {
		return err
	}
	defer dir.close()
	logPath := filepath.Join(dir.path, "control-plane.log")
	if err := logTo(logPath); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			printTail(stderr, logPath)
		}
	}()

	begun := time.Now()
	progress := func(format string, args ...any) {
		fmt.Fprintf(stderr, "control plane: "+format+" (%.1f s)\n", append(args, time.Since(begun).Seconds())...)
	}
	startCtx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	credentials, err := newCredentials(filepath.Join(dir.path, "pki"))
	if err != nil {
		return err
	}
	progress("starting etcd")
	etcd, err := startEtcd(startCtx, opts.assets, dir.path)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer etcd.stop()

	progress("starting the API server")
	api, err := startAPIServer(ctx, startCtx, opts.assets, dir.path, etcd.url, credentials)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	defer api.stop()

	progress("starting the controllers")
	if err := startControllers(ctx, api.config(credentials.controllers), credentials.authority.certPEM); err != nil {
		return fmt.Errorf("controllers: %w", err)
	}
	admin := api.config(credentials.admin)
	version, err := waitForDefaults(startCtx, admin)
	if err != nil {
		return err
	}
	if opts.kubeconfig == "" {
		opts.kubeconfig = filepath.Join(dir.path, "admin.kubeconfig")
	}
	if opts.kubeconfig, err = filepath.Abs(opts.kubeconfig); err != nil {
		return err
	}
	if err := writeKubeconfig(opts.kubeconfig, admin); err != nil {
		return err
	}
	progress("Kubernetes %s is ready at %s", version, api.url)

	line := ready{
		Kubeconfig: opts.kubeconfig, Server: api.url, Audit: api.audit,
		Version: version, Data: dir.path, PID: os.Getpid(),
	}
	if err := json.NewEncoder(stdout).Encode(line); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-etcd.failed:
		return fmt.Errorf("etcd ended: %w", err)
	case err := <-api.failed:
		return fmt.Errorf("kube-apiserver ended: %w", err)
	}
}

// waitForDefaults returns once the default namespace has what every namespace
// gets, which also proves that the controllers work.
func waitForDefaults(ctx context.Context, config *rest.Config) (string, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", err
	}
	err = poll(ctx, func() error {
		if _, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", getOptions); err != nil {
			return err
		}
		if _, err := client.CoreV1().ConfigMaps("default").Get(ctx, "kube-root-ca.crt", getOptions); err != nil {
			return err
		}
		view, err := client.RbacV1().ClusterRoles().Get(ctx, "view", getOptions)
		if err == nil && len(view.Rules) == 0 {
			err = errors.New("the cluster role view is not aggregated yet")
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("the defaults of a new cluster: %w", err)
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return "", err
	}
	return version.GitVersion, nil
}

// logTo sends what the components log on stderr to a file, to the very end.
// Only Go's variable is replaced: a crash of the process reaches the real stderr.
func logTo(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	os.Stderr = file
	return nil
}

// printTail shows the end of a log whose directory is about to be removed.
func printTail(out io.Writer, path string) {
	const most = 4096
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	fmt.Fprintf(out, "--- the end of %s:\n%s\n---\n", path, data[max(0, len(data)-most):])
}
