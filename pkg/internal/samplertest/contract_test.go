package samplertest

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"natspike/pkg/stream"
)

// walk is a random walk that keeps the contract, but for what its fields break.
type walk struct {
	x, noise []float64

	noise2    []float64
	anyLength bool
	allocates bool
	steals    *rand.Rand
	diverges  bool
	frozen    bool
	leaves    bool
	restless  bool
	grows     bool
}

func (w *walk) Dim() int { return len(w.x) }

func (w *walk) Step(rng *rand.Rand) {
	if w.frozen {
		return
	}
	if w.steals != nil {
		rng = w.steals
	}
	if w.allocates {
		w.noise = make([]float64, len(w.x))
	}
	stream.Normals(rng, w.noise)
	for i, v := range w.noise {
		w.x[i] += v
	}
	if w.noise2 != nil { // shared between samplers
		w.noise2[0] += w.noise[0]
		w.x[0] = w.noise2[0]
	}
	if w.diverges {
		w.x[0] = math.NaN()
	}
	if w.grows {
		w.x = append(w.x, 0)
		w.noise = append(w.noise, 0)
		w.grows = false
	}
}

func (w *walk) Position(dst []float64) {
	if len(dst) != len(w.x) && !w.anyLength {
		panic("length")
	}
	copy(dst, w.x)
	if w.restless {
		w.x[0]++
	}
	if w.leaves {
		dst[len(dst)-1] = math.NaN()
	}
}

func newWalk() *walk { return &walk{x: make([]float64, 3), noise: make([]float64, 3)} }

func TestContract(t *testing.T) { Contract(t, newWalk) }

// TestContractIsBroken breaks each promise in turn: the controls of Contract.
func TestContractIsBroken(t *testing.T) {
	shared := make([]float64, 1)
	stolen := stream.New(9)
	for _, c := range []struct {
		name string
		fix  func(*walk)
		want string
	}{
		{"no dimensions", func(w *walk) { w.x = nil }, "Dim is 0"},
		{"dimension changes", func(w *walk) { w.grows, w.anyLength = true, true }, "Dim was 3"},
		{"any length", func(w *walk) { w.anyLength = true }, "accepts a slice of length 4"},
		{"entry not stored", func(w *walk) { w.leaves = true }, "coordinate 2 after step 1 is NaN"},
		{"Position moves", func(w *walk) { w.restless = true }, "Position moves"},
		{"diverges", func(w *walk) { w.diverges = true }, "coordinate 0 after step 1 is NaN"},
		{"stays", func(w *walk) { w.frozen = true }, "have not moved"},
		{"own generator", func(w *walk) { w.steals = stolen }, "same stream gives another path"},
		{"own seed", func(w *walk) { w.steals = stream.New(9) }, "another stream gives the same path"},
		{"shared memory", func(w *walk) { w.noise2 = shared }, "taking turns"},
		{"allocates", func(w *walk) { w.allocates = true }, "Step allocates"},
	} {
		got := strings.Join(violations(func() *walk { w := newWalk(); c.fix(w); return w }), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: reported %q, want %q among it", c.name, got, c.want)
		}
	}
}
