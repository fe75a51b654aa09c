package spiking

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
)

// readTable returns the rows of a CSV file, gzipped or not, without those that
// begin with '#'.
func readTable(t testing.TB, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	c := csv.NewReader(r)
	c.Comment = '#'
	c.FieldsPerRecord = -1
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// readNumbers is readTable for a file of numbers.
func readNumbers(t testing.TB, name string) [][]float64 {
	t.Helper()
	var out [][]float64
	for _, row := range readTable(t, name) {
		x := make([]float64, len(row))
		for i, field := range row {
			var err error
			if x[i], err = strconv.ParseFloat(field, 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, x)
	}
	return out
}

func dense(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, r := range rows {
		m.SetRow(i, r)
	}
	return m
}

// checkTrace fails if a number of a trace differs by more than 1e-9, or a spike.
func checkTrace(t *testing.T, worst float64, differ, steps int) {
	t.Helper()
	t.Logf("largest difference %.2g over %d steps", worst, steps)
	if worst > 1e-9 || differ > 0 {
		t.Errorf("largest difference %.2g, want at most 1e-9; spikes differ at %d of %d steps", worst, differ, steps)
	}
}

// TestGoldenBalanced drives the network with the noise of a trace of the
// authors' program and compares every spike, and every voltage, rate and
// estimate to 1e-9.
func TestGoldenBalanced(t *testing.T) {
	start := readNumbers(t, "golden/ebn_gamma_v0_r0.csv")
	trace := readNumbers(t, "golden/ebn_natural.csv.gz")
	const p, n, rho = 2, 10, 0.75
	config := PaperBalanced(equicorrelated(p, 3*rho, 1-rho), dense(start[:2]), metric.Natural)
	config.Target = about(config.Target, constant(p, 6))
	config.Voltage, config.Rate = start[2], start[3]
	worst := func(config BalancedConfig) (worst float64, differ int) {
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, p)
		for step, row := range trace {
			if step > 0 { // the first row is the state before the first step
				net.Advance(row[1:3])
				net.Position(z)
				worst = max(worst, math.Abs(z[0]-row[4]), math.Abs(z[1]-row[5]))
			}
			if net.Spike() != int(row[3])-1 {
				differ++
			}
			for j := range n {
				worst = max(worst, math.Abs(net.Voltage(j)-row[6+j]), math.Abs(net.Rate(j)-row[6+n+j]))
			}
		}
		return worst, differ
	}
	w, differ := worst(config)
	checkTrace(t, w, differ, len(trace))
	config.Arbitration = OnePerStepByExcess
	if _, differ := worst(config); differ == 0 {
		t.Error("another arbitration gives the same spikes: the test has no power")
	}
	config.Arbitration, config.Geometry = OnePerStep, metric.Naive
	if _, differ := worst(config); differ == 0 {
		t.Error("another geometry gives the same spikes: the test has no power")
	}
}

// TestGoldenMetropolis proposes what a trace of the authors' program proposed,
// with its uniform numbers, through a step of the target's mean, and compares
// every spike, and every voltage and estimate to 1e-9.
func TestGoldenMetropolis(t *testing.T) {
	gamma := dense(readNumbers(t, "golden/mh_gamma.csv"))
	trace := readNumbers(t, "golden/mh_exponential.csv.gz")
	const p, n, rho, onset = 2, 8, 0.75, 1000
	sigma := equicorrelated(p, rho, 1-rho)
	worst := func(config MetropolisConfig) (worst float64, differ int) {
		net, err := NewMetropolis(config)
		if err != nil {
			t.Fatal(err)
		}
		theta := make([]float64, p)
		for step, row := range trace {
			if step > 0 { // the first row is the state before the first step
				net.Propose(int(row[1])-1, row[2])
			}
			if step == onset {
				if err := net.SetMean(constant(p, 1)); err != nil {
					t.Fatal(err)
				}
			}
			net.Position(theta)
			for d, x := range theta {
				worst = max(worst, math.Abs(x-row[4+d]))
			}
			for j := range n {
				worst = max(worst, math.Abs(net.Voltage(j)-row[6+j]))
			}
			if net.Spike() != int(row[3])-1 {
				differ++
			}
		}
		return worst, differ
	}
	config := PaperMetropolis(sigma, gamma, metric.Naive)
	w, differ := worst(config)
	checkTrace(t, w, differ, len(trace))
	config.Gain = 1.01
	if _, differ := worst(config); differ == 0 {
		t.Error("a gain of 1.01 gives the same spikes: the test has no power")
	}
}
