package density

// Func is the density p(x) ∝ exp[−U(x)] of a potential U that the user gives.
// LogProb is −U(x), not normalised; ScoreInput is −∇U(x).
type Func struct {
	dim   int
	u     func(x []float64) float64
	gradU func(dst, x []float64)
}

// NewFunc returns the density on ℝᵈ, d = dim, with potential u, where gradU
// stores ∇U(x) in dst, which has length d. Neither may change x or keep it, and
// both must be safe to call from several goroutines if several chains share the
// density. U may be +Inf, where the density is zero.
//
// It refuses dim < 1 (*ValueError) and panics if a function is nil. It does not
// look at the gradient: pass the density to CheckGradient, at a few points where
// the sampler will go, before trusting it.
func NewFunc(dim int, u func(x []float64) float64, gradU func(dst, x []float64)) (*Func, error) {
	if u == nil || gradU == nil {
		panic(nilFunc)
	}
	if dim < 1 {
		return nil, &ValueError{"dimension", float64(dim), "{1, 2, …}"}
	}
	return &Func{dim, u, gradU}, nil
}

// Dim returns d.
func (f *Func) Dim() int { return f.dim }

// LogProb returns −U(x).
func (f *Func) LogProb(x []float64) float64 {
	checkLength(x, f.dim)
	return -f.u(x)
}

// ScoreInput stores −∇U(x) in dst and returns it.
func (f *Func) ScoreInput(dst, x []float64) []float64 {
	checkLength(x, f.dim)
	dst = reuse(dst, f.dim)
	f.gradU(dst, x)
	for i, v := range dst {
		dst[i] = -v
	}
	return dst
}
