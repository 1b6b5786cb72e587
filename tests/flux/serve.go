package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// settings is where the controllers work.
type settings struct {
	// kubeconfig says in which cluster, and as whom.
	kubeconfig string
	// namespace is the only one in which they see objects of Flux.
	namespace string
	// repositories is the directory of the Git repositories to serve.
	repositories string
	// data is the directory for what they store, and for their logs.
	data string
}

// serve runs both controllers of which Kustomizations have need, and a server of
// Git repositories. It prints the address of that once all are started, and ends
// when stdin does or when one of them has.
func serve(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("flux run", flag.ContinueOnError)
	flags.StringVar(&s.kubeconfig, "kubeconfig", "", "the cluster, and who the controllers are there")
	flags.StringVar(&s.namespace, "namespace", "", "the namespace of Flux's objects")
	flags.StringVar(&s.repositories, "repositories", "", "the directory of the Git repositories to serve")
	flags.StringVar(&s.data, "data", "", "a directory for artifacts and logs")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	git, err := serveGit(ctx, s.repositories)
	if err != nil {
		return err
	}
	storage, err := freeAddress()
	if err != nil {
		return err
	}
	for name, own := range map[string][]string{
		"source-controller": {
			"--storage-path=" + s.data, "--storage-addr=" + storage, "--storage-adv-addr=" + storage,
		},
		"kustomize-controller": {"--requeue-dependency=1s", "--no-remote-bases=true"},
	} {
		ended, err := s.start(ctx, name, own)
		if err != nil {
			return err
		}
		go func() { cancel(<-ended) }()
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		cancel(context.Canceled)
	}()
	if err := json.NewEncoder(out).Encode(map[string]string{"git": git}); err != nil {
		return err
	}
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// start starts a controller that stands beside this program, and says when it
// has ended, and why.
func (s *settings) start(ctx context.Context, name string, own []string) (<-chan error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(s.data, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append(own,
		"--watch-all-namespaces=false", "--enable-leader-election=false",
		"--metrics-addr=0", "--health-addr=127.0.0.1:0", "--events-addr=")
	command := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), name), args...)
	command.Env = append(os.Environ(),
		"KUBECONFIG="+s.kubeconfig, "RUNTIME_NAMESPACE="+s.namespace, "TMPDIR="+s.data)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = endWithParent()
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- fmt.Errorf("%s has ended: %w; its log is %s", name, command.Wait(), log.Name()) }()
	return ended, nil
}

// serveGit serves the repositories of a directory over HTTP, as Git's own server
// does, and returns the address.
func serveGit(ctx context.Context, directory string) (string, error) {
	programs, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return "", fmt.Errorf("git: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(programs)), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + directory, "GIT_HTTP_EXPORT_ALL=1"},
	}}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// freeAddress is one that nobody uses now: the controller advertises the address
// that it is told to listen on, and so cannot choose it.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
