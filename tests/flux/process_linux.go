package main

import (
	"runtime"
	"syscall"
)

// The kernel's signal comes when the thread that started the process ends, so
// controllers are started from the main thread, which lasts as long as we do.
func init() {
	runtime.LockOSThread()
}

func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
