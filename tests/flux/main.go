// Command flux is Flux for tests: what its own code makes of objects, and its
// controllers running beside a Git server.
//
//	flux health [DIRECTORY]   what it makes of each object, given in JSON on stdin,
//	                          alone or as a List; with the health checks of the
//	                          Kustomization in this directory, else without any
//	flux run FLAGS            the controllers, until stdin ends
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "flux:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "health":
		return judge(ctx, nil, os.Stdin, os.Stdout)
	case len(args) == 2 && args[0] == "health":
		checks, err := healthChecks(args[1])
		if err != nil {
			return fmt.Errorf("%s: %w", args[1], err)
		}
		return judge(ctx, checks, os.Stdin, os.Stdout)
	case len(args) > 1 && args[0] == "run":
		return serve(ctx, args[1:], os.Stdin, os.Stdout)
	}
	return errors.New("usage: flux health [DIRECTORY] | run FLAGS")
}
