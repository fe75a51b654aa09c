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

// A Deviation is the distance of something from its right value, at the worst of the
// points: the one with the largest Value in units of Allowed.
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

	// Correction is |Γ_i − (∇·(D + S))_i|. Derived tells that the geometry derives
	// its Γ by finite differences itself.
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
		{"the difference of ½BBᵀ from D", r.Noise},
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
// Check judges every part in units of the terms that should cancel, whatever the
// units of z and of time. The derivatives are finite differences extrapolated to step
// zero: also a Γ that the geometry derives is compared with derivatives of Check's
// own. Their steps suit the length over which log p changes by about one half, so
// that a right recipe holds where D and S are smooth on that length. A point where
// they are not has a large Uncertainty.
//
// A geometry other than Fields has methods for D + S and √(2D) alone. Check takes D
// from the noise, and S to be the rest.
//
// It refuses a geometry of another dimension than p's, an empty list of points, and a
// point of another length or with a log density or a score that is not finite. It
// panics if p or g is nil. The Report's Err judges.
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
	c := newGeometryCheck(g)
	for _, z := range points {
		c.at(z, firstSteps(p, z), report)
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

// geometryCheck looks at D, S and Γ without the density.
type geometryCheck struct {
	g              Geometry
	n              int
	a, d, s, noise []float64 // D + S, D, S and the D of the noise, n×n by rows
	unitD, unitS   []float64
	basis          []float64
	gamma          []float64
	diffusion      *diffusion
	partials       *partials
}

func newGeometryCheck(g Geometry) *geometryCheck {
	n, m := g.Dims()
	c := &geometryCheck{g: g, n: n, diffusion: newDiffusion(n, m, g.Noise)}
	for _, m := range []*[]float64{&c.a, &c.d, &c.s, &c.noise} {
		*m = make([]float64, n*n)
	}
	for _, v := range []*[]float64{&c.unitD, &c.unitS, &c.basis, &c.gamma} {
		*v = make([]float64, n)
	}
	c.partials = newPartials(n, func(dst, z []float64, j int) { g.Apply(dst, z, unit(c.basis, j)) })
	return c
}

// at looks at z, with the first steps of differences given.
func (c *geometryCheck) at(z, steps []float64, r *Report) {
	n := c.n
	c.diffusion.at(c.noise, z)
	for j := range n {
		c.partials.column(c.gamma, z, j)
		for i, v := range c.gamma {
			c.a[i*n+j] = v
		}
	}
	if f, ok := c.g.(*Fields); ok {
		f.evaluate(z)
		copy(c.d, f.dm.RawMatrix().Data)
		copy(c.s, f.sm.RawMatrix().Data)
	} else {
		copy(c.d, c.noise)
		for k, v := range c.a {
			c.s[k] = v - c.d[k]
		}
	}
	units(c.unitD, c.d, c.d, n)
	units(c.unitS, c.d, c.s, n)
	strength := 1.0 // of S in these units, or of D if that is more
	for i, p := range c.unitS {
		for j, q := range c.unitS {
			if v := math.Abs(c.s[i*n+j]); v > 0 {
				strength = max(strength, v/p/q)
			}
		}
	}
	for i := range n {
		for j := range n {
			dij, dji, sij, sji := c.d[i*n+j], c.d[j*n+i], c.s[i*n+j], c.s[j*n+i]
			ofD, ofS := Tolerance*c.unitD[i]*c.unitD[j], Tolerance*c.unitS[i]*c.unitS[j]*strength
			r.Symmetry.worse(Deviation{Value: math.Abs(dij - dji), Allowed: ofD}, z)
			r.Skew.worse(Deviation{Value: math.Abs(sij + sji), Allowed: ofS}, z)
			r.Noise.worse(Deviation{Value: math.Abs(dij - c.noise[i*n+j]), Allowed: ofD}, z)
		}
	}
	r.Definite.worse(Deviation{Value: math.Max(0, -c.leastEigenvalue()), Allowed: Tolerance}, z)

	clear(c.gamma)
	c.g.Correct(c.gamma, z)
	wants, allowed, off := make([]float64, n), make([]float64, n), make([]float64, n)
	c.partials.at(z)
	for j, h := range steps {
		h *= 0.75 // not the steps of a derived Γ
		for i, e := range c.partials.along(j, h) {
			wants[i] += e.Value
			allowed[i] += Tolerance*math.Abs(e.Value) + derivative.Rounding(math.Abs(c.a[i*n+j]), h)
			off[i] += e.Uncertainty
		}
	}
	for i, v := range c.gamma {
		r.Correction.worse(Deviation{Value: math.Abs(v - wants[i]), Allowed: allowed[i] + Tolerance*math.Abs(v), Uncertainty: off[i]}, z)
	}
}

// units stores in q a unit for each coordinate, in which entry (i, j) of a, D or S, is
// the pure number a_ij/(q_i q_j). A coordinate with noise has the unit √d_ii; entries
// of a positive semi-definite d are then at most one. A coordinate without noise has
// the unit in which the largest entry of a that joins it to one with noise is one. If
// there is no such entry, the largest entry of its row gives the unit.
func units(q, d, a []float64, n int) {
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
}

// leastEigenvalue returns that of the symmetric part of D in its units, or NaN.
func (c *geometryCheck) leastEigenvalue() float64 {
	n := c.n
	scaled := make([]float64, n*n)
	for i, p := range c.unitD {
		for j, q := range c.unitD {
			if p == 0 || q == 0 {
				continue
			}
			v := (c.d[i*n+j]/p/q + c.d[j*n+i]/p/q) / 2
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
// extrapolated to step zero. What is allowed is Tolerance of the sum of the terms'
// absolute values. It refuses an empty list of points, and a point of another length
// than the process's state or where the score is not finite. It panics if p or process
// is nil.
func FokkerPlanck(p density.Density, process sde.Process, points [][]float64) (Deviation, error) {
	var worst Deviation
	if p == nil {
		panic(nilDensity)
	}
	if process == nil {
		panic(nilProcess)
	}
	n, m := process.Dims()
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
	f := &fokkerPlanck{p, process, newDiffusion(n, m, process.AddNoise)}
	for _, z := range points {
		worst.worse(f.residual(z), z)
	}
	return worst, nil
}

type fokkerPlanck struct {
	p         density.Density
	process   sde.Process
	diffusion *diffusion
}

// local is b, s and D at one point.
type local struct{ drift, score, d []float64 }

func newLocal(n int) *local {
	return &local{make([]float64, n), make([]float64, n), make([]float64, n*n)}
}

func (f *fokkerPlanck) at(l *local, z []float64) {
	f.process.Drift(l.drift, z)
	f.p.ScoreInput(l.score, z)
	f.diffusion.at(l.d, z)
}

// residual returns the sum of the terms at z and what it is judged by.
func (f *fokkerPlanck) residual(z []float64) Deviation {
	n := len(z)
	here, up, down := newLocal(n), newLocal(n), newLocal(n)
	f.at(here, z)
	sum, size, rounding, off := 0.0, 0.0, 0.0, 0.0
	term := func(v float64) {
		sum += v
		size += math.Abs(v)
	}
	// derived adds a factor times a derivative, of something of the size given.
	derived := func(factor float64, e *derivative.Estimate, rounded float64) {
		term(factor * e.Value)
		off += math.Abs(factor * e.Uncertainty)
		rounding += math.Abs(factor * rounded)
	}
	for i, s := range here.score {
		term(-float64(here.drift[i] * s))
		for j := range n {
			term(here.d[i*n+j] * float64(s*here.score[j]))
		}
	}

	// First derivatives, and ∂_j²D_jj from the same points.
	steps, at := firstSteps(f.p, z), append([]float64(nil), z...)
	var db, d2 derivative.Estimate
	dD, ds := make([]derivative.Estimate, n), make([]derivative.Estimate, n)
	for j, first := range steps {
		db.Reset()
		d2.Reset()
		for i := range n {
			dD[i].Reset()
			ds[i].Reset()
		}
		h := first
		for range derivative.Levels {
			at[j] = z[j] + h
			f.at(up, at)
			at[j] = z[j] - h
			f.at(down, at)
			db.Add((up.drift[j] - down.drift[j]) / (2 * h))
			d2.Add((up.d[j*n+j] - here.d[j*n+j] + (down.d[j*n+j] - here.d[j*n+j])) / h / h)
			for i := range n {
				dD[i].Add((up.d[i*n+j] - down.d[i*n+j]) / (2 * h))
				ds[i].Add((up.score[i] - down.score[i]) / (2 * h))
			}
			h /= 2
		}
		at[j] = z[j]
		derived(-1, &db, derivative.Rounding(math.Abs(here.drift[j]), first))
		derived(1, &d2, rounding2(here.d[j*n+j], first, first))
		for i := range n {
			d := here.d[i*n+j]
			derived(2*here.score[i], &dD[i], derivative.Rounding(math.Abs(d), first))
			derived(d, &ds[i], derivative.Rounding(math.Abs(here.score[i]), first))
		}
	}

	// Mixed derivatives ∂_i∂_j D_ij, each of them twice.
	for i := range n {
		for j := range i {
			hi, hj := steps[i], steps[j]
			d2.Reset()
			for range derivative.Levels {
				mixed := 0.0
				for _, sign := range [4][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
					at[i], at[j] = z[i]+sign[0]*hi, z[j]+sign[1]*hj
					f.diffusion.rootAt(at)
					mixed += sign[0] * sign[1] * f.diffusion.entry(i, j)
				}
				d2.Add(mixed / 4 / hi / hj)
				hi /= 2
				hj /= 2
			}
			at[i], at[j] = z[i], z[j]
			derived(2, &d2, rounding2(here.d[i*n+j], steps[i], steps[j]))
		}
	}
	return Deviation{Value: math.Abs(sum), Allowed: Tolerance*size + rounding, Uncertainty: off}
}

// rounding2 is derivative.Rounding for a second derivative with first steps h and k.
func rounding2(size, h, k float64) float64 {
	return derivative.Rounding(derivative.Rounding(math.Abs(size), h), k) * 0x1p54
}
