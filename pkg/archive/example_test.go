package archive_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/archive"
	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// temporary returns a new directory, and a function that removes it.
func temporary() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

// Chains and the sampler's statistics go to a file that arviz.from_zarr opens.
func Example() {
	dir, remove := temporary()
	defer remove()

	const seed, dim = 1, 4
	p, err := density.Equicorrelated(dim, 0.9, 1)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	chains, err := mcmc.Chains(ctx, 4, seed, mcmc.Plan{Draws: 200}, func(c int, rng *rand.Rand) (*mcmc.NUTS, error) {
		s, err := mcmc.NewNUTS(p, make([]float64, dim), 0.1, metric.Naive)
		if err != nil {
			return nil, err
		}
		return s, mcmc.Warmup{Steps: 200}.Run(ctx, s, rng)
	})
	if err != nil {
		log.Fatal(err)
	}
	var draws, stats []*mat.Dense
	for _, c := range chains {
		draws, stats = append(draws, c.Draws), append(stats, c.Stats)
	}
	d, err := archive.FromChains(archive.Run{Seed: seed, Sampler: "nuts"}, nil, draws, chains[0].StatNames(), stats)
	if err != nil {
		log.Fatal(err)
	}
	if err := archive.Save(filepath.Join(dir, "run.zarr"), d); err != nil {
		log.Fatal(err)
	}
	for _, v := range d.Stats {
		fmt.Println(v.Name, v.Kind)
	}
	// Output:
	// lp float64
	// acceptance_rate float64
	// diverging bool
	// energy float64
	// tree_depth int64
	// reached_max_treedepth bool
	// n_steps int64
	// step_size float64
}

// Draws go to the file as the sampler makes them. Nothing is held in memory but
// a part of them.
func ExampleCreate() {
	dir, remove := temporary()
	defer remove()

	const seed, chains, dim, step = 1, 4, 10, 0.02
	p, err := density.Equicorrelated(dim, 0.9, 1)
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
		s, err := mcmc.NewMALA(p, make([]float64, dim), step, metric.Naive)
		if err != nil {
			log.Fatal(err)
		}
		rng := stream.Key{Seed: seed, Chain: uint32(c)}.Rand()
		for _, x := range mcmc.Draws(s, rng, plan) {
			accepted := 0.0
			if s.Accepted() {
				accepted = 1
			}
			if err := w.Append(c, x, []float64{p.LogProb(x), accepted}); err != nil {
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

// One run in all formats, and back. Create says which call of ArviZ opens each.
func ExampleSave() {
	dir, remove := temporary()
	defer remove()

	d := &archive.Draws{
		Header: archive.Header{
			Run:       archive.Run{Seed: 7, Sampler: "by hand", Parameters: map[string]int{"schools": 2}},
			Variables: []archive.Variable{archive.Scalar("mu"), {Name: "theta", Dims: []archive.Dim{{Name: "school", Size: 2, Labels: []string{"Choate", "Deerfield"}}}}},
			Observed:  []archive.Array{{Variable: archive.Vector("y", 2), Data: []float64{28, 8}}},
		},
		Values: []*mat.Dense{mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), mat.NewDense(2, 3, []float64{7, 8, 9, 10, 11, 12})},
	}
	for _, name := range []string{"run.zarr", "run.npz", "run.parquet", "run.csv", "run.stan.csv"} {
		if err := archive.Save(filepath.Join(dir, name), d); err != nil {
			log.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	table, err := os.ReadFile(filepath.Join(dir, "run.csv"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("\n%s\n", table)

	back, err := archive.ReadNPZ(filepath.Join(dir, "run.npz"))
	if err != nil {
		log.Fatal(err)
	}
	theta, err := back.Column("theta[Deerfield]")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("theta of Deerfield in each chain:", theta)
	run, err := archive.ReadRun(filepath.Join(dir, "run.parquet"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("seed %d, parameters %s\n", run.Seed, run.Parameters)
	// Output:
	// run.csv
	// run.npz
	// run.parquet
	// run.zarr
	// run_1.stan.csv
	// run_2.stan.csv
	//
	// chain,draw,mu,theta[Choate],theta[Deerfield]
	// 0,0,1,2,3
	// 0,1,4,5,6
	// 1,0,7,8,9
	// 1,1,10,11,12
	//
	// theta of Deerfield in each chain: [[3 6] [9 12]]
	// seed 7, parameters {"schools":2}
}

// What Save wrote comes back, by the end of the file's name.
func ExampleLoad() {
	dir, remove := temporary()
	defer remove()

	draws := []*mat.Dense{mat.NewDense(2, 2, []float64{0.5, 1, 0.25, 2}), mat.NewDense(2, 2, []float64{3, 4, 5, 6})}
	d, err := archive.FromChains(archive.Run{Seed: 1, Sampler: "nuts"}, nil, draws, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"run.parquet", "run.csv"} {
		path := filepath.Join(dir, name)
		if err := archive.Save(path, d); err != nil {
			log.Fatal(err)
		}
		again, err := archive.Load(path)
		if err != nil {
			log.Fatal(err)
		}
		x, err := again.Column("x[1]")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %q, x[1] = %v\n", name, again.Run.Sampler, x)
	}
	// Output:
	// run.parquet: "nuts", x[1] = [[1 2] [4 6]]
	// run.csv: "", x[1] = [[1 2] [4 6]]
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

// One file, row by row, in the memory of one row.
func ExampleOpenCmdStan() {
	r, err := archive.OpenCmdStan("testdata/cmdstan/nuts_1.csv")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Println("method", r.Method)
	for row, err := range r.Rows() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s = %.3f\n", r.Header.Variables[0].Name, row[0])
	}
	// Output:
	// method sample
	// k = -2.319
	// k = 4.830
	// k = -5.281
}

// The mean of a variational approximation, beside the draws from it.
func ExampleReadCmdStanPoint() {
	const path = "testdata/cmdstan/variational.csv"
	mean, err := archive.ReadCmdStanPoint(path)
	if err != nil {
		log.Fatal(err)
	}
	draws, err := archive.ReadCmdStan(path)
	if err != nil {
		log.Fatal(err)
	}
	n, _ := draws.Values[0].Dims()
	fmt.Printf("%s: mean of %s %.4f, and %d draws\n", draws.Run.Sampler, mean.Variables[0].Name, mean.Values[0], n)
	// Output:
	// cmdstan variational: mean of k 0.0099, and 20 draws
}

// A file that is not what its reader wants, and one that is not there.
func ExampleFormatError() {
	_, err := archive.ReadCmdStan("testdata/cmdstan/optimize.csv")
	if e := (*archive.FormatError)(nil); errors.As(err, &e) {
		fmt.Println(filepath.Base(e.Path)+":", e.Err)
	}
	_, err = archive.ReadNPZ("testdata/absent.npz")
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// optimize.csv: the method is optimize, whose output is a point estimate, not draws: ReadCmdStanPoint reads it
	// true
}

type result struct {
	StepSize float64 `parquet:"step_size"`
	Accepted float64 `parquet:"accepted"`
	Seed     uint64  `parquet:"seed"`
}

func ExampleSaveTable() {
	dir, remove := temporary()
	defer remove()
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

// The rows of one table that are wanted, in another. An error among the rows of
// the first leaves no second.
func ExampleSaveRows() {
	dir, remove := temporary()
	defer remove()
	all, good := filepath.Join(dir, "all.parquet"), filepath.Join(dir, "good.csv")
	rows := []result{{0.1, 0.98, 1}, {0.5, 0.71, 2}, {2, 0.04, 3}}
	if err := archive.SaveTable(all, archive.Run{Seed: 1}, slices.Values(rows)); err != nil {
		log.Fatal(err)
	}
	err := archive.SaveRows(good, archive.Run{Seed: 1}, func(yield func(result, error) bool) {
		for r, err := range archive.Rows[result](all) {
			if (err != nil || r.Accepted > 0.5) && !yield(r, err) {
				return
			}
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", text)
	// Output:
	// step_size,accepted,seed
	// 0.1,0.98,1
	// 0.5,0.71,2
}

// A table whose columns are known when the program runs.
func ExampleRecords() {
	dir, remove := temporary()
	defer remove()
	path := filepath.Join(dir, "rates.parquet")
	if err := archive.CheckTable(path); err != nil { // before the work that makes the rows
		log.Fatal(err)
	}
	table := archive.Records(archive.Column{Name: "neuron", Kind: reflect.Int}, archive.Column{Name: "rate", Unit: "Hz"})
	err := table.Save(path, archive.Run{Seed: 1}, func(yield func([]any, error) bool) {
		for i := range 2 {
			if !yield([]any{i, 10 / float64(i+1)}, nil) {
				return
			}
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range table.Rows(path) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row...)
	}
	columns, err := archive.Table[result]{}.Columns()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a struct has the columns", columns[0].Name, columns[1].Name, columns[2].Name)
	// Output:
	// 0 10
	// 1 5
	// a struct has the columns step_size accepted seed
}

// The spikes of a network, as they come; pynwb.read_nwb opens the file.
func ExampleCreateNWB() {
	dir, remove := temporary()
	defer remove()

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
	columns, err := filepath.Glob(filepath.Join(dir, "network.nwb.zarr", "units", "*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range columns {
		fmt.Println(filepath.Base(c))
	}
	// Output:
	// id
	// obs_intervals
	// obs_intervals_index
	// spike_times
	// spike_times_index
	// zarr.json
}
