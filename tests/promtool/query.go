package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/teststorage"
)

// target are the labels that a scrape adds, as the Prometheus operator sets them up.
var target = map[string]string{
	"job": "orgkeeper", "instance": "10.0.0.1:8080", "namespace": "orgkeeper-system",
	"pod": "orgkeeper-0", "service": "orgkeeper", "endpoint": "metrics", "container": "orgkeeper",
}

// verdict is one line on stdout.
type verdict struct {
	Query  string `json:"query"`
	Series int    `json:"series"`
	// Numbers is how many of them are not NaN.
	Numbers int    `json:"numbers"`
	Error   string `json:"error,omitempty"`
}

// query loads pages as if they had been scraped at the given times, in order, and evaluates queries, each a
// line of JSON, at the last of them.
func query(pages []string, in io.Reader, out io.Writer) error {
	if len(pages) == 0 {
		return errors.New("no pages to query: SECOND=FILE")
	}
	storage, err := teststorage.NewWithError()
	if err != nil {
		return err
	}
	defer storage.Close()
	var last time.Time
	for _, one := range pages {
		second, file, ok := strings.Cut(one, "=")
		if !ok {
			return fmt.Errorf("%s is not SECOND=FILE", one)
		}
		number, err := strconv.ParseInt(second, 10, 64)
		if err != nil {
			return err
		}
		last = time.Unix(number, 0)
		if err := scrape(storage, file, last); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples: 10_000_000, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
		Parser: parser.NewParser(parser.Options{}),
	})
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		result := verdict{Query: text}
		value, err := evaluate(engine, storage, text, last)
		switch value := value.(type) {
		case promql.Vector:
			result.Series = len(value)
			for _, sample := range value {
				if !math.IsNaN(sample.F) {
					result.Numbers++
				}
			}
		case promql.Scalar:
			result.Series, result.Numbers = 1, 1
		}
		if err != nil {
			result.Error = err.Error()
		}
		if err := encoder.Encode(result); err != nil {
			return err
		}
	}
	return lines.Err()
}

func scrape(storage *teststorage.TestStorage, file string, at time.Time) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	families, err := parse(page)
	if err != nil {
		return err
	}
	appender := storage.Appender(context.Background())
	for _, family := range families {
		for _, one := range family.samples {
			series := labels.NewBuilder(one.labels)
			for name, value := range target {
				if own := one.labels.Get(name); own != "" {
					series.Set("exported_"+name, own)
				}
				series.Set(name, value)
			}
			if _, err := appender.Append(0, series.Labels(), timestamp.FromTime(at), one.value); err != nil {
				return err
			}
		}
	}
	up := labels.NewBuilder(labels.FromMap(target)).Set(labels.MetricName, "up").Labels()
	if _, err := appender.Append(0, up, timestamp.FromTime(at), 1); err != nil {
		return err
	}
	return appender.Commit()
}
