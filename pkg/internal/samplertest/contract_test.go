package samplertest

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"natspike/pkg/internal/state"
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

	steps     float64
	misnames  bool // gives two statistics one name
	anyStats  bool // stores statistics in a slice of any length
	wild      bool // reports NaN
	tells     bool // moves when it reports
	forgetful bool // saves half of its state
	gullible  bool // reads any bytes
	hasty     bool // reads a state before it checks it
	saves     bool // moves when it is saved
}

// StatNames and Stats make a walk a Reporter.
func (w *walk) StatNames() []string {
	if w.misnames {
		return []string{"steps", "steps"}
	}
	return []string{"steps", "half"}
}

func (w *walk) Stats(dst []float64) {
	if len(dst) != 2 && !w.anyStats {
		panic("length")
	}
	if w.tells {
		w.x[0]++
	}
	copy(dst, []float64{w.steps, w.steps / 2})
	if w.wild {
		dst[1] = math.NaN()
	}
}

func (w *walk) fields(c *state.Coder) {
	c.Floats("x", w.x)
	if !w.forgetful {
		c.Float("steps", &w.steps)
	}
}

func (w *walk) MarshalBinary() ([]byte, error) {
	data, err := state.Marshal("samplertest.walk/1", w.fields)
	if w.saves {
		w.x[0]++
	}
	return data, err
}

func (w *walk) UnmarshalBinary(data []byte) error {
	next := *w
	next.x = append([]float64(nil), w.x...)
	if w.hasty {
		next.x = w.x
	}
	err := state.Unmarshal("samplertest.walk/1", data, next.fields)
	if w.hasty && err != nil {
		w.x[0]++
	}
	if err != nil && !w.gullible {
		return err
	}
	*w = next
	return nil
}

// mute is a walk that cannot be saved.
type mute struct{ w *walk }

func (m mute) Dim() int               { return m.w.Dim() }
func (m mute) Step(rng *rand.Rand)    { m.w.Step(rng) }
func (m mute) Position(dst []float64) { m.w.Position(dst) }

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
	w.steps++
	for i, v := range w.noise {
		w.x[i] += v + 1e-3*w.steps
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
		{"one name twice", func(w *walk) { w.misnames = true }, "not distinct"},
		{"statistics of any length", func(w *walk) { w.anyStats = true }, "Stats accepts a slice of length 1"},
		{"a statistic that is no number", func(w *walk) { w.wild = true }, "statistic half after step 1 is NaN"},
		{"Stats moves", func(w *walk) { w.tells = true }, "Stats moves"},
		{"half a state", func(w *walk) { w.forgetful = true }, "restored after 1 steps goes on differently"},
		{"reads anything", func(w *walk) { w.gullible = true }, "reads a damaged state"},
		{"reads before it checks", func(w *walk) { w.hasty = true }, "has moved the sampler that refused it"},
		{"saving moves", func(w *walk) { w.saves = true }, "MarshalBinary after 1 steps moves"},
	} {
		got := strings.Join(violations(func() *walk { w := newWalk(); c.fix(w); return w }), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: reported %q, want %q among it", c.name, got, c.want)
		}
	}
	if got := strings.Join(violations(func() mute { return mute{newWalk()} }), "\n"); !strings.Contains(got, "has no methods MarshalBinary") {
		t.Errorf("a sampler that cannot be saved: reported %q", got)
	}
}
