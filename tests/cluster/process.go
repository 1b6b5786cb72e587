package main

import (
	"fmt"
	"os"
	"os/exec"
)

// process is an executable that must not outlive this one.
type process struct {
	command *exec.Cmd
	logs    string
	ended   <-chan error
}

func startProcess(executable, logs string, args []string) (*process, error) {
	file, err := os.OpenFile(logs, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	command := exec.Command(executable, args...)
	command.Stdout, command.Stderr = file, file
	command.SysProcAttr = endWithParent()
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	started := &process{command: command, logs: logs, ended: ended}
	go func() {
		err := command.Wait()
		ended <- fmt.Errorf("%w; the end of its log:\n%s", err, started.tail())
	}()
	return started, nil
}

// kill asks for no clean end: what these processes hold is thrown away, and
// etcd recovers from its log where it is not.
func (p *process) kill() {
	_ = p.command.Process.Kill()
}

func (p *process) tail() string {
	const most = 4096
	data, err := os.ReadFile(p.logs)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-most):])
}
