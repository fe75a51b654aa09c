package sde

import (
	"math"

	"natspike/pkg/internal/state"
)

const (
	kindPath  = "sde.Path/1"
	kindExact = "sde.Exact/1"
)

// grid codes a state on the grid 0, h, 2h, …
func grid(c *state.Coder, h float64, x []float64, steps *int) {
	c.Same("step", math.Float64bits(h), "is not that of the path")
	c.Floats("position", x)
	n := int64(*steps)
	c.Int("steps", &n, 0, math.MaxInt)
	*steps = int(n)
}

// unmarshal reads x and steps from data, or leaves both as they are.
func unmarshal(kind string, data []byte, h float64, x []float64, steps *int) error {
	next, n := make([]float64, len(x)), 0
	if err := state.Unmarshal(check, kind, data, func(c *state.Coder) { grid(c, h, next, &n) }); err != nil {
		return err
	}
	copy(x, next)
	*steps = n
	return nil
}

// MarshalBinary returns the state and the time. The random stream is saved apart
// from it, by the MarshalBinary of its source.
func (p *Path) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindPath, func(c *state.Coder) { grid(c, p.h, p.x, &p.steps) }), nil
}

// UnmarshalBinary restores the state and the time of a path of the same process
// with the same step, so that it goes on as it would have. An error leaves p as
// it is.
func (p *Path) UnmarshalBinary(data []byte) error {
	return unmarshal(kindPath, data, p.h, p.x, &p.steps)
}

// MarshalBinary returns the state and the time. The random stream is saved apart
// from it, by the MarshalBinary of its source.
func (s *Exact) MarshalBinary() ([]byte, error) {
	return state.Marshal(kindExact, func(c *state.Coder) { grid(c, s.h, s.x, &s.steps) }), nil
}

// UnmarshalBinary restores the state and the time of a sampler of the same
// process with the same step, so that it goes on as it would have. An error
// leaves s as it is.
func (s *Exact) UnmarshalBinary(data []byte) error {
	return unmarshal(kindExact, data, s.h, s.x, &s.steps)
}
