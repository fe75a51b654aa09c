package portable

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomSPD returns BBᵀ + I/10 with standard normal B.
func randomSPD(rng *rand.Rand, n int) []float64 {
	b, a := make([]float64, n*n), make([]float64, n*n)
	for i := range b {
		b[i] = rng.Float64()*2 - 1
	}
	for i := range n {
		for j := range n {
			a[i*n+j] = Dot(b[i*n:(i+1)*n], b[j*n:(j+1)*n])
		}
		a[i*n+i] += 0.1
	}
	return a
}

func TestVectorKernels(t *testing.T) {
	a := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10} // 2×5
	x := []float64{1, -1, 2, -2, 3}
	got := make([]float64, 2)
	MulVec(got, a, x)
	if got[0] != 12 || got[1] != 27 {
		t.Errorf("Ax = %v, want [12 27]", got)
	}
	back := make([]float64, 5)
	MulTransVec(back, a, []float64{1, 10})
	for i, want := range []float64{61, 72, 83, 94, 105} {
		if back[i] != want {
			t.Errorf("(Aᵀy)[%d] = %v, want %v", i, back[i], want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Dot of a longer with a shorter slice did not panic")
		}
	}()
	Dot(x, got)
}

func TestCholeskySolves(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, n := range []int{1, 2, 3, 7, 40} {
		a := randomSPD(rng, n)
		l := make([]float64, n*n)
		if row, _ := Cholesky(l, a, n); row >= 0 {
			t.Fatalf("n = %d: a positive definite matrix failed at row %d", n, row)
		}
		x, b := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = rng.Float64()
		}
		MulVec(b, a, x)
		SolveLower(l, n, b)
		SolveLowerTrans(l, n, b)
		for i := range x {
			if math.Abs(b[i]-x[i]) > 1e-10 {
				t.Errorf("n = %d: solution [%d] = %v, want %v", n, i, b[i], x[i])
			}
		}
	}
	if row, pivot := Cholesky(make([]float64, 4), []float64{1, 2, 2, 1}, 2); row != 1 || pivot != -3 {
		t.Errorf("indefinite matrix: row %d with pivot %v, want row 1 with −3", row, pivot)
	}
	// Whatever the scale: singular to working precision, and diagonal.
	for _, scale := range []float64{1e-300, 1e-20, 1, 1e20, 1e300} {
		if row, _ := Cholesky(make([]float64, 4), []float64{scale, scale, scale, scale * (1 + 0x1p-52)}, 2); row != 1 {
			t.Errorf("scale %g: a matrix that is singular up to rounding: row %d, want 1", scale, row)
		}
		if row, _ := Cholesky(make([]float64, 4), []float64{scale, 0, 0, 1}, 2); row != -1 {
			t.Errorf("diag(%g, 1) fails at row %d", scale, row)
		}
	}
	if row, _ := Cholesky(make([]float64, 1), []float64{math.NaN()}, 1); row != 0 {
		t.Errorf("NaN passed as positive definite")
	}
}

// TestEigenSymAtEveryScale: eigenvalues scale with the matrix, to the bit.
func TestEigenSymAtEveryScale(t *testing.T) {
	const n = 6
	a := randomSPD(rand.New(rand.NewPCG(7, 1)), n)
	values, vectors := make([]float64, n), make([]float64, n*n)
	EigenSym(values, vectors, append([]float64(nil), a...), n)
	for _, exponent := range []int{-1000, -500, -300, 300, 500, 1000} {
		scaled := make([]float64, n*n)
		for i, v := range a {
			scaled[i] = math.Ldexp(v, exponent)
		}
		got, v := make([]float64, n), make([]float64, n*n)
		EigenSym(got, v, scaled, n)
		for k := range got {
			if got[k] != math.Ldexp(values[k], exponent) {
				t.Errorf("times 2^%d: eigenvalue %d is %g, want %g", exponent, k, got[k], math.Ldexp(values[k], exponent))
			}
		}
		for k := range v {
			if v[k] != vectors[k] {
				t.Fatalf("times 2^%d: the eigenvectors are others", exponent)
			}
		}
	}
	zero, one := []float64{1, 1}, make([]float64, 4)
	EigenSym(zero, one, make([]float64, 4), 2)
	if zero[0] != 0 || zero[1] != 0 || one[0] != 1 || one[3] != 1 {
		t.Errorf("the zero matrix has the eigenvalues %v and eigenvectors %v", zero, one)
	}
}

func TestEigenSym(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	equal := make([]float64, 25) // (1−ρ)I + ρ11ᵀ with ρ = 3/4: eigenvalues 1/4 (four times) and 4
	for i := range equal {
		equal[i] = 0.75
		if i%6 == 0 {
			equal[i] = 1
		}
	}
	for _, c := range []struct {
		n int
		a []float64
	}{{1, []float64{3}}, {2, []float64{2, 0, 0, -1}}, {5, equal}, {30, randomSPD(rng, 30)}} {
		n := c.n
		values, vectors := make([]float64, n), make([]float64, n*n)
		EigenSym(values, vectors, append([]float64(nil), c.a...), n)
		for k := range n {
			if k > 0 && values[k] < values[k-1] {
				t.Errorf("n = %d: eigenvalues not ascending: %v", n, values)
			}
			for i := range n {
				av := 0.0
				for j := range n {
					av += c.a[i*n+j] * vectors[j*n+k]
				}
				if d := av - values[k]*vectors[i*n+k]; math.Abs(d) > 1e-12*float64(n) {
					t.Errorf("n = %d: (Av−λv)[%d] = %g for eigenvalue %g", n, i, d, values[k])
				}
			}
			for m := range k + 1 {
				dot := 0.0
				for i := range n {
					dot += vectors[i*n+k] * vectors[i*n+m]
				}
				want := 0.0
				if m == k {
					want = 1
				}
				if math.Abs(dot-want) > 1e-13*float64(n) {
					t.Errorf("n = %d: eigenvectors %d and %d have product %g", n, k, m, dot)
				}
			}
		}
	}
}
