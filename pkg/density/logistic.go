package density

import (
	"cmp"
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/parallel"
	"natspike/pkg/internal/portable"
)

// Logistic is the posterior of the coefficients of a logistic regression,
//
//	β ~ N(0, s²I),  yᵢ ~ Bernoulli(σ(xᵢᵀβ)),  σ(η) = 1/(1+e^{−η}),  i = 0, …, n−1,
//	∇ log p(β) = −β/s² + Σᵢ [yᵢ − σ(xᵢᵀβ)] xᵢ.
//
// LogProb is the joint log density of y and β: the prior and the likelihood are
// normalised, the posterior is not. There is no intercept but a column of ones
// in the data. LogProb and ScoreInput take O(nd) time.
type Logistic struct {
	n, d     int
	x        []float64 // row-major n×d
	y        []float64
	sd       float64
	logPrior float64         // its constant
	tiled    *portable.Tiled // the data again, in tiles, or nil if these save no time
	segment  int             // rows of a segment
	workers  int
	passes   *passes
}

// NewLogistic returns the posterior given the n×d matrix x, a row for each
// observation, the n labels y, each 0 or 1, and the prior's standard deviation.
// It copies the data, at most twice. Columns of like scale make a posterior that is easier
// to sample, and one prior for all that makes sense.
//
// It refuses a matrix that is nil, empty or not finite, a number of labels that is
// not the number of rows, a label that is neither 0 nor 1, and a priorSD that is
// not positive and finite or whose square is out of the range of floating-point
// numbers.
func NewLogistic(x mat.Matrix, y []float64, priorSD float64) (*Logistic, error) {
	rows, err := check.Matrix("x", x, -1, -1)
	if err != nil {
		return nil, err
	}
	n, d := x.Dims()
	y, err = check.Vector("y", y, n)
	if err != nil {
		return nil, err
	}
	for i, label := range y {
		if label != 0 && label != 1 {
			return nil, check.Errorf("y", "has entry [%d] = %v, which is neither 0 nor 1", i, label)
		}
	}
	if err := cmp.Or(check.Positive("priorSD", priorSD, ""), variance("variance of the prior", priorSD*priorSD)); err != nil {
		return nil, err
	}
	return &Logistic{
		n: n, d: d, x: rows, y: y, sd: priorSD,
		logPrior: -float64(float64(d) * (0.5*logTwoPi + portable.Log(priorSD))),
		tiled:    portable.NewTiled(rows, d),
		segment:  segmentRows(n, d), workers: 1, passes: new(passes),
	}, nil
}

// WithWorkers returns the same posterior, with the same data, whose LogProb and
// ScoreInput compute on so many goroutines at once, though on no more than there are
// processors. The results are the same bits for any number of workers.
//
// More than one worker pays off if the matrix takes megabytes and chains leave
// processors idle. Data of fewer than 2¹⁵ numbers use one worker in any case, and larger
// data at most one for every 64 rows. Between calls the other workers wait for the next
// one without sleeping, and end after 50 µs without a call. It panics unless workers is
// positive.
func (l *Logistic) WithWorkers(workers int) *Logistic {
	if workers < 1 {
		panic(noWorkers)
	}
	c := *l
	c.workers, c.passes = workers, new(passes)
	return &c
}

// String returns the size of the data and the prior.
func (l *Logistic) String() string {
	return fmt.Sprintf("logistic regression of %d observations on ℝ^%d, β ~ N(0, %v²I)", l.n, l.d, l.sd)
}

// Dim returns d, the number of coefficients.
func (l *Logistic) Dim() int { return l.d }

// Terms returns n, the number of observations.
func (l *Logistic) Terms() int { return l.n }

// Row returns xᵢ, which the caller must not change.
func (l *Logistic) Row(i int) []float64 { return l.x[i*l.d : (i+1)*l.d : (i+1)*l.d] }

// Label returns yᵢ.
func (l *Logistic) Label(i int) float64 { return l.y[i] }

// LogProb returns the joint log density of y and β.
func (l *Logistic) LogProb(beta []float64) float64 {
	check.Length("beta", beta, l.d)
	return l.prior(beta) + l.likelihood(nil, beta, true)
}

// ScoreInput stores ∇ log p(β) in dst and returns it.
func (l *Logistic) ScoreInput(dst, beta []float64) []float64 {
	dst = l.PriorScore(dst, beta)
	l.likelihood(dst, beta, false)
	return dst
}

// LogProbScore stores ∇ log p(β) in dst and returns the log density.
func (l *Logistic) LogProbScore(dst, beta []float64) float64 {
	check.Length("dst", dst, l.d)
	l.PriorScore(dst, beta)
	return l.prior(beta) + l.likelihood(dst, beta, true)
}

// PriorScore stores −β/s² in dst and returns it.
func (l *Logistic) PriorScore(dst, beta []float64) []float64 {
	check.Length("beta", beta, l.d)
	dst = check.Reuse(dst, l.d)
	for j, b := range beta {
		dst[j] = -b / l.sd / l.sd
	}
	return dst
}

// TermsScore stores Σ [yᵢ − σ(xᵢᵀβ)] xᵢ, over the observations i in rows, in
// dst and returns it.
func (l *Logistic) TermsScore(dst, beta []float64, rows []int) []float64 {
	check.Length("beta", beta, l.d)
	dst = check.Reuse(dst, l.d)
	clear(dst)
	for _, i := range rows {
		row := l.Row(i)
		portable.Axpy(l.y[i]-portable.Sigmoid(portable.Dot(row, beta)), row, dst)
	}
	return dst
}

// Laplace returns the Gaussian whose mean is the mode of the posterior, found by
// Newton's method, and whose precision is −∇∇ log p there: the covariance to
// precondition a sampler with, and the point to take a stochastic gradient's
// control variate at. It refuses a posterior in which that precision is singular
// to working precision, as it can be if columns are collinear and the prior is
// wide, and data so large that the method does not converge.
func (l *Logistic) Laplace() (*Gaussian, error) {
	const iterations, halvings = 200, 60
	d := l.d
	beta, score, trial, step := make([]float64, d), make([]float64, d), make([]float64, d), make([]float64, d)
	for range iterations {
		here := l.LogProbScore(score, beta)
		precision, err := newDense("precision at the mode", l.curvature(beta), d)
		if err != nil {
			return nil, err
		}
		precision.mulPrecision(step, score)
		// The decrement is twice the gain that the step promises. log p is
		// concave: halving a step that gains less than half of it ends.
		decrement := portable.Dot(score, step)
		for range halvings {
			for j := range trial {
				trial[j] = beta[j] + step[j]
			}
			if decrement < 1e-8 || l.LogProb(trial) >= here+float64(0.25*portable.Dot(score, step)) {
				break
			}
			scale(step, 0.5)
		}
		copy(beta, trial)
		if decrement < 1e-16 {
			cov, err := newDense("covariance", precision.inverse, d)
			if err != nil {
				return nil, err
			}
			return newGaussian(beta, cov), nil
		}
	}
	return nil, check.Errorf("x", "has entries too large for Newton's method, which has not converged in %d steps", iterations)
}

// curvature returns −∇∇ log p(β) = I/s² + Σᵢ σ(ηᵢ)[1−σ(ηᵢ)] xᵢxᵢᵀ, ηᵢ = xᵢᵀβ.
func (l *Logistic) curvature(beta []float64) []float64 {
	d := l.d
	h := make([]float64, d*d)
	for i := range l.n {
		row := l.Row(i)
		eta := portable.Dot(row, beta)
		w := float64(portable.Sigmoid(eta) * portable.Sigmoid(-eta))
		for j, v := range row {
			portable.Axpy(float64(w*v), row[:j+1], h[j*d:])
		}
	}
	for j := range d {
		h[j*d+j] += 1 / l.sd / l.sd
		for k := range j {
			h[k*d+j] = h[j*d+k]
		}
	}
	return h
}

func (l *Logistic) prior(beta []float64) float64 {
	return l.logPrior - float64(0.5*portable.Dot(beta, beta))/l.sd/l.sd
}

// likelihood adds the gradient of the log likelihood to dst unless that is nil, and
// returns the log likelihood if its value is wanted. It goes through the data once.
func (l *Logistic) likelihood(dst, beta []float64, value bool) (total float64) {
	if l.segment >= l.n {
		return l.sum(dst, beta, 0, l.n, value)
	}
	p := l.passes.take(l)
	p.beta, p.gradient, p.value = beta, dst != nil, value
	p.team.Run()
	p.beta = nil
	for _, v := range p.logLikelihood {
		total += v
	}
	if dst != nil {
		portable.AddMulTransVec(dst, p.scores, p.ones)
	}
	l.passes.put(p)
	return total
}

// fewestRows is the number of rows of a block of many columns.
const fewestRows = 8

// sum does for the rows from, …, to−1 what likelihood does for all. It takes blocks of
// rows that stay in the first cache, a multiple of eight rows each.
func (l *Logistic) sum(dst, beta []float64, from, to int, value bool) float64 {
	const cached, most = 4096, 64 // numbers and rows of a block
	rows := min(max(cached/l.d&^7, fewestRows), most)
	var sum portable.Bernoulli
	switch {
	case l.tiled != nil && value:
		l.tiled.AddScore(dst, l.y[from:to], beta, from, &sum)
	case l.tiled != nil:
		l.tiled.AddScore(dst, l.y[from:to], beta, from, nil)
	case dst != nil && rows == fewestRows:
		l.addAhead(&sum, dst, beta, from, to)
	default:
		var buffer [most]float64
		for ; from < to; from += rows {
			end := min(from+rows, to)
			block, eta := l.x[from*l.d:end*l.d], buffer[:end-from]
			portable.MulVec(eta, block, beta)
			sum.Add(eta, l.y[from:end]) // eta is now y − σ(η)
			if dst != nil {
				portable.AddMulTransVec(dst, block, eta)
			}
		}
	}
	if !value {
		return 0
	}
	return sum.LogLikelihood()
}

// addAhead adds the labels of the rows from, …, to−1 to a likelihood, and their gradient
// to dst. It gives the bits of the loop in sum. It adds the gradient of a block while it
// multiplies the next block by beta. The next block comes from memory meanwhile.
func (l *Logistic) addAhead(sum *portable.Bernoulli, dst, beta []float64, from, to int) {
	var buffers [2][fewestRows]float64
	var before, residuals []float64
	for ; from < to; from += fewestRows {
		end := min(from+fewestRows, to)
		block, eta := l.x[from*l.d:end*l.d], buffers[from/fewestRows%2][:end-from]
		portable.MulBoth(eta, block, beta, dst, before, residuals)
		sum.Add(eta, l.y[from:end]) // eta is now y − σ(η)
		before, residuals = block, eta
	}
	portable.AddMulTransVec(dst, before, residuals)
}

// segmentRows returns the number of rows of a segment. The sum over large data is the
// sum of the sums over segments, in order, whichever worker computes which. There are
// at most 64 segments, of at least 64 rows and a multiple of eight.
func segmentRows(n, d int) int {
	const large, least, most = 1 << 15, 64, 64 // numbers, rows, segments
	if n*d < large {
		return n
	}
	return max(least, ((n+most-1)/most+7)&^7)
}

// A pass computes the log likelihood in segments, for one call at a time.
type pass struct {
	team            *parallel.Team
	beta            []float64
	gradient, value bool      // whether the call asks for them
	logLikelihood   []float64 // of each segment
	scores          []float64 // gradients, a row for each segment
	ones            []float64 // as many as segments
}

// passes holds the passes that no call is using. Chains may share a posterior.
type passes struct {
	mu   sync.Mutex
	idle []*pass
}

func (ps *passes) take(l *Logistic) *pass {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if n := len(ps.idle); n > 0 {
		p := ps.idle[n-1]
		ps.idle = ps.idle[:n-1]
		return p
	}
	segments := (l.n + l.segment - 1) / l.segment
	p := &pass{logLikelihood: make([]float64, segments), scores: make([]float64, segments*l.d), ones: make([]float64, segments)}
	for i := range p.ones {
		p.ones[i] = 1
	}
	p.team = parallel.NewTeam(l.workers, segments, func(i int) {
		var dst []float64
		if p.gradient {
			dst = p.scores[i*l.d : (i+1)*l.d]
			clear(dst)
		}
		p.logLikelihood[i] = l.sum(dst, p.beta, i*l.segment, min((i+1)*l.segment, l.n), p.value)
	})
	return p
}

func (ps *passes) put(p *pass) {
	ps.mu.Lock()
	ps.idle = append(ps.idle, p)
	ps.mu.Unlock()
}
