package density_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/stream"
)

// simulated returns a logistic regression on n rows of standard normals, the
// first column ones, with labels drawn at coefficients that are normal/√d.
func simulated(rng *rand.Rand, n, d int) (*mat.Dense, []float64) {
	x, y := mat.NewDense(n, d, nil), make([]float64, n)
	beta := make([]float64, d)
	for j := range beta {
		beta[j] = 2 * stream.Normal(rng) / math.Sqrt(float64(d))
	}
	for i := range n {
		row := x.RawRowView(i)
		stream.Normals(rng, row)
		row[0] = 1
		eta := 0.0
		for j, v := range row {
			eta += v * beta[j]
		}
		if rng.Float64() < 1/(1+math.Exp(-eta)) {
			y[i] = 1
		}
	}
	return x, y
}

// softplus is log(1+eᵗ) as one would look it up.
func softplus(t float64) float64 {
	if t > 0 {
		return t + math.Log1p(math.Exp(-t))
	}
	return math.Log1p(math.Exp(t))
}

// The blocked likelihood is the sum that defines it, whatever the number of rows
// is modulo its blocks.
func TestLogisticIsTheSum(t *testing.T) {
	rng := stream.New(1)
	for _, n := range []int{1, 3, 4, 5, 63, 64, 65, 130} {
		for _, d := range []int{1, 3, 8} {
			x, y := simulated(rng, n, d)
			l := must(density.NewLogistic(x, y, 3))
			beta := make([]float64, d)
			stream.Normals(rng, beta)
			want := 0.0
			score := make([]float64, d)
			for j, b := range beta {
				want -= b*b/18 + math.Log(3) + math.Log(2*math.Pi)/2
				score[j] = -b / 9
			}
			for i := range n {
				eta := 0.0
				for j, b := range beta {
					eta += x.At(i, j) * b
				}
				want += y[i]*eta - softplus(eta)
				for j := range d {
					score[j] += (y[i] - 1/(1+math.Exp(-eta))) * x.At(i, j)
				}
			}
			if got := l.LogProb(beta); math.Abs(got-want) > 1e-13*math.Abs(want) {
				t.Errorf("n = %d, d = %d: LogProb %v, want %v", n, d, got, want)
			}
			all := make([]int, n)
			for i := range all {
				all[i] = i
			}
			got, prior, terms := l.ScoreInput(nil, beta), l.PriorScore(nil, beta), l.TermsScore(nil, beta, all)
			for j := range got {
				if math.Abs(got[j]-score[j]) > 1e-12*float64(n) || math.Abs(prior[j]+terms[j]-score[j]) > 1e-12*float64(n) {
					t.Errorf("n = %d, d = %d: score[%d] = %v, prior and terms %v, want %v", n, d, j, got[j], prior[j]+terms[j], score[j])
				}
			}
		}
	}
}

// large returns a logistic regression of more than 2¹⁵ numbers, in segments of which the
// last is not full.
func large(n, d int) *density.Logistic {
	x, y := simulated(stream.New(4), n, d)
	return must(density.NewLogistic(x, y, 1))
}

// The sum over segments is the sum over all rows.
func TestLogisticInSegments(t *testing.T) {
	l := large(1003, 67)
	beta := make([]float64, l.Dim())
	stream.Normals(stream.New(5), beta)
	all := make([]int, l.Terms())
	logp := -67 * math.Log(2*math.Pi) / 2
	for _, b := range beta {
		logp -= b * b / 2
	}
	for i := range all {
		all[i] = i
		eta := 0.0
		for j, v := range l.Row(i) {
			eta += v * beta[j]
		}
		logp += l.Label(i)*eta - softplus(eta)
	}
	got, prior, terms := l.ScoreInput(nil, beta), l.PriorScore(nil, beta), l.TermsScore(nil, beta, all)
	for j := range got {
		if want := prior[j] + terms[j]; math.Abs(got[j]-want) > 1e-11 {
			t.Errorf("score[%d] = %v, one term after the other %v", j, got[j], want)
		}
	}
	if got := l.LogProb(beta); math.Abs(got-logp) > 1e-13*math.Abs(logp) {
		t.Errorf("LogProb %v, want %v", got, logp)
	}
}

// The bits do not depend on the number of workers, on the calls before, every other of
// which goes backwards through the data, nor on the architecture, for which there is a
// digest. Chains may share a posterior.
func TestLogisticWorkersFrozen(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	run := func(l *density.Logistic) (digest uint64) {
		rng, score, beta := stream.New(6), make([]float64, l.Dim()), make([]float64, l.Dim())
		for range 20 {
			stream.Normals(rng, beta)
			score = l.ScoreInput(score, beta)
			for _, v := range append(score, l.LogProb(beta), l.LogProbScore(score, beta)) {
				digest = digest*0x9e3779b97f4a7c15 + math.Float64bits(v)
			}
		}
		return digest
	}
	for _, c := range []struct {
		n, d int
		want uint64
	}{{1003, 67, 0x2d58e4c4684f4da4}, {403, 40, 0x9d2c9bed73d5bfc9}, {5003, 7, 0xe0eb64ed26ee6d13}, {75, 601, 0x2d25c7c54ce02ea1}, {3001, 20, 0xd09d08104743b854}, {999, 5, 0x797e97ccf6fc20b4}} {
		l := large(c.n, c.d)
		for _, workers := range []int{1, 2, 3, 5, 100} {
			shared := l.WithWorkers(workers)
			var chains sync.WaitGroup
			for range 3 {
				chains.Go(func() {
					if digest := run(shared); digest != c.want {
						t.Errorf("%d×%d, %d workers: digest %#x, want %#x", c.n, c.d, workers, digest, c.want)
					}
				})
			}
			chains.Wait()
		}
		points := make([][]float64, 3)
		for i := range points {
			points[i] = make([]float64, c.d)
			stream.Normals(stream.New(uint64(7+i)), points[i])
		}
		checkCalls(t, l.WithWorkers(3), points)
	}
	mustPanic(t, "no workers", func() { large(9, 1).WithWorkers(0) })
}

// Calls on several workers allocate nothing once the goroutines have been made, up to
// what the runtime allocates by itself.
func TestLogisticWorkersDoNotAllocate(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // testing.AllocsPerRun would set one
	const calls = 1000
	l := large(1003, 67).WithWorkers(2)
	beta, dst := make([]float64, l.Dim()), make([]float64, l.Dim())
	var before, after runtime.MemStats
	l.ScoreInput(dst, beta)
	runtime.ReadMemStats(&before)
	for range calls {
		l.ScoreInput(dst, beta)
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > calls/10 {
		t.Errorf("%d calls make %d allocations", calls, n)
	}
}

func TestLogisticTerms(t *testing.T) {
	x, y := simulated(stream.New(2), 20, 3)
	l := must(density.NewLogistic(x, y, 1))
	var _ density.Additive = l
	if l.Terms() != 20 || l.Label(7) != y[7] || l.Row(7)[2] != x.At(7, 2) || len(l.Row(7)) != 3 {
		t.Error("rows are not those given")
	}
	beta := []float64{0.3, -0.2, 0.1}
	once, twice := l.TermsScore(nil, beta, []int{7}), l.TermsScore(nil, beta, []int{7, 7})
	for j := range once {
		if twice[j] != 2*once[j] {
			t.Error("a row named twice does not count twice")
		}
	}
	if none := l.TermsScore(nil, beta, nil); none[0] != 0 {
		t.Error("no rows have a score")
	}
	dst, rows := make([]float64, 3), []int{1, 5, 11}
	if n := testing.AllocsPerRun(20, func() { l.TermsScore(dst, beta, rows); l.PriorScore(dst, beta) }); n != 0 {
		t.Errorf("TermsScore and PriorScore make %v allocations", n)
	}
	mustPanic(t, "TermsScore into a long dst", func() { l.TermsScore(make([]float64, 4), beta, rows) })
}

// At η = ±1000, where e^η overflows, the log likelihood of a label is −1000 or 0.
func TestLogisticIsStable(t *testing.T) {
	for _, c := range []struct{ x, y, want, score float64 }{
		{1000, 0, -1000, -1000}, {1000, 1, 0, 0}, {-1000, 1, -1000, -1000}, {-1000, 0, 0, 0},
	} {
		l := must(density.NewLogistic(mat.NewDense(1, 1, []float64{c.x}), []float64{c.y}, 1))
		prior := -0.5 - math.Log(2*math.Pi)/2
		if got := l.LogProb([]float64{1}); math.Abs(got-prior-c.want) > 1e-12 {
			t.Errorf("x = %v, y = %v: log likelihood %v, want %v", c.x, c.y, got-prior, c.want)
		}
		if got := l.ScoreInput(nil, []float64{1})[0]; got != c.score-1 {
			t.Errorf("x = %v, y = %v: score %v, want %v", c.x, c.y, got, c.score-1)
		}
	}
}

// The Laplace approximation sits where the score vanishes, and its precision is
// minus the derivative of the score.
func TestLogisticLaplace(t *testing.T) {
	rng := stream.New(3)
	for _, c := range []struct {
		n, d  int
		sd    float64
		scale float64
	}{{200, 6, 2, 1}, {3, 6, 1, 1}, {50, 4, 10, 30}} {
		x, y := simulated(rng, c.n, c.d)
		x.Scale(c.scale, x)
		l := must(density.NewLogistic(x, y, c.sd))
		g := must(l.Laplace())
		mode := g.Mean(nil)
		var precision mat.SymDense
		g.Precision(&precision)
		for i, s := range l.ScoreInput(nil, mode) {
			if math.Abs(s) > 1e-9*math.Sqrt(precision.At(i, i)) {
				t.Errorf("score[%d] at the mode is %v", i, s)
			}
		}
		const h = 1e-5
		for i := range mode {
			at := append([]float64(nil), mode...)
			at[i] = mode[i] + h
			up := l.ScoreInput(nil, at)
			at[i] = mode[i] - h
			down := l.ScoreInput(nil, at)
			for j := range mode {
				if got, want := precision.At(i, j), (down[j]-up[j])/(2*h); math.Abs(got-want) > 1e-6*mat.Max(&precision) {
					t.Errorf("precision[%d][%d] = %v, by differences %v", i, j, got, want)
				}
			}
		}
	}
}

// TestLaplaceWithAnOutlier: of these data Newton's steps diverge unless those that
// gain too little are halved. The score vanishes at the mode all the same.
func TestLaplaceWithAnOutlier(t *testing.T) {
	x, y := new(mat.Dense), []float64(nil)
	for _, c := range []struct {
		x, label float64
		times    int
	}{{10, 1, 2}, {-403.5, 0, 3}, {1, 0, 115}, {0.5, 0, 6}} {
		for range c.times {
			y = append(y, c.label)
			x = mat.NewDense(len(y), 2, append(x.RawMatrix().Data, 1, c.x))
		}
	}
	l := must(density.NewLogistic(x, y, 1))
	g := must(l.Laplace())
	for i, s := range l.ScoreInput(nil, g.Mean(nil)) {
		if math.Abs(s) > 1e-8 {
			t.Errorf("score[%d] at the mode %v is %v", i, g.Mean(nil), s)
		}
	}
}

func TestLogisticRefuses(t *testing.T) {
	x := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	bad := mat.NewDense(2, 2, []float64{1, 2, math.NaN(), 4})
	for _, c := range []struct {
		x    mat.Matrix
		y    []float64
		sd   float64
		want string
	}{
		{&mat.Dense{}, nil, 1, "density: x is empty"},
		{x, []float64{0, 1, 1}, 1, "density: y has length 3, want 2"},
		{x, []float64{0, 2}, 1, "density: y has entry [1] = 2, which is neither 0 nor 1"},
		{x, []float64{math.NaN(), 1}, 1, "density: y has entry [0] = NaN, which is not finite"},
		{bad, []float64{0, 1}, 1, "density: x has entry (1, 0) = NaN, which is not finite"},
		{x, []float64{0, 1}, 0, "density: priorSD = 0 is not positive and finite"},
		{nil, nil, 1, "density: x is missing"},
		{x, []float64{0, 1}, 1e-170, "density: variance of the prior = 0 is not in the range of floating-point numbers: it and its inverse must be positive and finite"},
	} {
		if _, err := density.NewLogistic(c.x, c.y, c.sd); err == nil || err.Error() != c.want {
			t.Errorf("got the error\n\t%v\nwant\n\t%v", err, c.want)
		}
	}
	same := mat.NewDense(2, 2, []float64{1, 1, 2, 2})
	l := must(density.NewLogistic(same, []float64{0, 1}, 1e12))
	if _, err := l.Laplace(); err == nil || !strings.HasPrefix(err.Error(), "density: precision at the mode is not positive definite") {
		t.Errorf("two equal columns under a flat prior gave %v", err)
	}
	// Products of 10³⁰⁰ and a coefficient overflow, and no step of Newton's helps.
	huge := must(density.NewLogistic(mat.NewDense(2, 2, []float64{1e300, -1e300, 1e300, 1e300}), []float64{0, 1}, 1))
	if _, err := huge.Laplace(); err == nil {
		t.Error("data of 10³⁰⁰ have a Laplace approximation")
	}
}

func BenchmarkLogistic(b *testing.B) {
	x, y := simulated(stream.New(1), 569, 31)
	l := must(density.NewLogistic(x, y, 1))
	beta, dst := make([]float64, 31), make([]float64, 31)
	stream.Normals(stream.New(2), beta)
	b.Run("LogProb", func(b *testing.B) {
		for b.Loop() {
			l.LogProb(beta)
		}
	})
	b.Run("LogProbScore", func(b *testing.B) {
		for b.Loop() {
			l.LogProbScore(dst, beta)
		}
	})
	for _, shape := range [][2]int{{1000, 5}, {10000, 5}, {1000, 500}, {1000, 1000}} {
		n, d := shape[0], shape[1]
		x, y := simulated(stream.New(1), n, d)
		l := must(density.NewLogistic(x, y, 1))
		beta, dst := make([]float64, d), make([]float64, d)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("ScoreInput/%dx%d/workers=%d", n, d, workers), func(b *testing.B) {
				l := l.WithWorkers(workers)
				for b.Loop() {
					l.ScoreInput(dst, beta)
				}
			})
		}
	}
}
