package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestADataDirHasOneHolder(t *testing.T) {
	path := t.TempDir()
	held, err := openDataDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openDataDir(path); err == nil {
		t.Error("a second control plane got the same directory")
	}
	held.close()
	if _, err := os.Stat(path); err != nil {
		t.Error("a directory that was given must stay:", err)
	}
	again, err := openDataDir(path)
	if err != nil {
		t.Fatal("it is free again:", err)
	}
	again.close()
}

func TestATemporaryDirGoesAtTheEnd(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	held, err := openDataDir("")
	if err != nil {
		t.Fatal(err)
	}
	held.close()
	if _, err := os.Stat(held.path); !os.IsNotExist(err) {
		t.Error("it is left:", err)
	}
}

func TestOnlyWhatNobodyHoldsIsALeftover(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	held, err := openDataDir("")
	if err != nil {
		t.Fatal(err)
	}
	defer held.close()
	unlocked := func(name string) string {
		path := filepath.Join(os.TempDir(), tempPrefix+name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, lockName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead, starting := unlocked("dead"), unlocked("starting")
	past := time.Now().Add(-2 * unlockedGrace)
	for _, path := range []string{held.path, dead} {
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}

	removeLeftovers()

	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Error("the directory of a dead control plane is left:", err)
	}
	for _, path := range []string{held.path, starting} {
		if _, err := os.Stat(path); err != nil {
			t.Error("a directory in use was removed:", err)
		}
	}
}
