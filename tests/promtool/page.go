package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// family is what a page says of one name.
type family struct {
	name, help, unit string
	kind             model.MetricType
	samples          []sample
}

// sample is one line.
type sample struct {
	labels    labels.Labels
	value     float64
	stamped   bool
	exemplars []exemplar.Exemplar
}

func (s sample) name() string {
	return s.labels.Get(labels.MetricName)
}

// suffixes are those that samples of each kind have.
var suffixes = map[model.MetricType][]string{
	model.MetricTypeCounter:   {"_total", "_created"},
	model.MetricTypeGauge:     {""},
	model.MetricTypeHistogram: {"_bucket", "_count", "_sum", "_created"},
	model.MetricTypeInfo:      {"_info"},
}

// parse reads a page as Prometheus reads OpenMetrics: strictly, to the # EOF.
func parse(page []byte) ([]*family, error) {
	parser := textparse.NewOpenMetricsParser(page, labels.NewSymbolTable())
	var families []*family
	named := map[string]*family{}
	of := func(name []byte) *family {
		known, ok := named[string(name)]
		if !ok {
			known = &family{name: string(name), kind: model.MetricTypeUnknown}
			named[known.name] = known
			families = append(families, known)
		}
		return known
	}
	var current *family
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return families, nil
		}
		if err != nil {
			return nil, err
		}
		switch entry {
		case textparse.EntryHelp:
			name, help := parser.Help()
			current = of(name)
			current.help = string(help)
		case textparse.EntryType:
			name, kind := parser.Type()
			current = of(name)
			current.kind = kind
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			current = of(name)
			current.unit = string(unit)
		case textparse.EntrySeries:
			var read sample
			_, stamp, value := parser.Series()
			parser.Labels(&read.labels)
			read.value, read.stamped = value, stamp != nil
			var one exemplar.Exemplar
			for parser.Exemplar(&one) {
				read.exemplars = append(read.exemplars, one)
				one = exemplar.Exemplar{}
			}
			if current == nil || !current.has(read.name()) {
				return nil, fmt.Errorf("%s does not stand below its own # TYPE", read.name())
			}
			current.samples = append(current.samples, read)
		default:
			return nil, fmt.Errorf("a line of a kind that OpenMetrics does not have (%d)", entry)
		}
	}
}

// has tells whether samples of the family can have this name.
func (f *family) has(name string) bool {
	for _, suffix := range suffixes[f.kind] {
		if rest, ok := strings.CutPrefix(name, f.name); ok && rest == suffix {
			return true
		}
	}
	return false
}
