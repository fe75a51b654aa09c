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
// whether their draws can be used, a table of the first two quantities, and an
// archive that ArviZ opens, with the statistics of each draw.
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
	draws, warnings := mcmc.AllDraws(chains), mcmc.Warnings(chains)
	names, stats := mcmc.AllStats(chains)
	verdict, err := diag.Judge(diag.Run{Draws: draws, Names: schools.Names(), Stats: stats, StatNames: names, Warnings: warnings})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(verdict)
	fmt.Print(verdict.Table[:2])

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
	fmt.Println("saved with", back.Stats[0].Name, "to", back.Stats[len(names)-1].Name)
	// Output:
	// The draws can be used: R-hat is at most 1.004, the effective sample size at least 1814, and means are known to 2.3 % of a standard deviation.
	// name   mean   MCSE     sd     5 %   50 %   95 %  ESS bulk  ESS tail  R-hat
	// mu    4.445  0.045  3.284  -0.995  4.467  9.861      5279      2731  1.004
	// tau   0.816  0.026  1.169  -1.316  1.028  2.272      2799      1814  1.004
	// saved with lp to step_size
}
