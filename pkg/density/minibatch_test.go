package density_test

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// newLogistic returns the posterior of a logistic regression of n labels that are
// tosses of a coin.
func newLogistic(n, d int, seed uint64) *density.Logistic {
	rng := stream.New(seed)
	rows, labels := mat.NewDense(n, d, nil), make([]float64, n)
	for i := range n {
		for j := range d {
			rows.Set(i, j, stream.Normal(rng))
		}
		labels[i] = float64(rng.IntN(2))
	}
	return must(density.NewLogistic(rows, labels, 2))
}

// TestMinibatchIsUnbiased: over many batches the mean of the estimated score is the
// score, within five standard errors, and its covariance is NoiseCovariance, on a
// logistic regression away from its mode. Control variates at a point nearby
// reduce it.
func TestMinibatchIsUnbiased(t *testing.T) {
	racetest.Sequential(t)
	const n, m, d, batches = 60, 7, 3, 50_000
	p, rng := newLogistic(n, d, 4), stream.New(5)
	x, centre := []float64{0.5, -1, 0.2}, []float64{0.4, -0.9, 0.3}
	want := p.ScoreInput(nil, x)
	var total []float64
	for _, b := range []*density.Minibatch{must(density.NewMinibatch(p, m)), must(density.NewControlVariates(p, m, centre))} {
		var v mat.SymDense
		b.NoiseCovariance(&v, x)
		sum, sum2 := make([]float64, d), mat.NewDense(d, d, nil)
		dst := make([]float64, d)
		for range batches {
			b.Resample(rng)
			b.ScoreInput(dst, x)
			for i := range d {
				sum[i] += dst[i] - want[i]
				for j := range d {
					sum2.Set(i, j, sum2.At(i, j)+(dst[i]-want[i])*(dst[j]-want[j])/batches)
				}
			}
		}
		for i := range d {
			if z := sum[i] / batches / math.Sqrt(v.At(i, i)/batches); math.Abs(z) > 5 {
				t.Errorf("mean of the score's coordinate %d is off by %.1f standard errors", i, z)
			}
			for j := range d {
				// For nearly normal estimates, Var(xy) = V_ii V_jj + V_ij².
				se := math.Sqrt((v.At(i, i)*v.At(j, j) + v.At(i, j)*v.At(i, j)) / batches)
				if z := (sum2.At(i, j) - v.At(i, j)) / se; math.Abs(z) > 6 {
					t.Errorf("covariance (%d, %d) of the score is %.4g, want %.4g: z = %.1f", i, j, sum2.At(i, j), v.At(i, j), z)
				}
			}
		}
		total = append(total, mat.Trace(&v))
	}
	if total[1] > total[0]/50 {
		t.Errorf("noise is %.3g with control variates nearby and %.3g without, want far less", total[1], total[0])
	}
}

// TestNoiseCovarianceIsExact compares the covariance of the estimate with that over
// all batches of two and of four of five observations, with control variates and
// without. Of all observations there is no noise.
func TestNoiseCovarianceIsExact(t *testing.T) {
	const n, d = 5, 2
	p := newLogistic(n, d, 3)
	x, centre := []float64{0.5, -1}, []float64{0.1, 0.4}
	for _, m := range []int{2, 4, 5} {
		for name, b := range map[string]*density.Minibatch{
			"plain": must(density.NewMinibatch(p, m)), "control variates": must(density.NewControlVariates(p, m, centre)),
		} {
			var scores [][]float64
			for set := range 1 << n {
				var rows []int
				for i := range n {
					if set>>i&1 == 1 {
						rows = append(rows, i)
					}
				}
				if len(rows) != m {
					continue
				}
				score := p.TermsScore(nil, x, rows)
				if name != "plain" {
					for i, v := range p.TermsScore(nil, centre, rows) {
						score[i] -= v
					}
				}
				scores = append(scores, score)
			}
			var got mat.SymDense
			b.NoiseCovariance(&got, x)
			for i := range d {
				for j := range d {
					var mi, mj, want float64
					for _, s := range scores {
						mi += s[i] / float64(len(scores))
						mj += s[j] / float64(len(scores))
					}
					for _, s := range scores {
						want += (s[i] - mi) * (s[j] - mj) / float64(len(scores)) * n * n / float64(m*m)
					}
					if math.Abs(got.At(i, j)-want) > 1e-13 {
						t.Errorf("%s, batches of %d: covariance (%d, %d) is %v, want %v", name, m, i, j, got.At(i, j), want)
					}
				}
			}
		}
	}
}

// TestMinibatchState: a Minibatch restored in mid-run draws the same batches, and
// data of another one or damaged are refused and change nothing.
func TestMinibatchState(t *testing.T) {
	p := newLogistic(20, 2, 1)
	rng := stream.New(2)
	a, b := must(density.NewMinibatch(p, 3)), must(density.NewMinibatch(p, 3))
	for range 10 {
		a.Resample(rng)
	}
	data := must(a.MarshalBinary())
	x := []float64{0.3, -1}
	for name, other := range map[string]*density.Minibatch{
		"another batch size":      must(density.NewMinibatch(p, 4)),
		"another number of terms": must(density.NewMinibatch(newLogistic(21, 2, 1), 3)),
	} {
		if err := other.UnmarshalBinary(data); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	before := b.ScoreInput(nil, x)
	bad := append([]byte(nil), data...)
	bad[len(bad)/2] ^= 1
	if err := b.UnmarshalBinary(bad); err == nil || !mat.Equal(mat.NewVecDense(2, before), mat.NewVecDense(2, b.ScoreInput(nil, x))) {
		t.Errorf("damaged data: error is %v, and they must change nothing", err)
	}
	if err := b.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	one, two := stream.New(3), stream.New(3)
	for range 10 {
		a.Resample(one)
		b.Resample(two)
		if got, want := b.ScoreInput(nil, x), a.ScoreInput(nil, x); got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("score is %v after restoring, want %v", got, want)
		}
	}
}

func TestMinibatchRefuses(t *testing.T) {
	p := newLogistic(5, 1, 1)
	for want, f := range map[string]func() error{
		"batch size = 0":      func() error { _, err := density.NewMinibatch(p, 0); return err },
		"batch size = 6":      func() error { _, err := density.NewControlVariates(p, 6, []float64{0}); return err },
		"centre has length 2": func() error { _, err := density.NewControlVariates(p, 2, []float64{0, 0}); return err },
		"centre has entry [0] = NaN": func() error {
			_, err := density.NewControlVariates(p, 2, []float64{math.NaN()})
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	mustPanic(t, "a batch of nothing", func() { density.NewMinibatch(nil, 1) })
	b, x := must(density.NewMinibatch(p, 5)), []float64{0.3}
	if b.Dim() != 1 || b.LogProb(x) != p.LogProb(x) {
		t.Errorf("a batch has dimension %d and log density %v, want those of the whole, 1 and %v", b.Dim(), b.LogProb(x), p.LogProb(x))
	}
	if got := b.String(); got != p.String()+", 5 of 5 terms at a time" {
		t.Errorf("a batch prints as %q", got)
	}
}
