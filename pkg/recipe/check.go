package recipe

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"natspike/pkg/density"
	"natspike/pkg/internal/derivative"
	"natspike/pkg/internal/portable"
	"natspike/pkg/sde"
)

// Tolerance is the largest deviation that is allowed, in units of the size of the
// terms that should cancel.
const Tolerance = 1e-8

// A Deviation is the distance of a quantity from its right value at the worst of the
// points, the one with the largest Value in units of Allowed.
type Deviation struct {
	Value       float64   // 0 is right
	Allowed     float64   // Tolerance of the terms that should cancel, and what rounding may add
	Uncertainty float64   // estimated error of Value, from its finite differences
	Point       []float64 // where
}

// Holds reports whether Value is as small as is allowed.
func (d *Deviation) Holds() bool { return d.Value <= d.Allowed }

// worse replaces d by e, at z, if d is empty or e is larger in units of what is
// allowed.
func (d *Deviation) worse(e Deviation, z []float64) {
	if d.Point == nil || derivative.Relative(e.Value, e.Allowed) > derivative.Relative(d.Value, d.Allowed) {
		e.Point = slices.Clone(z)
		*d = e
	}
}

// A Report holds the results of Check. Each field is the worst of the points.
type Report struct {
	// Score is |∂_i log p − score_i|, by density.CompareGradient. It is large if
	// the gradient of U has a slip.
	Score Deviation

	// Symmetry is |D_ij − D_ji|. Definite is minus the least eigenvalue of D, or 0,
	// in units in which the diagonal of D is 1.
	Symmetry, Definite Deviation

	// Skew is |S_ij + S_ji|.
	Skew Deviation

	// Noise is |½(BBᵀ)_ij − D_ij|, with B the matrix that multiplies dW.
	Noise Deviation

	// Correction is |Γ_i − (∇·(D + S))_i|. Derived is true if the geometry itself
	// derives its Γ by finite differences.
	Correction Deviation
	Derived    bool

	// Residual is |∂p/∂t|/p for a process whose law is p now, by the Fokker–Planck
	// equation. It is 0 where p is stationary. 1/time.
	Residual Deviation

	Points int
}

// A CheckError reports the part of a recipe that does not hold, and where.
type CheckError struct {
	Part string // such as "the Fokker–Planck residual"
	Deviation
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("recipe: %s is %.3g ± %.1g at z = %v, where at most %.1g is allowed",
		e.Part, e.Value, e.Uncertainty, e.Point, e.Allowed)
}

const partGamma = "the difference of Γ from ∇·(D + S)"

func (r *Report) parts() []CheckError {
	return []CheckError{
		{"the difference of the score from ∇log p", r.Score},
		{"the asymmetry of D", r.Symmetry},
		{"minus the least eigenvalue of D, scaled to a unit diagonal,", r.Definite},
		{"the symmetric part of S", r.Skew},
		{"the difference of half the covariance of the noise from D", r.Noise},
		{partGamma, r.Correction},
		{"the Fokker–Planck residual", r.Residual},
	}
}

// Err returns nil if everything holds, and otherwise a *CheckError for the first
// part that does not: the score, the matrices, Γ, the residual.
func (r *Report) Err() error {
	for _, part := range r.parts() {
		if !part.Holds() {
			return &part
		}
	}
	return nil
}

// String returns the report as a table, a part on each line.
func (r *Report) String() string {
	var b strings.Builder
	for _, part := range r.parts() {
		verdict, note := "holds", ""
		if !part.Holds() {
			verdict = "FAILS"
		}
		if part.Part == partGamma && r.Derived {
			note = " (Γ is derived)"
		}
		fmt.Fprintf(&b, "%s  %8.1e  %s%s\n", verdict, part.Value, strings.TrimSuffix(part.Part, ","), note)
	}
	return b.String()
}

// Check measures, at the points given, whether the geometry g is one and leaves p
// invariant: whether the score of p is the gradient of its log density, D is
// symmetric and positive semi-definite, S is skew, the noise is that of D, Γ is
// ∇·(D + S), and whether the diffusion that New makes of them satisfies the
// stationary Fokker–Planck equation
//
//	0 = −Σ_i ∂_i (b_i p) + Σ_ij ∂_i ∂_j (D_ij p)
//
// there. The residual of that equation depends on the score alone, so that a slip in
// the gradient of U shows in Score and in no other part.
//
// Check measures every part in units of the terms that should cancel, whatever the
// units of z and of time. The derivatives are finite differences extrapolated to step
// zero, also for a geometry that derives its Γ itself. The first step is the length
// over which log p changes by about one half. A right recipe therefore holds where D
// and S are smooth on that length. Where they are not, Uncertainty is large.
//
// A geometry other than Fields has methods for D + S and √(2D) alone. Check takes D
// from the noise, and S to be the rest.
//
// It refuses a geometry of another dimension than p's, an empty list of points, and a
// point of another length or with a log density or a score that is not finite. It
// panics if p or g is nil. Err of the Report tells whether everything holds.
func Check(p density.Density, g Geometry, points [][]float64) (*Report, error) {
	process, err := New(p, g)
	if err != nil {
		return nil, err
	}
	report := &Report{Points: len(points)}
	if d, ok := g.(interface{ Derived() bool }); ok {
		report.Derived = d.Derived()
	}
	if report.Residual, err = FokkerPlanck(p, process, points); err != nil {
		return nil, err
	}
	score, err := density.CompareGradient(p, points)
	if err != nil {
		return nil, err
	}
	report.Score = Deviation{score.Off(), score.Allowed, score.Uncertainty, score.Point}
	for _, z := range points {
		report.geometry(g, z, firstSteps(p, z))
	}
	return report, nil
}

// firstSteps returns the first steps of differences at z, for each coordinate the
// length over which log p changes by about one half.
func firstSteps(p density.Density, z []float64) []float64 {
	score, at, steps := make([]float64, len(z)), append([]float64(nil), z...), make([]float64, len(z))
	for j, v := range z {
		slope := func(t float64) float64 {
			at[j] = t
			return math.Abs(p.ScoreInput(score, at)[j])
		}
		steps[j] = derivative.StepWithin(v, func(h float64) float64 { return h * (slope(v+h) + slope(v-h)) / 2 })
		at[j] = v
	}
	return steps
}

// geometry takes the deviations of D, S and Γ at z into the report, with the first
// steps of differences given. The density plays no part.
func (r *Report) geometry(g Geometry, z, steps []float64) {
	n, m := g.Dims()
	vector := func() []float64 { return make([]float64, n) }
	matrix := func() []float64 { return make([]float64, n*n) }
	column, basis := vector(), vector()
	a, noise := matrix(), matrix() // D + S and the D of the noise, by rows
	newDiffusion(n, m, g.Noise).at(noise, z)
	differences := newPartials(n, n, func(dst, z []float64, j int) { g.Apply(dst, z, unit(basis, j)) })
	for j := range n {
		differences.column(column, z, j)
		for i, v := range column {
			a[i*n+j] = v
		}
	}
	d, s := noise, matrix()
	if f, ok := g.(*Fields); ok {
		f.evaluate(z)
		d = slices.Clone(f.dm.RawMatrix().Data)
		copy(s, f.sm.RawMatrix().Data)
	} else {
		for k, v := range a {
			s[k] = v - d[k]
		}
	}
	unitD, unitS := units(d, d, n), units(d, s, n)
	strength := 1.0 // of S in these units, or of D if that is more
	for i, p := range unitS {
		for j, q := range unitS {
			if v := math.Abs(s[i*n+j]); v > 0 {
				strength = max(strength, v/p/q)
			}
		}
	}
	for i := range n {
		for j := range n {
			dij, dji, sij, sji := d[i*n+j], d[j*n+i], s[i*n+j], s[j*n+i]
			ofD, ofS := Tolerance*unitD[i]*unitD[j], Tolerance*unitS[i]*unitS[j]*strength
			r.Symmetry.worse(Deviation{Value: math.Abs(dij - dji), Allowed: ofD}, z)
			r.Skew.worse(Deviation{Value: math.Abs(sij + sji), Allowed: ofS}, z)
			r.Noise.worse(Deviation{Value: math.Abs(dij - noise[i*n+j]), Allowed: ofD}, z)
		}
	}
	r.Definite.worse(Deviation{Value: math.Max(0, -leastEigenvalue(d, unitD)), Allowed: Tolerance}, z)

	gamma, wants, allowed, off := vector(), vector(), vector(), vector()
	g.Correct(gamma, z)
	differences.at(z)
	for j, h := range steps {
		h *= 0.75 // not the steps of a derived Γ
		for i, e := range differences.along(j, h) {
			wants[i] += e.Value
			allowed[i] += Tolerance*math.Abs(e.Value) + derivative.Rounding(math.Abs(a[i*n+j]), h)
			off[i] += e.Uncertainty
		}
	}
	for i, v := range gamma {
		r.Correction.worse(Deviation{Value: math.Abs(v - wants[i]), Allowed: allowed[i] + Tolerance*math.Abs(v), Uncertainty: off[i]}, z)
	}
}

// units returns a unit for each coordinate, in which entry (i, j) of a, D or S, is
// the pure number a_ij/(q_i q_j). A coordinate with noise has the unit √d_ii; entries
// of a positive semi-definite d are then at most one. A coordinate without noise has
// the unit in which the largest entry of a that joins it to one with noise is one. If
// there is no such entry, the largest entry of its row gives the unit.
func units(d, a []float64, n int) []float64 {
	q := make([]float64, n)
	largest := 0.0
	for _, v := range a {
		largest = max(largest, math.Abs(v))
	}
	for i := range n {
		q[i] = math.Sqrt(math.Abs(d[i*n+i]))
		if q[i] != 0 {
			continue
		}
		row := 0.0
		for j := range n {
			v := max(math.Abs(a[i*n+j]), math.Abs(a[j*n+i]))
			row = max(row, v)
			if djj := math.Abs(d[j*n+j]); djj > 0 {
				q[i] = max(q[i], v/math.Sqrt(djj))
			}
		}
		if q[i] == 0 && row > 0 {
			q[i] = row / math.Sqrt(largest)
		}
	}
	return q
}

// leastEigenvalue returns that of the symmetric part of d in the units given, or NaN.
func leastEigenvalue(d, units []float64) float64 {
	n := len(units)
	scaled := make([]float64, n*n)
	for i, p := range units {
		for j, q := range units {
			if p == 0 || q == 0 {
				continue
			}
			v := (d[i*n+j]/p/q + d[j*n+i]/p/q) / 2
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return math.NaN()
			}
			scaled[i*n+j] = v
		}
	}
	values := make([]float64, n)
	portable.EigenSym(values, make([]float64, n*n), scaled, n)
	return values[0]
}

// diffusion forms D = ½BBᵀ of anything that adds noise.
type diffusion struct {
	n, m int
	add  func(dst, z, dw []float64)
	b    []float64 // Bᵀ, by rows
	dw   []float64
}

func newDiffusion(n, m int, add func(dst, z, dw []float64)) *diffusion {
	return &diffusion{n: n, m: m, add: add, b: make([]float64, m*n), dw: make([]float64, m)}
}

func (f *diffusion) rootAt(z []float64) {
	clear(f.b)
	for k := range f.m {
		f.add(f.b[k*f.n:(k+1)*f.n], z, unit(f.dw, k))
	}
}

// entry returns D_ij at the z of the last rootAt.
func (f *diffusion) entry(i, j int) float64 {
	sum := 0.0
	for k := range f.m {
		sum += float64(f.b[k*f.n+i] * f.b[k*f.n+j])
	}
	return sum / 2
}

// at stores D at z in d, by rows.
func (f *diffusion) at(d, z []float64) {
	f.rootAt(z)
	for i := range f.n {
		for j := range i + 1 {
			v := f.entry(i, j)
			d[i*f.n+j], d[j*f.n+i] = v, v
		}
	}
}

// FokkerPlanck returns the worst |∂p/∂t|/p over the points given, for a process whose
// law is p now,
//
//	∂p/∂t = −Σ_i ∂_i (b_i p) + Σ_ij ∂_i ∂_j (D_ij p),  D = ½σσᵀ.
//
// It is zero everywhere if and only if the process leaves p invariant. The process
// need not come from a recipe. Divided by p, with s = ∇log p, the right side is
//
//	−∇·b − b·s + Σ_ij ∂_i∂_j D_ij + 2(∇·D)·s + sᵀDs + tr(D∇s),
//
// in which b, s and D are differentiated one at a time, by finite differences
// extrapolated to step zero. Tolerance of the sum of the terms' absolute values is
// allowed. FokkerPlanck refuses an empty list of points, and a point of another length
// than the state or at which the score is not finite. It panics if p or process is
// nil.
func FokkerPlanck(p density.Density, process sde.Process, points [][]float64) (Deviation, error) {
	var worst Deviation
	check.NotNil("Density", p)
	check.NotNil("Process", process)
	n, _ := process.Dims()
	if n != p.Dim() {
		return worst, check.Errorf("process", "has dimension %d, the density %d", n, p.Dim())
	}
	if len(points) == 0 {
		return worst, check.Errorf("points", "are none; at least one is needed")
	}
	for k, z := range points {
		name := fmt.Sprintf("point %d", k)
		if len(z) != n {
			return worst, check.Errorf(name, "has length %d, the density dimension %d", len(z), n)
		}
		for i, v := range p.ScoreInput(nil, z) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return worst, check.Errorf(name, "= %v has score[%d] = %v, which is not finite", z, i, v)
			}
		}
	}
	for _, z := range points {
		worst.worse(residual(p, process, z), z)
	}
	return worst, nil
}

// residual returns the sum of the terms at z and what it is judged by.
func residual(p density.Density, process sde.Process, z []float64) Deviation {
	n, m := process.Dims()
	diffusion := newDiffusion(n, m, process.AddNoise)
	drift, score, d := make([]float64, n), p.ScoreInput(nil, z), make([]float64, n*n)
	process.Drift(drift, z)
	diffusion.at(d, z)
	sum, size, rounding, off := 0.0, 0.0, 0.0, 0.0
	term := func(v float64) {
		sum += v
		size += math.Abs(v)
	}
	// derived adds a factor times a derivative, which rounding may change by rounded.
	derived := func(factor float64, e derivative.Estimate, rounded float64) {
		term(factor * e.Value)
		off += math.Abs(factor * e.Uncertainty)
		rounding += math.Abs(factor * rounded)
	}
	for i, s := range score {
		term(-float64(drift[i] * s))
		for j := range n {
			term(d[i*n+j] * float64(s*score[j]))
		}
	}

	// ∂_j of b_j, of column j of D and of s.
	drifted, diffused := make([]float64, n), make([]float64, n*n)
	first := newPartials(n, 1+2*n, func(dst, z []float64, j int) {
		process.Drift(drifted, z)
		diffusion.at(diffused, z)
		dst[0] = drifted[j]
		copy(dst[1:], diffused[j*n:(j+1)*n])
		p.ScoreInput(dst[1+n:], z)
	})
	first.at(z)
	steps := firstSteps(p, z)
	for j, h := range steps {
		e := first.along(j, h)
		derived(-1, e[0], derivative.Rounding(math.Abs(drift[j]), h))
		for i, s := range score {
			derived(2*s, e[1+i], derivative.Rounding(math.Abs(d[i*n+j]), h))
			derived(d[i*n+j], e[1+n+i], derivative.Rounding(math.Abs(s), h))
		}
	}

	// ∂_i∂_j of D_ij: of the diagonal, and twice of the entries below it.
	at := slices.Clone(z)
	entry := func(i, j int, hi, hj float64) float64 {
		at[i] += hi
		at[j] += hj
		diffusion.rootAt(at)
		at[i], at[j] = z[i], z[j]
		return diffusion.entry(i, j)
	}
	var second derivative.Estimate
	for i := range n {
		for j := range i + 1 {
			hi, hj, times := steps[i], steps[j], 2.0
			second.Reset()
			for range derivative.Levels {
				if i == j {
					times = 1
					second.Add((entry(i, i, hi, 0) - d[i*n+i] + (entry(i, i, -hi, 0) - d[i*n+i])) / hi / hi)
				} else {
					second.Add((entry(i, j, hi, hj) - entry(i, j, hi, -hj) - entry(i, j, -hi, hj) + entry(i, j, -hi, -hj)) / 4 / hi / hj)
				}
				hi /= 2
				hj /= 2
			}
			derived(times, second, rounding2(d[i*n+j], steps[i], steps[j]))
		}
	}
	return Deviation{Value: math.Abs(sum), Allowed: Tolerance*size + rounding, Uncertainty: off}
}

// rounding2 is derivative.Rounding for a second derivative with first steps h and k.
func rounding2(size, h, k float64) float64 {
	return derivative.Rounding(derivative.Rounding(math.Abs(size), h), k) * 0x1p54
}
