// Command peers runs natspike's NUTS for peers.py, which compares it with another
// program's: it writes the draws, chain by chain, as little-endian float64, and
// prints the gradients taken while sampling and the seconds of all of it.
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

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run() error {
	name := flag.String("target", "eight schools", "eight schools or logistic")
	out := flag.String("out", "", "file for the draws")
	chains := flag.Int("chains", 4, "number of chains")
	warmup := flag.Int("warmup", 1000, "steps of warm-up")
	draws := flag.Int("draws", 2000, "draws of each chain")
	flag.Parse()

	p, err := posterior(*name)
	if err != nil {
		return err
	}
	warm := make([]int, *chains) // gradients of the warm-up
	begin := time.Now()
	result, err := mcmc.Chains(context.Background(), *chains, 1, mcmc.Plan{Draws: *draws}, func(c int, rng *rand.Rand) (*mcmc.NUTS, error) {
		x0 := make([]float64, p.Dim())
		stream.Normals(rng, x0)
		nuts, err := mcmc.NewNUTS(p, x0, 0.1, metric.Naive)
		if err != nil {
			return nil, err
		}
		if err := (mcmc.Warmup{Steps: *warmup}).Run(context.Background(), nuts, rng); err != nil {
			return nil, err
		}
		warm[c] = nuts.Gradients()
		return nuts, nil
	})
	if err != nil {
		return err
	}
	report := struct {
		Gradients int
		Seconds   float64
	}{Seconds: time.Since(begin).Seconds()}
	for c, chain := range result {
		report.Gradients += chain.Sampler.Gradients() - warm[c]
	}
	if *out != "" {
		var bytes []byte
		for _, chain := range result {
			for _, v := range chain.Draws.RawMatrix().Data {
				bytes = binary.LittleEndian.AppendUint64(bytes, math.Float64bits(v))
			}
		}
		if err := os.WriteFile(*out, bytes, 0o644); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

func posterior(name string) (density.Density, error) {
	switch name {
	case "eight schools":
		return density.NewEightSchools(), nil
	case "logistic":
		data := dataset.BreastCancer()
		x, _ := data.Design()
		return density.NewLogistic(x, data.Y, 1)
	}
	return nil, fmt.Errorf("no target %q: there are \"eight schools\" and \"logistic\"", name)
}
