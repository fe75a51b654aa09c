package dataset

import (
	"math"
	"testing"
)

// TestSimulatedItemResponse: nine in ten of 40,000 answers are there, with a standard
// error of 0.0015, and the share of right ones is E[1/(1+e^{−x})] with
// x ~ N(0.75, 2). Of 100 questions whose shares have a standard deviation of about
// 0.2 that has a standard error of 0.02. Both allow four. A mean of −0.75 is excluded.
func TestSimulatedItemResponse(t *testing.T) {
	r := SimulatedItemResponse()
	n := len(r.Right)
	if len(r.Student) != n || len(r.Question) != n {
		t.Fatalf("%d students and %d questions of %d answers", len(r.Student), len(r.Question), n)
	}
	right := 0.0
	for k, y := range r.Right {
		if y != 0 && y != 1 || r.Student[k] < 0 || r.Student[k] >= r.Students || r.Question[k] < 0 || r.Question[k] >= r.Questions {
			t.Fatalf("answer %d: %v of student %d to question %d", k, y, r.Student[k], r.Question[k])
		}
		right += y / float64(n)
	}
	if share := float64(n) / float64(r.Students*r.Questions); math.Abs(share-0.9) > 4*0.0015 {
		t.Errorf("a share of %v is answered", share)
	}
	expected := func(mean float64) (e float64) {
		const h = 0.01
		for x := -12.0; x <= 12; x += h {
			e += h * math.Exp(-(x-mean)*(x-mean)/4) / math.Sqrt(4*math.Pi) / (1 + math.Exp(-x))
		}
		return e
	}
	if math.Abs(right-expected(0.75)) > 0.08 {
		t.Errorf("a share of %v is right, expected %v", right, expected(0.75))
	}
	if math.Abs(right-expected(-0.75)) < 0.08 {
		t.Error("a mean of −0.75 is not excluded")
	}
}

// TestSimulatedBrownianMotion: the middle third is NaN, and the differences of
// neighbours have the variance 0.1² + 2·0.15² = 0.055. Of 18 of them the mean square is
// within a factor of three but for one set in ten thousand; that of a still path,
// 0.045, is not told apart, but that of noise ten times as small is.
func TestSimulatedBrownianMotion(t *testing.T) {
	y := SimulatedBrownianMotion()
	if len(y) != 30 {
		t.Fatalf("%d observations", len(y))
	}
	square, n := 0.0, 0.0
	for i, v := range y {
		if missing := i >= 10 && i < 20; math.IsNaN(v) != missing {
			t.Errorf("observation %d is %v", i, v)
		}
		if i > 0 && !math.IsNaN(v) && !math.IsNaN(y[i-1]) {
			square, n = square+(v-y[i-1])*(v-y[i-1]), n+1
		}
	}
	if v := square / n; !(v > 0.055/3 && v < 0.055*3) {
		t.Errorf("the mean square of %v differences is %v, expected 0.055", n, v)
	}
}
