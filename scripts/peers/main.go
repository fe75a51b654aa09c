// Command peers runs natspike's NUTS for peers.py, which compares it with another
// program's: it writes the draws, chain by chain, as little-endian float64, and
// prints the gradients taken while sampling and the seconds of all of it.
package main

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/mcmc"
	"natspike/pkg/stream"
	"natspike/pkg/target"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run() error {
	name := flag.String("target", "eight schools", "eight schools or logistic")
	data := flag.String("data", "pkg/mcmc/testdata/wdbc.csv", "data of the logistic regression")
	out := flag.String("out", "", "file for the draws")
	chains := flag.Int("chains", 4, "number of chains")
	warmup := flag.Int("warmup", 1000, "steps of warm-up")
	draws := flag.Int("draws", 2000, "draws of each chain")
	flag.Parse()

	p, err := posterior(*name, *data)
	if err != nil {
		return err
	}
	samplers, warm := make([]*mcmc.NUTS, *chains), make([]int, *chains)
	begin := time.Now()
	result, err := mcmc.Chains(context.Background(), *chains, 1, mcmc.Plan{Draws: *draws}, func(c int, rng *rand.Rand) (mcmc.Sampler, error) {
		x0 := make([]float64, p.Dim())
		stream.Normals(rng, x0)
		nuts, err := mcmc.NewNUTS(p, x0, 0.1, nil)
		if err != nil {
			return nil, err
		}
		if err := (mcmc.Warmup{Steps: *warmup}).Run(nuts, rng); err != nil {
			return nil, err
		}
		samplers[c], warm[c] = nuts, nuts.Gradients()
		return nuts, nil
	})
	if err != nil {
		return err
	}
	report := struct {
		Gradients int
		Seconds   float64
	}{Seconds: time.Since(begin).Seconds()}
	for c, s := range samplers {
		report.Gradients += s.Gradients() - warm[c]
	}
	if *out != "" {
		var bytes []byte
		for _, d := range result {
			for _, v := range d.RawMatrix().Data {
				bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(v))
			}
		}
		if err := os.WriteFile(*out, bytes, 0o644); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func posterior(name, data string) (target.Density, error) {
	switch name {
	case "eight schools":
		return target.NewEightSchools(), nil
	case "logistic":
		return logistic(data)
	}
	return nil, fmt.Errorf("no target %q: there are \"eight schools\" and \"logistic\"", name)
}

// logistic reads a table of a label and features, and standardises the features.
func logistic(path string) (*target.Logistic, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	table, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(table) < 2 {
		return nil, fmt.Errorf("%s has no rows", path)
	}
	table = table[1:]
	n, d := len(table), len(table[0])
	x, y := mat.NewDense(n, d, nil), make([]float64, n)
	for j := range d {
		column := make([]float64, n)
		mean, variance := 0.0, 0.0
		for i := range n {
			if column[i], err = strconv.ParseFloat(table[i][j], 64); err != nil {
				return nil, fmt.Errorf("%s, row %d: %w", path, i+2, err)
			}
			mean += column[i] / float64(n)
		}
		if j == 0 { // the label; an intercept takes its place
			copy(y, column)
			for i := range n {
				x.Set(i, 0, 1)
			}
			continue
		}
		for _, v := range column {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		for i, v := range column {
			x.Set(i, j, (v-mean)/math.Sqrt(variance))
		}
	}
	return target.NewLogistic(x, y, 2.5)
}
