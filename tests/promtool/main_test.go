package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// done runs the command on the input, and returns what it prints.
func done(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(args, strings.NewReader(input), &out)
	return out.String(), err
}

// written puts the text into a file.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const good = `# HELP calls Calls.
# TYPE calls counter
calls_total{code="200"} 3 # {trace_id="0af7"} 1
# HELP age_seconds Age.
# TYPE age_seconds gauge
# UNIT age_seconds seconds
age_seconds 1.5
# HELP wait_seconds Time.
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_sum 4
wait_seconds_count 2
wait_seconds_bucket{le="1.0"} 1
wait_seconds_bucket{le="+Inf"} 2
# HELP build What runs.
# TYPE build info
build_info{version="1"} 1
# EOF
`

func TestLintHasNothingAgainstAGoodPage(t *testing.T) {
	out, err := done(t, good, "lint")
	if err != nil || out != "" {
		t.Fatalf("%q, %v", out, err)
	}
}

func TestLintFindsWhatIsWrong(t *testing.T) {
	for wrong, change := range map[string][2]string{
		"has no help":             {"# HELP calls Calls.\n", ""},
		"its unit is":             {"# UNIT age_seconds seconds\n", ""},
		"is there twice":          {"age_seconds 1.5", "age_seconds 1.5\nage_seconds 1.5"},
		"has a time":              {"age_seconds 1.5", "age_seconds 1.5 12"},
		"below the bucket before": {`le="1.0"} 1`, `le="1.0"} 3`},
		"is not all of them":      {`le="+Inf"} 2`, `le="+Inf"} 3`},
		"an exemplar of":          {`trace_id="0af7"`, `trace_id="` + strings.Repeat("0", 200) + `"`},
		"below its own # TYPE":    {"calls_total{", "others_total{"},
		"expected":                {"# EOF\n", ""},
		"not a suffix of metric":  {"UNIT age_seconds seconds", "UNIT age_seconds bytes"},
		"abbreviated unit":        {"build", "build_ms"},
	} {
		page := strings.ReplaceAll(good, change[0], change[1])
		out, err := done(t, page, "lint")
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, wrong) && !(wrong == "expected" && err != nil) {
			t.Errorf("%s is not in %q", wrong, out)
		}
	}
}

func TestQueryCountsSeries(t *testing.T) {
	later := strings.ReplaceAll(good, `code="200"} 3`, `code="200"} 9`)
	out, err := done(t, `"rate(calls_total[1m])"
"age_seconds{job=\"orgkeeper\"} + on (job) wait_seconds_count"
"nothing"
"calls_total +"
"0 * age_seconds / 0"
`, "query", "1000="+written(t, good), "1030="+written(t, later))
	if err != nil {
		t.Fatal(err)
	}
	for index, part := range []string{
		`"series":1,"numbers":1}`, `"series":1,"numbers":1}`, `"series":0,"numbers":0}`, `"error":`,
		`"series":1,"numbers":0}`,
	} {
		if line := strings.Split(out, "\n")[index]; !strings.Contains(line, part) {
			t.Errorf("%s is not in %s", part, line)
		}
	}
}

func TestRulesTellWhatFires(t *testing.T) {
	directory := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	put("rules.yaml", `groups:
- name: g
  rules:
  - alert: Down
    expr: up == 0
    for: 2m
    annotations: {summary: "{{ $labels.job }} is down"}
`)
	fires := `{labels: 'ALERTS{alertname="Down",alertstate="firing",job="a"}', value: 1}`
	for _, one := range []struct {
		at, value string
		right     bool
	}{{"4m", fires, true}, {"2m", "", true}, {"2m", fires, false}, {"4m", "", false}} {
		file := put("tests.yaml", `rule_files: [rules.yaml]
evaluation_interval: 1m
tests:
- name: it goes down
  interval: 1m
  input_series: [{series: 'up{job="a"}', values: '1 0x9'}]
  promql_expr_test:
  - expr: ALERTS{alertstate="firing"}
    eval_time: `+one.at+`
    exp_samples: [`+one.value+`]
`)
		if out, err := done(t, "", "rules", file); (err == nil) != one.right {
			t.Errorf("%s %q: %s %v", one.at, one.value, out, err)
		}
	}
	put("rules.yaml", `groups:
- name: g
  rules: [{alert: Down, expr: up == 0, annotations: {summary: "{{ $labels.job | nosuch }}"}}]
`)
	if _, err := done(t, "", "rules", put("tests.yaml", `rule_files: [rules.yaml]
evaluation_interval: 1m
tests: [{name: t, interval: 1m, input_series: [{series: up, values: '0x9'}], promql_expr_test: [{expr: up, eval_time: 1m}]}]
`)); err == nil {
		t.Error("an annotation that cannot be written passed")
	}
}
