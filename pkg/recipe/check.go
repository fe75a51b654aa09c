package recipe

import (
	"fmt"
	"math"
	"strings"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/sde"
)

// Tolerance is what a deviation may be, in units of the largest of the terms
// that it is the sum of, or of 1, for a Report to be without error.
const Tolerance = 1e-8

// A Deviation is how far something is from what it should be, at the worst of
// the points that were looked at.
type Deviation struct {
	Value       float64   // 0 is right
	Scale       float64   // size of the terms that should cancel
	Uncertainty float64   // estimated error of Value, from its finite differences
	Point       []float64 // where
}

func (d *Deviation) ok() bool { return d.Value <= Tolerance*math.Max(1, d.Scale) }

// worse replaces d by the deviation given if that is larger, in units of its
// scale, or not a number.
func (d *Deviation) worse(value, scale, uncertainty float64, z []float64) {
	relative := func(value, scale float64) float64 { return value / math.Max(1, scale) }
	if d.Point != nil && (math.IsNaN(d.Value) || relative(value, scale) <= relative(d.Value, d.Scale)) {
		return
	}
	*d = Deviation{value, scale, uncertainty, append([]float64(nil), z...)}
}

// A Report is what Check found. Each field is the worst of the points.
type Report struct {
	// Residual is |∂p/∂t|/p, were the law of the process p now, by the
	// Fokker–Planck equation; 0 where p is stationary. 1/time.
	Residual Deviation

	// Symmetry is max |D − Dᵀ|, and Definite is minus the least eigenvalue of
	// D, or 0.
	Symmetry, Definite Deviation

	// Skew is max |S + Sᵀ|.
	Skew Deviation

	// Noise is max |½BBᵀ − D|, with B the matrix that multiplies dW.
	Noise Deviation

	// Correction is max |Γ − ∇·(D + S)|. Derived says that the geometry derives
	// its Γ by finite differences itself.
	Correction Deviation
	Derived    bool

	Points int
}

// A CheckError says which part of a recipe does not hold, and where.
type CheckError struct {
	Part string // such as "the Fokker–Planck residual"
	Deviation
}

func (e *CheckError) Error() string {
	return fmt.Sprintf("recipe: %s is %.3g ± %.1g at z = %v, where at most %.1g is allowed",
		e.Part, e.Value, e.Uncertainty, e.Point, Tolerance*math.Max(1, e.Scale))
}

func (r *Report) parts() []CheckError {
	return []CheckError{
		{"the asymmetry of D", r.Symmetry},
		{"minus the least eigenvalue of D", r.Definite},
		{"the symmetric part of S", r.Skew},
		{"the difference of ½BBᵀ from D", r.Noise},
		{"the difference of Γ from ∇·(D + S)", r.Correction},
		{"the Fokker–Planck residual", r.Residual},
	}
}

// Err returns nil if everything holds to Tolerance, and otherwise a *CheckError
// for the first part that does not: the matrices, then Γ, then the residual.
func (r *Report) Err() error {
	for _, part := range r.parts() {
		if !part.ok() {
			return &part
		}
	}
	return nil
}

// String returns the report as a table, a part on each line.
func (r *Report) String() string {
	var b strings.Builder
	for _, part := range r.parts() {
		verdict := "holds"
		if !part.ok() {
			verdict = "FAILS"
		}
		note := ""
		if part.Part == "the difference of Γ from ∇·(D + S)" && r.Derived {
			note = " (Γ is derived)"
		}
		fmt.Fprintf(&b, "%s  %8.1e  %s%s\n", verdict, part.Value, part.Part, note)
	}
	return b.String()
}

// Check measures, at the points given, whether the geometry g is one and leaves
// p invariant: whether D is symmetric and positive semi-definite, S is skew, the
// noise is that of D, Γ is ∇·(D + S), and whether the diffusion that New makes
// of them satisfies the stationary Fokker–Planck equation
//
//	0 = −Σ_i ∂_i (b_i p) + Σ_ij ∂_i ∂_j (D_ij p)
//
// there. The derivatives are finite differences extrapolated to step zero, so
// that Γ is compared with what it should be and not with itself. A recipe that
// is right comes out below Tolerance where p, D and S are smooth on the scale of
// max(1, |z|)/4; a point where they are not shows in the Uncertainty.
//
// A geometry other than Fields says only D + S and √(2D). For these D is taken
// to be that of the noise and S to be the rest.
//
// Check refuses a geometry of another dimension than p's, no points, and a point
// of another length or with a score that is not finite. The Report's Err judges.
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
	c := newGeometryCheck(g)
	for _, z := range points {
		c.at(z, report)
	}
	return report, nil
}

// geometryCheck looks at D, S and Γ without the density.
type geometryCheck struct {
	g                   Geometry
	n                   int
	a, d, s, noise      []float64
	column, basis       []float64
	point, gamma, wants []float64
	diffusion           *diffusionMatrix
	t                   []tableau
}

func newGeometryCheck(g Geometry) *geometryCheck {
	n, _ := g.Dims()
	c := &geometryCheck{g: g, n: n, diffusion: newDiffusionMatrix(n, g), t: make([]tableau, n)}
	for _, m := range []*[]float64{&c.a, &c.d, &c.s, &c.noise} {
		*m = make([]float64, n*n)
	}
	for _, v := range []*[]float64{&c.column, &c.basis, &c.point, &c.gamma, &c.wants} {
		*v = make([]float64, n)
	}
	return c
}

// sum stores D + S at z in a, by applying it to the basis.
func (c *geometryCheck) sum(a, z []float64) {
	for j := range c.n {
		c.basis[j] = 1
		c.g.Apply(c.column, z, c.basis)
		c.basis[j] = 0
		for i, v := range c.column {
			a[i*c.n+j] = v
		}
	}
}

func (c *geometryCheck) at(z []float64, r *Report) {
	n := c.n
	c.diffusion.at(c.noise, z)
	c.sum(c.a, z)
	if f, ok := c.g.(*Fields); ok {
		f.matrices(c.d, c.s, z)
	} else {
		copy(c.d, c.noise)
		for k, v := range c.a {
			c.s[k] = v - c.d[k]
		}
	}
	var symmetry, skew, noise, scaleD, scaleS float64
	for i := range n {
		for j := range n {
			dij, sij := c.d[i*n+j], c.s[i*n+j]
			scaleD, scaleS = math.Max(scaleD, math.Abs(dij)), math.Max(scaleS, math.Abs(sij))
			symmetry = math.Max(symmetry, math.Abs(dij-c.d[j*n+i]))
			skew = math.Max(skew, math.Abs(sij+c.s[j*n+i]))
			noise = math.Max(noise, math.Abs(dij-c.noise[i*n+j]))
		}
	}
	r.Symmetry.worse(symmetry, scaleD, 0, z)
	r.Skew.worse(skew, scaleS, 0, z)
	r.Noise.worse(noise, scaleD, 0, z)
	r.Definite.worse(math.Max(0, -leastEigenvalue(c.d, n)), scaleD, 0, z)

	clear(c.gamma)
	c.g.Correct(c.gamma, z)
	off := divergence(c.wants, z, 0.75, c.sum, c.point, c.a, c.t) // not the steps of a derived Γ
	var correction, scale float64
	for i, v := range c.gamma {
		correction = math.Max(correction, math.Abs(v-c.wants[i]))
		scale = math.Max(scale, math.Max(math.Abs(v), math.Abs(c.wants[i])))
	}
	r.Correction.worse(correction, scale, off, z)
}

// leastEigenvalue returns that of the symmetric part of d, or NaN.
func leastEigenvalue(d []float64, n int) float64 {
	symmetric := make([]float64, n*n)
	for i := range n {
		for j := range n {
			symmetric[i*n+j] = (d[i*n+j] + d[j*n+i]) / 2
			if v := symmetric[i*n+j]; math.IsNaN(v) || math.IsInf(v, 0) {
				return math.NaN()
			}
		}
	}
	values := make([]float64, n)
	portable.EigenSym(values, make([]float64, n*n), symmetric, n)
	return values[0]
}

// diffusionMatrix forms D = ½BBᵀ of anything that adds noise.
type diffusionMatrix struct {
	n, m int
	add  func(dst, z, dw []float64)
	b    []float64 // Bᵀ, by rows
	dw   []float64
}

func newDiffusionMatrix(n int, g Geometry) *diffusionMatrix {
	_, m := g.Dims()
	return newDiffusion(n, m, g.Noise)
}

func newDiffusion(n, m int, add func(dst, z, dw []float64)) *diffusionMatrix {
	return &diffusionMatrix{n: n, m: m, add: add, b: make([]float64, m*n), dw: make([]float64, m)}
}

func (f *diffusionMatrix) rootAt(z []float64) {
	clear(f.b)
	for k := range f.m {
		f.dw[k] = 1
		f.add(f.b[k*f.n:(k+1)*f.n], z, f.dw)
		f.dw[k] = 0
	}
}

// entry returns D_ij at the z of the last rootAt.
func (f *diffusionMatrix) entry(i, j int) float64 {
	sum := 0.0
	for k := range f.m {
		sum += float64(f.b[k*f.n+i] * f.b[k*f.n+j])
	}
	return sum / 2
}

// at stores D at z in d, by rows.
func (f *diffusionMatrix) at(d, z []float64) {
	f.rootAt(z)
	for i := range f.n {
		for j := range i + 1 {
			v := f.entry(i, j)
			d[i*f.n+j], d[j*f.n+i] = v, v
		}
	}
}

// FokkerPlanck returns the worst |∂p/∂t|/p over the points given, were p the law
// of the process now,
//
//	∂p/∂t = −Σ_i ∂_i (b_i p) + Σ_ij ∂_i ∂_j (D_ij p),  D = ½σσᵀ:
//
// zero everywhere if and only if the process leaves p invariant. The process
// need not come from a recipe. Divided by p, with s = ∇log p, that is
//
//	−∇·b − b·s + Σ_ij ∂_i∂_j D_ij + 2(∇·D)·s + sᵀDs + tr(D∇s),
//
// in which b, s and D are differentiated one at a time, by finite differences
// extrapolated to step zero. It refuses no points, and points of another length
// than the process's state or where the score is not finite.
func FokkerPlanck(p density.Density, process sde.Process, points [][]float64) (Deviation, error) {
	var worst Deviation
	n, m := process.Dims()
	if n != p.Dim() {
		return worst, fmt.Errorf("recipe: process has dimension %d, the density %d", n, p.Dim())
	}
	if len(points) == 0 {
		return worst, fmt.Errorf("recipe: no points to check at")
	}
	score := make([]float64, n)
	for k, z := range points {
		if len(z) != n {
			return worst, fmt.Errorf("recipe: point %d has length %d, the density dimension %d", k, len(z), n)
		}
		for i, v := range p.ScoreInput(score, z) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return worst, fmt.Errorf("recipe: score[%d] at point %d, %v, is %v, which is not finite", i, k, z, v)
			}
		}
	}
	f := &fokkerPlanck{n: n, p: p, process: process, diffusion: newDiffusion(n, m, process.AddNoise)}
	for _, z := range points {
		value, scale, off := f.residual(z)
		worst.worse(math.Abs(value), scale, off, z)
	}
	return worst, nil
}

type fokkerPlanck struct {
	n         int
	p         density.Density
	process   sde.Process
	diffusion *diffusionMatrix
}

// residual returns the sum of the terms, the sum of their absolute values, and
// the estimated error of the sum.
func (f *fokkerPlanck) residual(z []float64) (value, scale, off float64) {
	n := f.n
	drift, score, d := make([]float64, n), make([]float64, n), make([]float64, n*n)
	f.process.Drift(drift, z)
	f.p.ScoreInput(score, z)
	f.diffusion.at(d, z)
	add := func(term float64) {
		value += term
		scale += math.Abs(term)
	}
	for i := range n {
		add(-float64(drift[i] * score[i]))
		for j := range n {
			add(d[i*n+j] * float64(score[i]*score[j]))
		}
	}

	// First derivatives, and ∂_j²D_jj on the same points.
	at := append([]float64(nil), z...)
	var db, d2 tableau
	dD, ds := make([]tableau, n), make([]tableau, n)
	moved := [2]struct{ drift, score, d []float64 }{}
	for k := range moved {
		moved[k].drift, moved[k].score, moved[k].d = make([]float64, n), make([]float64, n), make([]float64, n*n)
	}
	for j := range n {
		db.reset()
		d2.reset()
		for i := range n {
			dD[i].reset()
			ds[i].reset()
		}
		h := firstStepAt(z[j])
		for range levels {
			for k, step := range [2]float64{h, -h} {
				at[j] = z[j] + step
				f.process.Drift(moved[k].drift, at)
				f.p.ScoreInput(moved[k].score, at)
				f.diffusion.at(moved[k].d, at)
			}
			up, down := &moved[0], &moved[1]
			db.add((up.drift[j] - down.drift[j]) / (2 * h))
			d2.add((up.d[j*n+j] - d[j*n+j] + (down.d[j*n+j] - d[j*n+j])) / (h * h))
			for i := range n {
				dD[i].add((up.d[i*n+j] - down.d[i*n+j]) / (2 * h))
				ds[i].add((up.score[i] - down.score[i]) / (2 * h))
			}
			h /= 2
		}
		at[j] = z[j]
		add(-db.best)
		add(d2.best)
		off += db.off + d2.off
		for i := range n {
			add(2 * float64(dD[i].best*score[i]))
			add(d[i*n+j] * ds[i].best)
			off += 2*math.Abs(dD[i].off*score[i]) + math.Abs(d[i*n+j]*ds[i].off)
		}
	}

	// Mixed derivatives ∂_i∂_j D_ij, each of them twice.
	for i := range n {
		for j := range i {
			hi, hj := firstStepAt(z[i]), firstStepAt(z[j])
			d2.reset()
			for range levels {
				sum := 0.0
				for _, sign := range [4][2]float64{{1, 1}, {1, -1}, {-1, 1}, {-1, -1}} {
					at[i], at[j] = z[i]+sign[0]*hi, z[j]+sign[1]*hj
					f.diffusion.rootAt(at)
					sum += sign[0] * sign[1] * f.diffusion.entry(i, j)
				}
				d2.add(sum / (4 * hi * hj))
				hi /= 2
				hj /= 2
			}
			at[i], at[j] = z[i], z[j]
			add(2 * d2.best)
			off += 2 * d2.off
		}
	}
	return value, scale, off
}
