//go:build !linux

package main

import "syscall"

// endWithParent has no counterpart here: the controllers are ended by an orderly
// end of this process, and outlive it only where it is killed.
func endWithParent() *syscall.SysProcAttr {
	return nil
}
