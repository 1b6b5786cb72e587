package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	tempPrefix = "orgkeeper-cluster-"
	lockName   = "lock"
	// How long a new temporary directory may be without its lock.
	unlockedGrace = time.Minute
)

// dataDir is a directory that one control plane holds by a lock on a file in
// it. The kernel drops the lock however the process ends, so that the next
// control plane knows which temporary directories are left over.
type dataDir struct {
	path      string
	temporary bool
	lock      *os.File
}

func openDataDir(path string) (*dataDir, error) {
	temporary := path == ""
	if temporary {
		removeLeftovers()
		var err error
		if path, err = os.MkdirTemp("", tempPrefix); err != nil {
			return nil, err
		}
	} else if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(lock); err != nil {
		return nil, fmt.Errorf("%s is in use by another control plane: %w", path, err)
	}
	return &dataDir{path: path, temporary: temporary, lock: lock}, nil
}

func (d *dataDir) close() {
	if d.temporary {
		removeAll(d.path)
	}
	d.lock.Close()
}

// removeLeftovers removes the directories of control planes that were killed.
func removeLeftovers() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < unlockedGrace {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if tryLock(lock) == nil {
			removeAll(path)
		}
		lock.Close()
	}
}

// removeAll tries again where etcd, which is not stopped first, has added a
// file meanwhile.
func removeAll(path string) {
	for range 5 {
		if os.RemoveAll(path) == nil {
			return
		}
	}
}

func tryLock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
