package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// problem is one line on stdout.
type problem struct {
	Metric string `json:"metric"`
	Text   string `json:"text"`
}

// longestExemplar is how many characters the labels of an exemplar may have together.
const longestExemplar = 128

func lint(in io.Reader, out io.Writer) error {
	page, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	families, err := parse(page)
	if err != nil {
		return err
	}
	var problems []problem
	var known []*dto.MetricFamily
	for _, one := range families {
		problems = append(problems, one.problems()...)
		known = append(known, one.classic())
	}
	classic, err := promlint.NewWithMetricFamilies(known).Lint()
	if err != nil {
		return err
	}
	for _, one := range classic {
		problems = append(problems, problem{Metric: one.Metric, Text: one.Text})
	}
	encoder := json.NewEncoder(out)
	for _, one := range problems {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

// problems are those that OpenMetrics sees, and promlint does not.
func (f *family) problems() []problem {
	var found []problem
	tell := func(format string, values ...any) {
		found = append(found, problem{Metric: f.name, Text: fmt.Sprintf(format, values...)})
	}
	if f.help == "" {
		tell("has no help")
	}
	for _, unit := range []string{"seconds", "bytes"} {
		if strings.HasSuffix(f.name, "_"+unit) && f.unit != unit {
			tell("ends with %s, and its unit is %q", unit, f.unit)
		}
	}
	if f.unit != "" && !strings.HasSuffix(f.name, "_"+f.unit) {
		tell("does not end with its unit, %s", f.unit)
	}
	seen := map[string]bool{}
	infinite, counts := map[string]float64{}, map[string]float64{}
	last := map[string]float64{}
	for _, one := range f.samples {
		if series := one.labels.String(); seen[series] {
			tell("%s is there twice", series)
		} else {
			seen[series] = true
		}
		if one.stamped {
			tell("%s has a time", one.labels)
		}
		for _, exemplar := range one.exemplars {
			length := 0
			exemplar.Labels.Range(func(label labels.Label) {
				length += utf8.RuneCountInString(label.Name) + utf8.RuneCountInString(label.Value)
			})
			if length > longestExemplar {
				tell("an exemplar of %d characters", length)
			}
		}
		if f.kind != model.MetricTypeHistogram {
			continue
		}
		key := labels.NewBuilder(one.labels).Del(labels.BucketLabel, labels.MetricName).Labels().String()
		switch {
		case strings.HasSuffix(one.name(), "_count"):
			counts[key] = one.value
		case strings.HasSuffix(one.name(), "_bucket"):
			if one.value < last[key] {
				tell("%s is below the bucket before it", one.labels)
			}
			last[key] = one.value
			bound, err := strconv.ParseFloat(one.labels.Get(labels.BucketLabel), 64)
			if err != nil {
				tell("%s has no bound", one.labels)
			} else if bound > 1e300 {
				infinite[key] = one.value
			}
		}
	}
	for key, count := range counts {
		if all, ok := infinite[key]; !ok || all != count {
			tell("the last bucket of %s is not all of them", key)
		}
	}
	return found
}

// classic is the family as promlint knows families: a counter's name ends with _total.
func (f *family) classic() *dto.MetricFamily {
	name, help, kind := f.name, f.help, dto.MetricType_GAUGE
	switch f.kind {
	case model.MetricTypeCounter:
		name, kind = f.name+"_total", dto.MetricType_COUNTER
	case model.MetricTypeHistogram:
		kind = dto.MetricType_HISTOGRAM
	case model.MetricTypeInfo:
		name = f.name + "_info"
	}
	var metrics []*dto.Metric
	for _, one := range f.samples {
		metric := &dto.Metric{}
		one.labels.Range(func(label labels.Label) {
			if label.Name != labels.MetricName && label.Name != labels.BucketLabel {
				metric.Label = append(metric.Label, &dto.LabelPair{Name: &label.Name, Value: &label.Value})
			}
		})
		switch kind {
		case dto.MetricType_COUNTER:
			metric.Counter = &dto.Counter{Value: &one.value}
		case dto.MetricType_HISTOGRAM:
			// One for each series: buckets and sums are not promlint's matter.
			if !strings.HasSuffix(one.name(), "_count") {
				continue
			}
			metric.Histogram = &dto.Histogram{}
		default:
			metric.Gauge = &dto.Gauge{Value: &one.value}
		}
		metrics = append(metrics, metric)
	}
	return &dto.MetricFamily{Name: &name, Help: &help, Type: &kind, Metric: metrics}
}
