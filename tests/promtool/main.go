// Command promcheck says what Prometheus makes of metrics, queries and alerts, with Prometheus' own code.
//
//	promcheck lint < PAGE                        problems of a page of metrics, a JSON line each
//	promcheck query SECOND=PAGE... < QUERIES     how many series each query gives, a JSON line each
//	promcheck rules FILE...                      unit tests of rules, in the format of promtool test rules
//
// Promtool itself does the last of these, and takes four times as long to build.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "promcheck:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("what to do? lint, query or rules")
	}
	switch args[0] {
	case "lint":
		return lint(in, out)
	case "query":
		return query(args[1:], in, out)
	case "rules":
		return testRules(args[1:], out)
	default:
		return fmt.Errorf("%s is none of lint, query and rules", args[0])
	}
}
