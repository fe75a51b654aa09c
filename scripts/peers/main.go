// Command peers runs the samplers of this module for bench.py, which compares them
// with other programs.
//
//	peers data -target NAME      prints the data of a target as JSON
//	peers nuts -target NAME …    runs NUTS, writes the draws, prints the time and the gradients
//	peers ula -rows N -columns D times ULA on a logistic regression, one chain
//	peers scaling -rounds N      prints how time and memory grow with workers and sizes
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command: there are data, nuts, ula and scaling")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	name := flags.String("target", "eight schools", "density to sample")
	out := flags.String("out", "", "file for the draws, chain by chain, as little-endian float64")
	chains := flags.Int("chains", 4, "number of chains")
	warmup := flags.Int("warmup", 1000, "steps of warm-up")
	draws := flags.Int("draws", 2000, "draws of each chain")
	rows := flags.Int("rows", 1000, "observations of the regression")
	columns := flags.Int("columns", 5, "coefficients of the regression")
	workers := flags.Int("workers", 1, "goroutines for a gradient of the regression, at least 1")
	steps := flags.Int("steps", 1000, "steps that are timed")
	rounds := flags.Int("rounds", 5, "how often each case is timed")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "scaling" {
		return scaling(os.Stdout, *rounds)
	}
	var report any
	var err error
	switch args[0] {
	case "data":
		_, report, err = target(*name)
	case "nuts":
		report, err = nuts(*name, *out, *chains, *warmup, *draws)
	case "ula":
		report, err = ula(*rows, *columns, *workers, *steps)
	default:
		err = fmt.Errorf("no command %q: there are data, nuts, ula and scaling", args[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

// took is the cost of a run.
type took struct {
	Gradients int     `json:",omitempty"` // while sampling
	Seconds   float64 // of the whole run
}

func nuts(name, out string, n, warmup, draws int) (took, error) {
	p, _, err := target(name)
	if err != nil {
		return took{}, err
	}
	warm := make([]int, n) // gradients of the warm-up
	begin := time.Now()
	chains, err := mcmc.Chains(context.Background(), n, 1, mcmc.Plan{Draws: draws}, func(c int, rng *rand.Rand) (*mcmc.NUTS, error) {
		x0 := make([]float64, p.Dim())
		stream.Normals(rng, x0)
		nuts, err := mcmc.NewNUTS(p, x0, 0.1, metric.Naive)
		if err != nil {
			return nil, err
		}
		if err := (mcmc.Warmup{Steps: warmup}).Run(context.Background(), nuts, rng); err != nil {
			return nil, err
		}
		warm[c] = nuts.Gradients()
		return nuts, nil
	})
	if err != nil {
		return took{}, err
	}
	report := took{Seconds: time.Since(begin).Seconds()}
	var bytes []byte
	for c, chain := range chains {
		report.Gradients += chain.Sampler.Gradients() - warm[c]
		for _, v := range chain.Draws.RawMatrix().Data {
			bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(v))
		}
	}
	if out != "" {
		err = os.WriteFile(out, bytes, 0o644)
	}
	return report, err
}

// ula times steps of the unadjusted Langevin algorithm on a logistic regression of
// simulated data.
func ula(rows, columns, workers, steps int) (took, error) {
	if workers < 1 {
		return took{}, fmt.Errorf("-workers is %d: it must be at least 1", workers)
	}
	rng := stream.Key{Seed: 1, Purpose: stream.Data}.Rand()
	x, y := mat.NewDense(rows, columns, nil), make([]float64, rows)
	stream.Normals(rng, x.RawMatrix().Data)
	for i := range y {
		y[i] = float64(rng.IntN(2))
	}
	p, err := density.NewLogistic(x, y, 1)
	if err != nil {
		return took{}, err
	}
	s, err := mcmc.NewULA(p.WithWorkers(workers), make([]float64, columns), 1e-4, metric.Naive)
	if err != nil {
		return took{}, err
	}
	for range steps / 10 {
		s.Step(rng)
	}
	begin := time.Now()
	for range steps {
		s.Step(rng)
	}
	return took{Seconds: time.Since(begin).Seconds()}, nil
}
