package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
)

const (
	// etcd insists on a peer address though it never has a peer.
	peerURL = "http://127.0.0.1:0"
	// Small, as a segment's space is claimed at once and one is kept in reserve.
	walSegment = 8 << 20
	quota      = 4 << 30
	// The longest path that every system accepts for a socket.
	longestSocket = 103
)

// server is a running etcd or API server.
type server struct {
	url    string
	failed <-chan error
	stop   func()
}

// startEtcd listens on a socket in the data directory: no port to collide on,
// and nobody else on the machine can reach it.
func startEtcd(ctx context.Context, assets, dir string) (*server, error) {
	socket := filepath.Join(dir, "etcd.sock")
	if len(socket) > longestSocket {
		return nil, fmt.Errorf("the path of the data directory is too long for a socket: %s", dir)
	}
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	client := url.URL{Scheme: "unix", Path: socket}
	data, logs := filepath.Join(dir, "etcd"), filepath.Join(dir, "etcd.log")
	if assets == "" {
		return embedEtcd(ctx, client, data, logs)
	}
	process, err := startProcess(filepath.Join(assets, "etcd"), logs, []string{
		"--data-dir=" + data,
		"--listen-client-urls=" + client.String(),
		"--advertise-client-urls=" + peerURL,
		"--listen-peer-urls=" + peerURL,
		fmt.Sprintf("--quota-backend-bytes=%d", quota),
		"--unsafe-no-fsync",
		"--log-level=warn",
	})
	if err != nil {
		return nil, err
	}
	return &server{url: client.String(), failed: process.ended, stop: process.kill}, nil
}

func embedEtcd(ctx context.Context, client url.URL, data, logs string) (*server, error) {
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, err
	}
	wal.SegmentSizeBytes = walSegment
	config := embed.NewConfig()
	config.Dir = data
	config.ListenClientUrls = []url.URL{client}
	config.AdvertiseClientUrls = []url.URL{*peer}
	config.ListenPeerUrls = []url.URL{*peer}
	config.QuotaBackendBytes = quota
	config.UnsafeNoFsync = true
	// Embedded it is zero, and every request would be logged as a slow one.
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration
	config.LogLevel = "warn"
	config.LogOutputs = []string{logs}
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return &server{url: client.String(), failed: etcd.Err(), stop: func() {}}, nil
	case err := <-etcd.Err():
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
