package nb_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"

	"natspike/pkg/figure"
	"natspike/pkg/nb"
)

func ExampleTable() {
	nb.Table([]string{"geometry", "ESS", "R̂", "draws"},
		nb.Row{"naive", 12.3456, 1.21, 1000},
		nb.Row{"natural", 987.654, 1.0, 1000},
		nb.Row{"exact", math.Inf(1), nil, 1000})
	// Output:
	// geometry   ESS    R̂  draws
	// ────────  ────  ────  ─────
	// naive     12.3  1.21   1000
	// natural    988  1.00   1000
	// exact        ∞         1000
}

// A computation whose key holds all its parameters runs once.
func ExampleCached() {
	type run struct {
		Version int
		Rho     float64
	}
	os.Setenv(nb.CacheDir, "off")
	defer os.Unsetenv(nb.CacheDir)

	mean := nb.Cached(run{Version: 1, Rho: 0.75}, func() (float64, error) { return 6, nil })

	fmt.Println(mean)
	// Output: 6
}

func relaxation(tau float64) *figure.Panel {
	return figure.New("Relaxation", "time (s)", "mean").
		Func("mean", func(t float64) float64 { return 1 - math.Exp(-t/tau) }, 0, 5, figure.Natural)
}

// Without a notebook a figure leaves a line that says what it shows.
func ExampleShow() {
	nb.Show(relaxation(1))
	nb.ShowPNG(relaxation(1).Alt("The mean rises to 1 within 3 s."))
	// Output:
	// figure: Relaxation. X axis time (s) from 0 to 5; y axis mean from −0.0497 to 1.04: mean.
	// figure: The mean rises to 1 within 3 s.
}

func ExamplePlay() {
	nb.Play(figure.Animation{Frames: 3, Frame: func(i int) figure.Drawing { return relaxation(float64(i + 1)) }})
	// Output: animation of 3 frames
}

func ExampleFrames() {
	nb.Frames("τ (s)", []float64{0.5, 1, 2}, func(tau float64) figure.Drawing { return relaxation(tau) }, 1)
	// Output: figure: τ (s) = 1 (frame 2 of 3). Relaxation. X axis time (s) from 0 to 5; y axis mean from −0.0497 to 1.04: mean.
}

func ExampleExplore() {
	tau := nb.LogSlider("τ (s)", 0.1, 10, 0.5)
	way := nb.Menu("geometry", "naive", "natural")

	nb.Explore(func(ctx context.Context) figure.Drawing {
		return relaxation(tau.Value()).Alt(way.Value() + " relaxation")
	}, tau, way)
	// Output:
	// τ (s) = 0.5, geometry = naive
	// figure: naive relaxation
}

// Without a browser only the last figure is shown.
func ExampleLive() {
	tau := 0.0
	for i := range nb.Live(10, func() figure.Drawing { return relaxation(tau).Alt(fmt.Sprint("τ is ", tau)) }) {
		tau = float64(i + 1)
	}
	// Output: figure: τ is 10
}

// A progress bar says on standard error how many steps were made.
func ExampleRange() {
	sum := 0
	for i := range nb.Range(4, "adding") {
		sum += i
	}
	fmt.Println(sum)
	// Output: 6
}

// Track counts the steps of any sequence, such as mcmc.Draws.
func ExampleTrack() {
	for i, name := range nb.Track(2, "geometries", slices.All([]string{"naive", "natural"})) {
		fmt.Println(i, name)
	}
	// Output:
	// 0 naive
	// 1 natural
}
