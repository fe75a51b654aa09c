package archive_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"

	"natspike/pkg/archive"
	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Draws go to the file as the sampler makes them; arviz.from_zarr opens it.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	const seed, chains, dim, step = 1, 4, 10, 0.02
	density, err := density.Equicorrelated(dim, 0.9, 1)
	if err != nil {
		log.Fatal(err)
	}
	plan := mcmc.Plan{BurnIn: 100, Thin: 1, Draws: 250}
	w, err := archive.Create(filepath.Join(dir, "run.zarr"), archive.Header{
		Run:       archive.Run{Seed: seed, Sampler: "mala", Parameters: struct{ Step float64 }{step}},
		Chains:    chains,
		Variables: []archive.Variable{archive.Vector("x", dim)},
		Stats:     []archive.Variable{archive.Scalar("lp"), {Name: "accepted", Kind: archive.Bool}},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Discard()
	for c := range chains {
		s, err := mcmc.NewMALA(density, make([]float64, dim), step, metric.Naive)
		if err != nil {
			log.Fatal(err)
		}
		rng := stream.Key{Seed: seed, Chain: uint32(c)}.Rand()
		for _, x := range mcmc.Draws(s, rng, plan) {
			accepted := 0.0
			if s.Accepted() {
				accepted = 1
			}
			if err := w.Append(c, x, []float64{density.LogProb(x), accepted}); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	groups, err := os.ReadDir(filepath.Join(dir, "run.zarr"))
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range groups {
		if g.IsDir() {
			fmt.Println(g.Name())
		}
	}
	// Output:
	// posterior
	// sample_stats
}

// Chains that CmdStan wrote; a column is what package diag takes.
func ExampleReadCmdStan() {
	d, err := archive.ReadCmdStan("testdata/cmdstan/nuts_1.csv", "testdata/cmdstan/nuts_2.csv")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("seed", d.Run.Seed)
	fmt.Println(d.Names()[:5])
	steps, err := d.Column("n_steps")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("leapfrog steps of each chain:", steps)
	// Output:
	// seed 20221128
	// [k m delta[0] delta[1] delta[2]]
	// leapfrog steps of each chain: [[7 15 15] [15 31 15]]
}

type result struct {
	StepSize float64 `parquet:"step_size"`
	Accepted float64 `parquet:"accepted"`
	Seed     uint64  `parquet:"seed"`
}

func ExampleSaveTable() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sweep.parquet")

	rows := []result{{0.1, 0.98, 1}, {0.5, 0.71, 2}, {2, 0.04, 3}}
	if err := archive.SaveTable(path, archive.Run{Seed: 1}, slices.Values(rows)); err != nil {
		log.Fatal(err)
	}
	for r, err := range archive.Rows[result](path) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.StepSize, r.Accepted)
	}
	// Output:
	// 0.1 0.98
	// 0.5 0.71
	// 2 0.04
}

// The spikes of a network, as they come; pynwb.read_nwb opens the file.
func ExampleCreateNWB() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	const neurons, step, steps = 3, 1e-3, 1000
	w, err := archive.CreateNWB(filepath.Join(dir, "network.nwb.zarr"), archive.Session{
		Run:         archive.Run{Seed: 1, Sampler: "poisson", Created: time.Date(2022, 11, 28, 0, 0, 0, 0, time.UTC)},
		Description: "Three neurons that fire at 20 Hz each",
		Neurons:     neurons,
		Stop:        steps * step,
		TimeStep:    step,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer w.Discard()
	rng := stream.New(1)
	for k := range steps {
		for i := range neurons {
			if rng.Float64() < 20*step {
				if err := w.Append(i, float64(k)*step); err != nil {
					log.Fatal(err)
				}
			}
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
}
