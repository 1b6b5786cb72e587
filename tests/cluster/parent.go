package main

import (
	"context"
	"os"
	"time"
)

// withParent returns a context that ends soon after the parent process has.
//
// Asking for the parent's id works however the parent died, and whether or not
// anybody has reaped it. The kernel's own signal (PR_SET_PDEATHSIG) would not
// do: it comes when the parent's thread ends, and a test has its own thread.
func withParent(ctx context.Context, parent int) context.Context {
	if parent == 0 {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
	return ctx
}
