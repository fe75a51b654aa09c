package sde

import (
	"cmp"
	"fmt"
	"math"

	"natspike/pkg/arg"
	"natspike/pkg/internal/state"
)

// A grid is a solution at one of the times 0, h, 2h, …
type grid struct {
	x     []float64
	h     float64
	steps int
}

// newGrid returns a grid at time 0 and a copy of x0, which must have length n.
func newGrid(x0 []float64, n int, h float64) (grid, error) {
	x, err := check.Vector("x0", x0, n)
	return grid{x: x, h: h}, cmp.Or(err, check.Positive("h", h, ""))
}

// Dim returns the length of the state.
func (g *grid) Dim() int { return len(g.x) }

// Position stores the present state in dst. It panics if the length of dst is
// not Dim.
func (g *grid) Position(dst []float64) {
	check.Length("dst", dst, len(g.x))
	copy(dst, g.x)
}

// Time returns h times the number of steps taken.
func (g *grid) Time() float64 { return float64(g.steps) * g.h }

func (g *grid) describe(kind string, of any) string {
	return fmt.Sprintf("%s: %s, h = %.4g, t = %.4g", kind, arg.Describe(of), g.h, g.Time())
}

func (g *grid) fields(c *state.Coder) {
	c.Same("step", math.Float64bits(g.h), "is not that of the path")
	c.Floats("position", g.x)
	c.Count("steps", &g.steps)
}

const (
	kindPath  = "sde.Path/1"
	kindExact = "sde.Exact/1"
)

// MarshalBinary returns the state and the time. The random stream is saved apart
// from it, by the MarshalBinary of its source.
func (p *Path) MarshalBinary() ([]byte, error) { return state.Marshal(kindPath, p.fields) }

// UnmarshalBinary restores the state and the time of a path of the same process
// with the same step, so that it goes on as it would have. An error leaves p as
// it is.
func (p *Path) UnmarshalBinary(data []byte) error {
	return state.Restore(kindPath, data, p, (*Path).fields)
}

// MarshalBinary returns the state and the time. The random stream is saved apart
// from it, by the MarshalBinary of its source.
func (s *Exact) MarshalBinary() ([]byte, error) { return state.Marshal(kindExact, s.fields) }

// UnmarshalBinary restores the state and the time of a sampler of the same
// process with the same step, so that it goes on as it would have. An error
// leaves s as it is.
func (s *Exact) UnmarshalBinary(data []byte) error {
	return state.Restore(kindExact, data, s, (*Exact).fields)
}
