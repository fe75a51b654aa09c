package mcmc_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"natspike/pkg/archive"
	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// From chains to a summary and a file: four chains of NUTS on the eight schools,
// what they warn of, a summary of one quantity, and an archive that ArviZ opens,
// with the statistics of each draw.
func ExampleAllStats() {
	schools := density.NewEightSchools()
	plan := mcmc.Plan{Draws: 1000}
	chains, err := mcmc.Chains(context.Background(), 4, 1, plan, func(_ int, rng *rand.Rand) (*mcmc.NUTS, error) {
		x0 := make([]float64, schools.Dim())
		stream.Normals(rng, x0)
		nuts, err := mcmc.NewNUTS(schools, x0, 1, metric.Naive)
		if err != nil {
			return nil, err
		}
		return nuts, mcmc.Warmup{Acceptance: 0.9}.Run(context.Background(), nuts, rng)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("warnings:", mcmc.Warnings(chains))

	draws := mcmc.AllDraws(chains)
	mu, err := diag.Summarize(diag.Coordinate(draws, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("μ = %.1f ± %.1f, from %.1f to %.1f in nine of ten\n", mu.Mean, mu.SD, mu.Q5, mu.Q95)

	names, stats := mcmc.AllStats(chains)
	run := archive.Run{Seed: 1, Sampler: "NUTS", Parameters: plan}
	d, err := archive.FromChains(run, []archive.Variable{archive.Vector("x", schools.Dim())}, draws, names, stats)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := archive.Save(filepath.Join(dir, "eight.npz"), d); err != nil {
		fmt.Println(err)
		return
	}
	back, err := archive.ReadNPZ(filepath.Join(dir, "eight.npz"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range back.Stats {
		fmt.Println(v.Name)
	}
	// Output:
	// warnings: []
	// μ = 4.4 ± 3.3, from -1.2 to 9.7 in nine of ten
	// lp
	// acceptance_rate
	// diverging
	// energy
	// tree_depth
	// reached_max_treedepth
	// n_steps
	// step_size
}
