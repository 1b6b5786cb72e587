package main

import (
	"strings"
	"testing"
)

func TestEveryObjectGetsALine(t *testing.T) {
	const in = `
{"apiVersion":"v1","kind":"List","items":[
 {"apiVersion":"a/v1","kind":"X","metadata":{"name":"behind","namespace":"n","generation":2},"status":{"observedGeneration":1}}]}
{"apiVersion":"a/v1","kind":"X","metadata":{"name":"stuck","generation":1},
 "status":{"observedGeneration":1,"conditions":[{"type":"Stalled","status":"True","reason":"R","message":"why"}]}}`
	const want = `{"kind":"X","namespace":"n","name":"behind","status":"InProgress","message":"X generation is 2, but latest observed generation is 1"}
{"kind":"X","name":"stuck","status":"Failed","message":"why"}
`
	var out strings.Builder
	if err := run(strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestWhatIsNoObjectIsAnError(t *testing.T) {
	for _, in := range []string{"no JSON", `{"metadata":{}}`} {
		if err := run(strings.NewReader(in), &strings.Builder{}); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}
