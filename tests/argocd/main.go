// Command argocd says what Argo CD makes of objects, with Argo CD's own code: it
// reads the settings of a kustomization as Argo CD reads its ConfigMap, and runs
// the scripts in it as Argo CD does.
//
//	argocd health  DIRECTORY        what it shows of each object
//	argocd actions DIRECTORY        the actions that it offers on each
//	argocd act     DIRECTORY NAME   each object as the action leaves it
//	argocd differs DIRECTORY        whether each is out of sync with what was applied
//	argocd waves                    the sync wave of each
//
// It reads objects in JSON on stdin, alone or as a List, and prints one line of
// JSON for each.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	log "github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

const usage = "usage: argocd health DIRECTORY | actions DIRECTORY | differs DIRECTORY | act DIRECTORY NAME | waves"

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "argocd:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	log.SetLevel(log.ErrorLevel)
	answer, err := question(args)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	return eachObject(in, func(object *unstructured.Unstructured) error {
		line, err := answer(object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		return encoder.Encode(line)
	})
}

// question is what the arguments ask of each object.
func question(args []string) (func(*unstructured.Unstructured) (any, error), error) {
	if len(args) == 1 && args[0] == "waves" {
		return func(object *unstructured.Unstructured) (any, error) { return syncwaves.Wave(object), nil }, nil
	}
	if len(args) < 2 {
		return nil, errors.New(usage)
	}
	overrides, err := overrides(args[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", args[1], err)
	}
	switch {
	case args[0] == "health" && len(args) == 2:
		return overrides.health, nil
	case args[0] == "actions" && len(args) == 2:
		return overrides.actions, nil
	case args[0] == "differs" && len(args) == 2:
		return overrides.differs, nil
	case args[0] == "act" && len(args) == 3:
		return func(object *unstructured.Unstructured) (any, error) { return overrides.act(object, args[2]) }, nil
	}
	return nil, errors.New(usage)
}

// eachObject reads objects until the end, those of a List one by one.
func eachObject(in io.Reader, visit func(*unstructured.Unstructured) error) error {
	decoder := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		switch err := decoder.Decode(&raw); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		// Its own way to read JSON, which keeps whole numbers whole.
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(raw); err != nil {
			return err
		}
		each := func() error { return visit(&object) }
		if object.IsList() {
			each = func() error {
				return object.EachListItem(func(item runtime.Object) error { return visit(item.(*unstructured.Unstructured)) })
			}
		}
		if err := each(); err != nil {
			return err
		}
	}
}
