// Command kstatus says what the kstatus library makes of objects, which is what
// Flux, Config Sync and kpt show their users.
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

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// verdict is one line on stdout.
type verdict struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	each := func(item runtime.Object) error {
		return judge(item.(*unstructured.Unstructured), encoder)
	}
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
		judgeAll := each
		if object.IsList() {
			judgeAll = func(runtime.Object) error { return object.EachListItem(each) }
		}
		if err := judgeAll(&object); err != nil {
			return err
		}
	}
}

func judge(object *unstructured.Unstructured, encoder *json.Encoder) error {
	result, err := status.Compute(object)
	if err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return encoder.Encode(verdict{
		Kind: object.GetKind(), Namespace: object.GetNamespace(), Name: object.GetName(),
		Status: result.Status.String(), Message: result.Message,
	})
}
