package spiking

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// PredictRate returns the mean firing rate of a neuron, in Hz, that a law without a
// fitted constant gives for a Greedy network with λ = 0.
//
// Let e be the error of the estimate after a step. In the next, the diffusion and the
// leak move it, e' = (1 − a)e + ξ. Along an eigenvector of Σ with eigenvalue λ_i,
//
//	⟨ξ²⟩ = λ_i[(1 − d_i²) + (1 − d_i − a)²] + (aμ_i)²,
//	d_i = exp(−Δt λ_i^(g−1)/τ_s),  a = Δt/τ_m,
//
// in the geometry D = Σ^g. A cascade follows. Each of its spikes replaces e by the
// nearest to the origin of the points e − Γ_j, as long as that lowers |e|² by more than
// the price 2α. The law's one approximation is that, after each move and each spike, e
// meets columns Γ_j that it has not met before. Then the length R = |e| alone matters, and
// it walks on a line. A move in a direction independent of e lengthens it. A spike makes
// R > r with probability
//
//	(1 − F(r; R))ⁿ, r < Q = √(R² − 2α),
//
// where F(r; R) is the probability that a column, N(0, s²I), is within r of a point at
// distance R from the origin, a noncentral χ² distribution as in Grain; and no neuron
// spikes with probability (1 − F(Q; R))ⁿ. The rate is the mean number of spikes in a
// step of the stationary walk, over nΔt. s² is the mean square of the decoder's entries.
//
// Measured over the law, with standard errors over four decoders; p = 10, n = 1000,
// s = 0.3, variances of 3, ρ = 0.75, τ_m = 20 ms, τ_s = 2 ms and Δt = 0.1 ms but for
// what is said:
//
//	                       law, spikes/step  measured/law
//	                                   3.87  1.01 ± 0.01
//	μ_i = 6                            3.87  1.01 ± 0.02
//	naive geometry                     3.07  0.99 ± 0.02
//	ρ = 0                              4.11  1.00 ± 0.02
//	ρ = 0.95                           3.60  1.01 ± 0.01
//	τ_s = 20 ms                        1.97  0.97 ± 0.01
//	τ_s = 20 ms, Δt = 10 µs            0.67  0.96 ± 0.04
//	α = 0.1                            2.22  1.04 ± 0.01
//	α = 1                              0.90  0.99 ± 0.01
//	s = 0.1                            7.55  1.07 ± 0.01
//	s = 0.05                          12.57  1.13 ± 0.01
//	n = 100                            4.21  1.06 ± 0.01
//	n = 3000                           3.73  1.01 ± 0.02
//	p = 3, n = 300, ρ = 0.5            2.74  1.07 ± 0.05
//	p = 32, n = 3200, s = 0.2, ρ = 0.5 8.49  1.03 ± 0.01
//	p = 64, n = 6400, s = 0.2         11.40  1.06 ± 0.01
//
// Decoders differ: ten of the first kind had a standard deviation of 0.026 and a mean of
// 0.999 ± 0.008. The approximation fails at both ends. In a long cascade a column that
// was not near enough is met again, so that columns are worse than new ones and more
// spikes are needed. In a short step most of the columns around e were there in the last
// one, and did not spike: at τ_s = 20 ms and Δt = 1 µs, with 0.14 spikes a step by the
// law, the ratio is 0.85 ± 0.02.
//
// In one dimension two neurons ±δ are solved exactly. A cascade takes e to itself less a
// multiple of δ, so that e is uniform between ±δ/2 and has a variance of δ²/12, and a
// step makes ⟨|ξ|⟩/δ spikes, on average. With Δt their rate grows as 1/√Δt: a Brownian
// path crosses a threshold that it has just crossed again at once.
//
// It refuses what NewBalanced refuses of Target, TauM, TauS, DT and Decoder. It refuses
// λ > 0, since neurons then differ by what they have spiked, α < 0, a delay, S, a step that
// is not exact, another arbitration and a fixed geometry. It refuses a step in which the
// root mean square of the move is less than 0.3 times the length at which nF(R; R) = 1 or
// than √(2α)/40, a move or a root √(2α) of more than 100 s, and a walk that is not
// stationary after 5000 steps. It takes about a tenth of a second.
func (c BalancedConfig) PredictRate() (float64, error) {
	if err := c.validate(); err != nil {
		return 0, err
	}
	power, ok := c.Geometry.Exponent()
	switch {
	case c.Lambda != 0:
		return 0, check.Errorf("Lambda", "= %v; the law of the rate holds for zero", c.Lambda)
	case c.Alpha < 0:
		return 0, check.Errorf("Alpha", "= %v; the law of the rate holds from zero on", c.Alpha)
	case c.Delay != 0:
		return 0, check.Errorf("Delay", "= %v s; the law of the rate holds for zero", c.Delay)
	case c.Skew != nil:
		return 0, check.Errorf("Skew", "is given; the law of the rate holds without")
	case c.Arbitration != Greedy:
		return 0, check.Errorf("Arbitration", "= %v; the law of the rate holds for Greedy", c.Arbitration)
	case !c.ExactStep:
		return 0, check.Errorf("ExactStep", "= false; the law of the rate holds for true")
	case !ok:
		return 0, check.Errorf("Geometry", "= %v; the law of the rate holds for a power of Σ", c.Geometry)
	}
	if _, err := c.Geometry.Of(c.Target); err != nil {
		return 0, check.Errorf("Geometry", "= %v: %v", c.Geometry, err)
	}
	gamma, err := NewDecoder(c.Decoder)
	if err != nil {
		return 0, err
	}
	p := c.Target.Dim()
	if gamma.p != p {
		return 0, check.Errorf("Decoder", "is %d×%d, want %d×any", gamma.p, gamma.n, p)
	}
	square := portable.Dot(gamma.columns, gamma.columns) / float64(len(gamma.columns))
	if !(square > 0) || math.IsInf(square, 1) {
		return 0, check.Errorf("Decoder", "has entries of mean square %v", square)
	}
	leak, mean := c.DT/c.TauM, c.Target.Mean(nil)
	drift := portable.Dot(mean, mean) * leak * leak / square
	moves := c.Target.Eigen(nil, nil)
	for i, v := range moves {
		d := math.Exp(-c.DT * math.Pow(v, power-1) / c.TauS)
		left := 1 - d - leak
		moves[i] = v * (float64((1-d)*(1+d)) + float64(left*left)) / square
	}
	total := drift
	for _, v := range moves {
		total += v
	}
	unit, price := nearest(float64(p), gamma.n), 2*c.Alpha/square
	if largest := max(total, price); !(largest <= longestMove*longestMove) {
		return 0, check.Errorf("Decoder", "has entries of standard deviation %.3g, and a step or a price moves the error by %.3g times that; the law of the rate holds up to %v", math.Sqrt(square), math.Sqrt(largest), longestMove)
	}
	if least := max(shortestMove*unit, math.Sqrt(price)/mostMoves); !(total >= least*least) {
		return 0, check.Errorf("DT", "= %v s moves the error by %.3g times the entries of the decoder; the law of the rate holds from %.3g on", c.DT, math.Sqrt(total), least)
	}
	spikes, ok := pursue(gamma.n, unit, price, moves, drift, leak)
	if !ok {
		return 0, check.Errorf("Alpha", "= %v; the law of the rate does not settle, because a step moves the error by little of what a spike costs", c.Alpha)
	}
	return spikes / float64(gamma.n) / c.DT, nil
}

// PredictRate refuses moves that are shorter than this share of the size of the error, or
// longer than so many times the entries of the decoder.
const (
	shortestMove = 0.3
	longestMove  = 100
	mostMoves    = 40 // moves to the root of a price
)

// pursue returns the mean number of spikes in a step of the walk of PredictRate, and
// whether that is stationary, for a price of 2α, variances of the moves of a step along
// p = len(moves) directions, and a drift of that square, all in units of s². The unit is
// the length at which n F(R; R) = 1.
func pursue(n int, unit, price float64, moves []float64, drift, leak float64) (spikes float64, ok bool) {
	const (
		fine  = 40   // bins up to the length at which n F(R; R) = 1
		draws = 4096 // moves
	)
	p := float64(len(moves))
	lengths, cosines := drawMoves(draws, moves, drift)
	longest := 0.0
	for _, l := range lengths {
		longest = max(longest, l)
	}
	// Edges of the bins of R, evenly spaced up to 2 units and then in proportion to R.
	edges := []float64{0}
	for last := 0.0; last < longest+float64(4*(unit+math.Sqrt(price))); {
		last += max(unit, last/2) / fine
		edges = append(edges, last)
	}
	m := len(edges) - 1
	middle := make([]float64, m)
	for i := range middle {
		middle[i] = (edges[i] + edges[i+1]) / 2
	}
	stay, falls := falling(p, n, price, edges, middle)
	moved := make([][]float64, m) // from a bin to each, where it is needed
	move := func(i int) []float64 {
		if moved[i] == nil {
			moved[i] = make([]float64, m)
			r := middle[i] * (1 - leak)
			for k, l := range lengths {
				to := math.Sqrt(max(0, float64(r*r)+float64(l*l)+float64(float64(2*r*l)*cosines[k])))
				moved[i][min(sort.SearchFloat64s(edges[1:], to), m-1)] += 1. / draws
			}
		}
		return moved[i]
	}
	now := make([]float64, m)
	now[fine/2] = 1
	for range 5000 {
		next := make([]float64, m)
		for i, share := range now {
			if share > 1e-9 {
				for k, q := range move(i) {
					next[k] += float64(share * q)
				}
			}
		}
		spikes = 0
		change := 0.0
		for i := m - 1; i >= 0; i-- {
			// Some spikes leave R in its bin.
			mass := next[i] / (1 - falls[i][i])
			spikes += float64(mass * (1 - stay[i]))
			for k, q := range falls[i][:i] {
				next[k] += float64(mass * q)
			}
			next[i] = mass * stay[i]
			change += math.Abs(next[i] - now[i])
		}
		now = next
		if change < 1e-7 {
			return spikes, true
		}
	}
	return 0, false
}

// drawMoves returns the lengths of moves, and the cosines of their angles with the
// error, which has an independent direction. The mean square of the lengths is exact.
func drawMoves(draws int, moves []float64, drift float64) (lengths, cosines []float64) {
	rng := stream.New(1)
	sum, want := 0.0, 0.0
	for range draws / 2 {
		square, rest := 0.0, 0.0
		along := rng.NormFloat64()
		for i, v := range moves {
			g := rng.NormFloat64()
			square += float64(v * float64(g*g))
			if i > 0 {
				g = rng.NormFloat64()
				rest += float64(g * g)
			}
		}
		sum += square
		length, cosine := math.Sqrt(square), along/math.Sqrt(float64(along*along)+rest)
		lengths, cosines = append(lengths, length, length), append(cosines, cosine, -cosine)
	}
	for _, v := range moves {
		want += v
	}
	scale := math.Sqrt(want / sum * float64(draws/2))
	for k, l := range lengths {
		l *= scale
		lengths[k] = math.Sqrt(float64(l*l) + drift)
	}
	return lengths, cosines
}

// falling returns, for each bin of R, the probability that no neuron spikes, and that
// a spike takes R to the bin itself and to each below.
func falling(p float64, n int, price float64, edges, middle []float64) (stay []float64, falls [][]float64) {
	// F(r; R) is a mixture of χ² distributions by Poisson weights.
	window := func(x float64) (lo, hi int) {
		w := 9*math.Sqrt(x) + 30
		return int(max(0, x-w)), int(x + w)
	}
	tails := make([][]float64, len(edges)) // from k = first on: P(χ²_{p+2k} < r²)
	first := make([]int, len(edges))
	for i, r := range edges[1:] {
		x := r * r / 2
		lo, hi := window(x)
		tail := make([]float64, hi-lo)
		tail[len(tail)-1] = mathext.GammaIncReg(p/2+float64(hi-1), x)
		for k := len(tail) - 2; k >= 0; k-- {
			a := p/2 + float64(lo+k)
			lgamma, _ := math.Lgamma(a + 1)
			tail[k] = tail[k+1] + math.Exp(float64(a*math.Log(x))-x-lgamma)
		}
		tails[i+1], first[i+1] = tail, lo
	}
	stay, falls = make([]float64, len(middle)), make([][]float64, len(middle))
	for i, length := range middle {
		y := length * length / 2
		lo, hi := window(y)
		weights := make([]float64, hi-lo)
		for k := range weights {
			lgamma, _ := math.Lgamma(float64(lo + k + 1))
			weights[k] = math.Exp(float64(float64(lo+k)*math.Log(y)) - y - lgamma)
		}
		survive := func(e int) float64 {
			sum := 0.0
			for k, w := range weights {
				switch at := lo + k - first[e]; {
				case at < 0:
					sum += w
				case at < len(tails[e]):
					sum += float64(w * tails[e][at])
				}
			}
			return math.Exp(float64(n) * math.Log1p(-min(sum, 1)))
		}
		falls[i] = make([]float64, i+1)
		limit, above := math.Sqrt(max(0, length*length-price)), 1.0
		k := 0
		for ; edges[k+1] <= limit; k++ {
			s := survive(k + 1)
			falls[i][k], above = above-s, s
		}
		// Within a bin the logarithm of the probability is linear.
		inside := (limit - edges[k]) / (edges[k+1] - edges[k])
		stay[i] = math.Pow(above, 1-inside) * math.Pow(survive(k+1), inside)
		falls[i][k] = above - stay[i]
	}
	return stay, falls
}
