package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fluxcd/pkg/apis/kustomize"
)

const fresh = `{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"name":"fresh","namespace":"n","generation":1},"status":{"observedGeneration":-1}}`

func TestEveryObjectGetsALine(t *testing.T) {
	const in = `{"apiVersion":"v1","kind":"List","items":[` + fresh + `]}
{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"name":"stuck","generation":1},
 "status":{"observedGeneration":1,"conditions":[{"type":"Stalled","status":"True","reason":"R","message":"why"}]}}`
	checks, err := healthChecks("../../config/flux")
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		checks []kustomize.CustomHealthCheck
		want   string
	}{
		"without health checks": {nil, `{"kind":"SpotUser","namespace":"n","name":"fresh","status":"InProgress","message":"SpotUser generation is 1, but latest observed generation is -1"}
{"kind":"SpotUser","name":"stuck","status":"Failed","message":"why"}
`},
		"with those that we ship": {checks, `{"kind":"SpotUser","namespace":"n","name":"fresh","status":"InProgress","message":""}
{"kind":"SpotUser","name":"stuck","status":"Failed","message":""}
`},
	} {
		var out strings.Builder
		if err := judge(context.Background(), row.checks, strings.NewReader(in), &out); err != nil {
			t.Fatal(name, err)
		}
		if out.String() != row.want {
			t.Errorf("%s: got\n%s", name, out.String())
		}
	}
}

func TestThereIsACheckForEveryKind(t *testing.T) {
	checks, err := healthChecks("../../config/flux")
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := filepath.Glob("../../crds/spot.*.yaml")
	if err != nil || len(kinds) == 0 {
		t.Fatal(kinds, err)
	}
	for _, file := range kinds {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		known := false
		for _, check := range checks {
			known = known || strings.Contains(string(text), "\n    kind: "+check.Kind+"\n")
		}
		if !known {
			t.Errorf("nothing checks the kind of %s", file)
		}
	}
	if len(checks) != len(kinds) {
		t.Errorf("%d checks for %d kinds", len(checks), len(kinds))
	}
}

func TestWhatIsNoQuestionIsAnError(t *testing.T) {
	ctx := context.Background()
	for _, args := range [][]string{{}, {"run"}, {"run", "--no-such-flag"}, {"health", "nowhere"}, {"health", "../../crds"}} {
		if err := run(ctx, args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
	wrong := []kustomize.CustomHealthCheck{{Kind: "SpotUser"}}
	if err := judge(ctx, wrong, strings.NewReader(fresh), &strings.Builder{}); err == nil {
		t.Error("a health check that says nothing was taken")
	}
	if err := judge(ctx, nil, strings.NewReader("no JSON"), &strings.Builder{}); err == nil {
		t.Error("what is no JSON was taken")
	}
}
