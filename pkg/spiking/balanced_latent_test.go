package spiking

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The latent diffusion is what least squares finds in the voltages, and it
// takes the steps that its equation says, from the noise given.
func TestLatent(t *testing.T) {
	racetest.Sequential(t)
	const p, n = 3, 12
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		rng := stream.New(1)
		decoder := randomDecoder(rng, p, n, 1)
		config := PaperBalanced(equicorrelated(p, 1.5, 0.5), decoder, metric.Natural)
		config.Target = about(config.Target, constant(p, 2))
		config.Arbitration = a
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		root := root(metric.Natural, config.Target)
		xi, z, x, next, zNext := make([]float64, p), make([]float64, p), make([]float64, p), make([]float64, p), make([]float64, p)
		v, u := mat.NewVecDense(n, nil), mat.NewVecDense(p, nil)
		due := make([]float64, p)
		var worst, spikes float64
		for range 4000 {
			stream.Normals(rng, xi)
			net.Advance(xi)
			net.Latent(next)
			net.Position(zNext)
			spikes += float64(len(net.Spikes()))

			pending := make([]float64, n)
			if a != Greedy {
				for _, j := range net.Spikes() {
					pending[j]++
				}
			}
			cost := config.Alpha * (1 - math.Pow(1-config.DT/config.TauM, float64(net.Steps())))
			for j := range n {
				w, filtered := 0., net.Rate(j)
				for k, o := range pending {
					w += o * mat.Dot(decoder.ColView(j), decoder.ColView(k))
				}
				if a != Greedy { // resets decay from one step later than rates
					filtered = (filtered - pending[j]) / (1 - config.DT/config.TauM)
				}
				v.SetVec(j, net.Voltage(j)-w+config.Lambda*filtered+cost)
			}
			if err := u.SolveVec(decoder.T(), v); err != nil {
				t.Fatal(err)
			}
			for d := range p {
				worst = max(worst, math.Abs(zNext[d]+u.AtVec(d)-next[d]))

				// Natural: (D+S)Σ⁻¹ = I. A reset that is due is not yet in what leaks.
				want := x[d] - config.DT/config.TauS*(z[d]-2) - config.DT/config.TauM*(x[d]-z[d]+due[d])
				for e := range p {
					want += math.Sqrt(2*config.DT/config.TauS) * root.At(d, e) * xi[e]
				}
				worst = max(worst, math.Abs(want-next[d]))
			}
			copy(x, next)
			copy(z, zNext)
			for d := range p {
				due[d] = mat.Dot(decoder.RowView(d), mat.NewVecDense(n, pending))
			}
		}
		if !(worst < 1e-9) || spikes < 200 {
			t.Errorf("%v: x is %g off, after %v spikes", a, worst, spikes)
		}
		if allocs := testing.AllocsPerRun(100, func() { net.Latent(x) }); allocs != 0 {
			t.Errorf("%v: Latent allocates %v times", a, allocs)
		}
	}
}

// Spikes do not move the latent diffusion, also while they wait for their delay to be
// over: it takes the steps that its equation says, with the resets that have not come
// left out of the leak.
func TestLatentOfDelay(t *testing.T) {
	const p, n, delay = 3, 12, 3 // steps
	for _, a := range []Arbitration{OnePerStep, Greedy} {
		rng := stream.New(1)
		config := PaperBalanced(equicorrelated(p, 1.5, 0.5), randomDecoder(rng, p, n, 1), metric.Natural)
		config.Arbitration, config.Delay = a, delay*config.DT
		net := must(NewBalanced(config))
		root := root(metric.Natural, config.Target)
		xi, x, z, next, waiting := make([]float64, p), make([]float64, p), make([]float64, p), make([]float64, p), make([]float64, p)
		late := map[int64][]int{} // the spikes of each step
		worst, spikes := 0.0, 0
		for range 4000 {
			stream.Normals(rng, xi)
			net.Advance(xi)
			net.Latent(next)
			for d := range p {
				want := x[d] - config.DT/config.TauS*z[d] - config.DT/config.TauM*(x[d]-z[d]+waiting[d])
				for e := range p {
					want += math.Sqrt(2*config.DT/config.TauS) * root.At(d, e) * xi[e]
				}
				worst = max(worst, math.Abs(want-next[d]))
			}
			copy(x, next)
			net.Position(z)
			late[net.Steps()] = append([]int(nil), net.Spikes()...)
			spikes += len(net.Spikes())
			clear(waiting)
			for k := range int64(delay) {
				for _, j := range late[net.Steps()-k] {
					net.gamma.AddTo(waiting, j)
				}
			}
		}
		if !(worst < 1e-9) || spikes < 200 {
			t.Errorf("%v: x is %g off, after %v spikes", a, worst, spikes)
		}
	}
}

// A state that is not finite is an error with its coordinate, at the next look, and
// the estimate is NaN from then on.
func TestStateError(t *testing.T) {
	for what, spoil := range map[string]func(s *Balanced){
		"the estimate":       func(s *Balanced) { s.z[1] = math.Inf(1) },
		"the latent voltage": func(s *Balanced) { s.u[1] = math.NaN() },
	} {
		net := must(NewBalanced(PaperBalanced(equicorrelated(3, 1.5, 0.5), randomDecoder(stream.New(1), 3, 12, 1), metric.Natural)))
		rng := stream.New(2)
		for range 70 {
			net.Step(rng)
		}
		spoil(net)
		for net.Err() == nil && net.Steps() < 200 {
			net.Step(rng)
		}
		var state *StateError
		if !errors.As(net.Err(), &state) || state.What != what || state.Coord != 1 || finite(state.Value) || state.Time != net.Time() || net.Steps() != 128 {
			t.Errorf("%s: %+v after %d steps", what, net.Err(), net.Steps())
		}
		x := make([]float64, 3)
		net.Step(rng)
		if net.Position(x); !math.IsNaN(x[0]) || !math.IsNaN(x[2]) || net.Steps() != 129 {
			t.Errorf("%s: after step %d the estimate is %v", what, net.Steps(), x)
		}
	}
}
