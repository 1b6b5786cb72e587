package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"go.yaml.in/yaml/v2"
)

// testFile is the part of promtool's format that is in use here: what fires is asked of the series ALERTS.
type testFile struct {
	RuleFiles []string       `yaml:"rule_files"`
	Interval  model.Duration `yaml:"evaluation_interval"`
	Tests     []testGroup    `yaml:"tests"`
}

type testGroup struct {
	Name     string         `yaml:"name"`
	Interval model.Duration `yaml:"interval"`
	Series   []struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	} `yaml:"input_series"`
	Queries []struct {
		Expr    string         `yaml:"expr"`
		At      model.Duration `yaml:"eval_time"`
		Samples []struct {
			Labels string  `yaml:"labels"`
			Value  float64 `yaml:"value"`
		} `yaml:"exp_samples"`
	} `yaml:"promql_expr_test"`
}

// testRules runs the tests of all files, and fails if one of them does.
func testRules(files []string, out io.Writer) error {
	if len(files) == 0 {
		return errors.New("no files with tests of rules")
	}
	var failed []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var tests testFile
		if err := yaml.UnmarshalStrict(text, &tests); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for index, rule := range tests.RuleFiles {
			tests.RuleFiles[index] = filepath.Join(filepath.Dir(file), rule)
		}
		for _, group := range tests.Tests {
			if err := group.run(time.Duration(tests.Interval), tests.RuleFiles); err != nil {
				failed = append(failed, fmt.Errorf("%s: %s: %w", file, group.Name, err))
				continue
			}
			fmt.Fprintf(out, "ok %s\n", group.Name)
		}
	}
	return errors.Join(failed...)
}

func (g *testGroup) run(every time.Duration, files []string) error {
	var load strings.Builder
	// The loader takes one unit: 60s, not 1m0s.
	fmt.Fprintf(&load, "load %ds\n", int(time.Duration(g.Interval).Seconds()))
	for _, series := range g.Series {
		fmt.Fprintf(&load, "  %s %s\n", series.Series, series.Values)
	}
	suite, err := promqltest.NewLazyLoader(load.String(), promqltest.LazyLoaderOpts{
		EnableAtModifier: true, EnableNegativeOffset: true,
	})
	if err != nil {
		return err
	}
	defer suite.Close()
	suite.SubqueryInterval = every
	groups, failed := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		Appendable: suite.Storage(),
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     promslog.NewNopLogger(),
		Parser:     parser.NewParser(parser.Options{}),
	}).LoadGroups(every, labels.EmptyLabels(), "", nil, false, files...)
	if failed != nil {
		return errors.Join(failed...)
	}
	var end model.Duration
	for _, query := range g.Queries {
		end = max(end, query.At)
	}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			if alert, ok := rule.(*rules.AlertingRule); ok {
				// As nothing was before, nothing needs to be restored: ALERTS is there from the start.
				alert.SetRestored(true)
			}
		}
	}
	for at := time.Unix(0, 0).UTC(); !at.After(time.Unix(0, 0).Add(time.Duration(end))); at = at.Add(every) {
		var failed error
		suite.WithSamplesTill(at, func(err error) {
			failed = err
			for _, group := range groups {
				group.Eval(suite.Context(), at)
				failed = errors.Join(failed, judge(group))
			}
		})
		if failed != nil {
			return fmt.Errorf("at %s: %w", at.Sub(time.Unix(0, 0)), failed)
		}
	}
	for _, query := range g.Queries {
		want := []string{}
		for _, sample := range query.Samples {
			series, err := parser.NewParser(parser.Options{}).ParseMetric(sample.Labels)
			if err != nil {
				return err
			}
			want = append(want, fmt.Sprint(series, " ", sample.Value))
		}
		at := time.Unix(0, 0).Add(time.Duration(query.At))
		value, err := evaluate(suite.QueryEngine(), suite.Queryable(), query.Expr, at)
		if err != nil {
			return fmt.Errorf("%s: %w", query.Expr, err)
		}
		vector, ok := value.(promql.Vector)
		if !ok {
			return fmt.Errorf("%s is no vector", query.Expr)
		}
		got := []string{}
		for _, sample := range vector {
			got = append(got, fmt.Sprint(sample.Metric, " ", sample.F))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			return fmt.Errorf("%s at %s gives %q, not %q", query.Expr, query.At, got, want)
		}
	}
	return nil
}

// judge tells of rules that could not be evaluated, and of annotations that could not be written.
func judge(group *rules.Group) error {
	var failed error
	for _, rule := range group.Rules() {
		failed = errors.Join(failed, rule.LastError())
		alert, ok := rule.(*rules.AlertingRule)
		if !ok {
			continue
		}
		for _, active := range alert.ActiveAlerts() {
			active.Annotations.Range(func(annotation labels.Label) {
				if strings.Contains(annotation.Value, "error expanding template") ||
					strings.Contains(annotation.Value, "<no value>") {
					failed = errors.Join(failed, fmt.Errorf("%s: %s: %s", rule.Name(), annotation.Name, annotation.Value))
				}
			})
		}
	}
	return failed
}

// evaluate is the query's value at a moment.
func evaluate(engine *promql.Engine, data storage.Queryable, text string, at time.Time) (parser.Value, error) {
	prepared, err := engine.NewInstantQuery(context.Background(), data, nil, text, at)
	if err != nil {
		return nil, err
	}
	defer prepared.Close()
	result := prepared.Exec(context.Background())
	// Closing takes a vector's memory back.
	if vector, ok := result.Value.(promql.Vector); ok {
		return slices.Clone(vector), result.Err
	}
	return result.Value, result.Err
}
