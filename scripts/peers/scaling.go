package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/sweep"
	"natspike/pkg/trial/model"
)

// scaling prints how the time and the memory of the balanced network grow: with
// workers, with its dimensions and neurons, and, extrapolated, with the cores of a
// cluster. All of it is measured in the given number of rounds, of which the fastest
// counts.
func scaling(w io.Writer, rounds int) error {
	task, err := workers(w, rounds)
	if err != nil {
		return err
	}
	if err := sizes(w, rounds); err != nil {
		return err
	}
	return cluster(w, task)
}

// workers times the repeats of a trial by one worker and by two, in turn, and returns
// the processor time of a trial in s. On a machine that does other work a second worker
// need not get a processor. The processor time shows whether two workers do more work
// than one.
func workers(w io.Writer, rounds int) (trial float64, err error) {
	const repeats = 16
	setup := model.PaperBalanced(64, 20, 0.75, metric.Natural)
	measured := func(n int) (wall, processor float64, err error) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
		before, begin := processorTime(), time.Now()
		_, err = setup.Repeats(context.Background(), repeats, 1, setup.Measures()...)
		return time.Since(begin).Seconds(), processorTime() - before, err
	}
	var wall, processor [2][]float64
	for range rounds {
		for k := range 2 {
			t, p, err := measured(k + 1)
			if err != nil {
				return 0, err
			}
			wall[k], processor[k] = append(wall[k], t), append(processor[k], p)
		}
	}
	var ratios []float64
	for r := range rounds {
		ratios = append(ratios, wall[0][r]/wall[1][r])
	}
	slices.Sort(ratios)
	one, two := slices.Min(wall[0]), slices.Min(wall[1])
	p1, p2 := slices.Min(processor[0]), slices.Min(processor[1])
	fmt.Fprintf(w, "%d trials of %d × %d, the fastest of %d rounds: %.2f s by one worker and %.2f s by two, which is %.2f times as fast; in a round %.2f to %.2f times. They take %.2f s and %.2f s of processor time. On two processors that do nothing else that is %.2f times as fast.\n\n",
		repeats, setup.Dims, setup.Neurons(), rounds, one, two, one/two, ratios[0], ratios[len(ratios)-1], p1, p2, 2*p1/p2)
	return slices.Min(processor[0]) / repeats, nil
}

// processorTime returns the time that the program has run on all processors, in s.
func processorTime() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return math.NaN()
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)*1e-6
}

// sizes prints the time of a step and the memory of balanced networks of several sizes,
// and the exponents a and b of a fit of c·pᵃ·nᵇ to the times by least squares.
func sizes(w io.Writer, rounds int) error {
	fmt.Fprint(w, "| dimensions | neurons | a step | memory |\n|---|---|---|---|\n")
	var logs [][3]float64 // of p, n and the time
	for _, p := range []int{8, 16, 32, 64, 128} {
		for _, n := range []int{10 * p, 20 * p, 40 * p} {
			net, bytes, err := build(p, n)
			if err != nil {
				return err
			}
			rng := stream.New(1)
			steps := max(1000, 40_000_000/(p*n))
			least := math.Inf(1)
			for range 10 * rounds {
				begin := time.Now()
				for range steps / 10 {
					net.Step(rng)
				}
				least = min(least, time.Since(begin).Seconds()/float64(steps/10))
			}
			logs = append(logs, [3]float64{math.Log(float64(p)), math.Log(float64(n)), math.Log(least)})
			fmt.Fprintf(w, "| %d | %d | %.3g µs | %.0f kB |\n", p, n, 1e6*least, bytes/1e3)
		}
	}
	a, b := exponents(logs)
	c, d := exponents(logs[6:])
	fmt.Fprintf(w, "\nThe time of a step grows as p^%.2f n^%.2f over all sizes, and as p^%.2f n^%.2f from 32 dimensions on.\n\n", a, b, c, d)
	return nil
}

// build returns a published network of natural geometry, and the bytes on the heap that
// it keeps.
func build(p, n int) (*spiking.Balanced, float64, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	setup := model.PaperBalanced(p, n/p, 0.75, metric.Natural)
	config, err := setup.Balanced(1, 0)
	if err != nil {
		return nil, 0, err
	}
	net, err := spiking.NewBalanced(config)
	runtime.GC()
	runtime.ReadMemStats(&after)
	return net, float64(after.HeapAlloc) - float64(before.HeapAlloc), err
}

// exponents returns a and b of the fit z = c + a x + b y by least squares.
func exponents(points [][3]float64) (a, b float64) {
	var mean [3]float64
	for _, p := range points {
		for k, v := range p {
			mean[k] += v / float64(len(points))
		}
	}
	var s [3][3]float64
	for _, p := range points {
		for i := range p {
			for j := range p {
				s[i][j] += (p[i] - mean[i]) * (p[j] - mean[j])
			}
		}
	}
	det := s[0][0]*s[1][1] - s[0][1]*s[0][1]
	return (s[0][2]*s[1][1] - s[1][2]*s[0][1]) / det, (s[1][2]*s[0][0] - s[0][2]*s[0][1]) / det
}

// cluster prints what a sweep would take on a thousand cores: the time of a trial is
// given, and that of the files of a thousand shards, which one process writes and
// merges, is measured.
func cluster(w io.Writer, trial float64) error {
	const cores, tasks = 1000, 100_000
	dir, err := os.MkdirTemp("", "scaling-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	type row struct{ A, B, C, D, E, F, G, H float64 }
	s := sweep.Sweep[row]{
		Tasks:  tasks,
		Task:   func(_ context.Context, i int) ([]row, error) { return []row{{A: float64(i)}}, nil },
		Failed: func(int, error) row { return row{} },
	}
	ctx := context.Background()
	begin := time.Now()
	for i := range cores {
		if err := s.RunShards(ctx, dir+"/shards", sweep.Shard{Index: i, Of: cores}); err != nil {
			return err
		}
	}
	shard := time.Since(begin).Seconds() / cores
	begin = time.Now()
	if err := s.Merge(ctx, dir+"/shards", cores, dir+"/merged.parquet"); err != nil {
		return err
	}
	merge := time.Since(begin).Seconds()
	const start = 10 // s, from the queue to the first trial
	perCore := float64(tasks/cores) * trial
	total := start + perCore + shard + merge
	fmt.Fprintf(w, "A sweep of %d such trials takes %.3g hours on one core. On %d cores, with a shard of %d trials for each, it takes %d s to start (assumed), %.3g s of trials, %.3g s for the file of a shard and %.3g s for the merge of all: %.3g s, %.0f times as fast.\n",
		tasks, tasks*trial/3600, cores, tasks/cores, start, perCore, shard, merge, total, tasks*trial/total)
	return nil
}
