package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const config = "../../config"

// ask returns the lines that the program prints.
func ask(t *testing.T, in string, args ...string) []string {
	t.Helper()
	var out strings.Builder
	if err := run(args, strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestArgoCDReadsTheSettings(t *testing.T) {
	overrides, err := overrides(config + "/argocd")
	if err != nil {
		t.Fatal(err)
	}
	definitions, err := filepath.Glob("../../crds/spot.*.yaml")
	if err != nil || len(definitions) == 0 {
		t.Fatal(definitions, err)
	}
	known := map[string]bool{}
	for _, file := range definitions {
		var definition unstructured.Unstructured
		read(t, file, &definition.Object)
		kind, _, err := unstructured.NestedString(definition.Object, "spec", "names", "kind")
		if err != nil {
			t.Fatal(err)
		}
		kind = "spot.orgkeeper.dev/" + kind
		known[kind] = true
		override := overrides[kind]
		if override.HealthLua == "" || override.Actions == "" {
			t.Errorf("it knows nothing of %s", kind)
		}
	}
	for kind := range overrides {
		// Its own, for all kinds.
		if kind != "*/*" && !known[kind] {
			t.Errorf("there is no %s", kind)
		}
	}
}

func TestEveryObjectGetsALine(t *testing.T) {
	const in = `
{"apiVersion":"v1","kind":"List","items":[
 {"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"name":"behind","namespace":"n","generation":2},"status":{"observedGeneration":1}}]}
{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"name":"stuck","generation":1},
 "status":{"observedGeneration":1,"conditions":[{"type":"Ready","status":"False","reason":"R"},{"type":"Stalled","status":"True","reason":"R","message":"why"}]}}
{"apiVersion":"example.com/v1","kind":"Other","metadata":{"name":"unknown"}}`
	want := []string{
		`{"kind":"SpotUser","namespace":"n","name":"behind","status":"Progressing","message":"The operator has not looked at the latest change yet."}`,
		`{"kind":"SpotUser","name":"stuck","status":"Degraded","message":"R: why"}`,
		`{"kind":"Other","name":"unknown","status":"","message":""}`,
	}
	if got := ask(t, in, "health", config+"/argocd"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

// Lua does not tell an empty list from an empty map, and Argo CD mends that only
// for what the object had before.
func TestAnActionChangesNothingElse(t *testing.T) {
	const before = `{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"generation":3,"name":"ci"},` +
		`"spec":{"accounts":[],"empty":{},"policies":[{"accounts":[],"condition":{}}]%s}}`
	plain, suspended := strings.ReplaceAll(before, "%s", ""), strings.ReplaceAll(before, "%s", `,"suspend":true`)
	for _, row := range []struct{ action, object, want string }{
		{"suspend", plain, suspended},
		{"resume", suspended, plain},
	} {
		lines := ask(t, row.object, "act", config+"/argocd", row.action)
		var impacted []struct {
			Operation string          `json:"operation"`
			Resource  json.RawMessage `json:"resource"`
		}
		if err := json.Unmarshal([]byte(lines[0]), &impacted); err != nil {
			t.Fatal(err)
		}
		if len(impacted) != 1 || impacted[0].Operation != "patch" || string(impacted[0].Resource) != row.want {
			t.Errorf("%s: %s", row.action, lines[0])
		}
	}
}

func TestOnlyWhatWasAppliedIsCompared(t *testing.T) {
	const object = `{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotAccount","metadata":{"name":"a","namespace":"n","finalizers":["f"],` +
		`"annotations":{"kubectl.kubernetes.io/last-applied-configuration":` +
		`"{\"apiVersion\":\"spot.orgkeeper.dev/v1alpha1\",\"kind\":\"SpotAccount\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},\"spec\":{\"name\":\"a\"}}"}},` +
		`"spec":{"name":"NAME","suspend":true},"status":{"observedGeneration":1}}`
	for name, want := range map[string]string{"a": "false", "b": "true"} {
		in := strings.ReplaceAll(object, "NAME", name)
		if got := ask(t, in, "differs", config+"/argocd"); !reflect.DeepEqual(got, []string{want}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWhatIsNoQuestionIsAnError(t *testing.T) {
	const object = `{"apiVersion":"spot.orgkeeper.dev/v1alpha1","kind":"SpotUser","metadata":{"name":"x"}}`
	for _, args := range [][]string{
		{}, {"health"}, {"health", config}, {"health", "nowhere"}, {"act", config + "/argocd"},
		{"act", config + "/argocd", "no-such-action"}, {"differs", config + "/argocd"},
	} {
		if err := run(args, strings.NewReader(object), &strings.Builder{}); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
	if err := run([]string{"waves"}, strings.NewReader("no JSON"), &strings.Builder{}); err == nil {
		t.Error("what is no JSON was taken")
	}
}

// With the waves of the Applications in the example, no object waits for one that
// comes later: each of them would hold up the other for ever.
func TestNothingRefersToALaterWave(t *testing.T) {
	var root v1alpha1.Application
	read(t, config+"/argocd/app-of-apps/root.yaml", &root)
	applications, err := filepath.Glob(filepath.Join(config, "..", root.Spec.Source.Path, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	waves := map[string]int{}
	var objects []*unstructured.Unstructured
	for _, file := range applications {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		var application v1alpha1.Application
		read(t, file, &application)
		for _, object := range source(t, *application.Spec.Source) {
			key := object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
			waves[key] = syncwaves.Wave(object)
			objects = append(objects, object)
		}
	}
	if len(objects) < 50 {
		t.Fatalf("only %d objects", len(objects))
	}
	found := 0
	for _, object := range objects {
		references(object.Object["spec"], func(kind, namespace, name string) {
			if namespace == "" {
				namespace = object.GetNamespace()
			}
			wave, known := waves[kind+" "+namespace+"/"+name]
			if !known {
				t.Errorf("%s %s refers to %s %s/%s, which no Application has", object.GetKind(), object.GetName(), kind, namespace, name)
			}
			if wave > syncwaves.Wave(object) {
				t.Errorf("%s %s waits for %s %s of a later wave", object.GetKind(), object.GetName(), kind, name)
			}
			found++
		})
	}
	if found < 50 {
		t.Errorf("only %d references", found)
	}
}

// source is what Argo CD would apply: what kustomize makes of the path with the
// components that the Application adds.
func source(t *testing.T, source v1alpha1.ApplicationSource) []*unstructured.Unstructured {
	t.Helper()
	directory := t.TempDir()
	if err := os.CopyFS(filepath.Join(directory, "config"), os.DirFS(config)); err != nil {
		t.Fatal(err)
	}
	overlay := map[string][]string{"resources": {filepath.Join("..", source.Path)}}
	for _, component := range source.Kustomize.Components {
		overlay["components"] = append(overlay["components"], filepath.Join("..", source.Path, component))
	}
	text, err := yaml.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(directory, "overlay"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "overlay", "kustomization.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(directory, "overlay"))
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for _, resource := range built.Resources() {
		object, err := resource.Map()
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, &unstructured.Unstructured{Object: object})
	}
	return objects
}

// references visits all that lead to objects of ours. An account that something is
// granted in is named without a word that says so.
func references(value any, visit func(kind, namespace, name string)) {
	kinds := map[string]string{
		"organizationRef": "SpotOrganization", "accountRef": "SpotAccount", "accounts": "SpotAccount",
		"policyRef": "AccessPolicy", "groupRef": "SpotUserGroup", "userRef": "SpotUser",
	}
	switch value := value.(type) {
	case map[string]any:
		for member, inner := range value {
			kind := kinds[member]
			named, isList := inner.([]any)
			if !isList {
				named = []any{inner}
			}
			for _, one := range named {
				reference, _ := one.(map[string]any)
				if name, ok := reference["name"].(string); ok && kind != "" {
					namespace, _ := reference["namespace"].(string)
					visit(kind, namespace, name)
				}
			}
			references(inner, visit)
		}
	case []any:
		for _, inner := range value {
			references(inner, visit)
		}
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatal(file, err)
	}
}
