// Package helm holds nothing: its module pins the Helm that tests/chart renders the chart with, which
// mk/bin.mk builds.
package helm
