package target

// A Density is a probability density p(x) ∝ exp[−U(x)] on ℝᵈ, known up to a
// constant, with its score. Gonum's distmv.Normal is a Density.
type Density interface {
	// Dim returns d.
	Dim() int

	// LogProb returns log p(x) = −U(x), up to a constant that does not depend
	// on x. It is −Inf outside the support. It panics if len(x) is not d.
	LogProb(x []float64) float64

	// ScoreInput stores the score ∇ₓ log p(x) = −∇U(x) in dst and returns it.
	// If dst is nil a new slice is allocated; otherwise its length must be d.
	// dst and x must not overlap.
	ScoreInput(dst, x []float64) []float64
}
