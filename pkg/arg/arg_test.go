package arg_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

const check = arg.Checker("test")

func second[T any](_ T, err error) error { return err }

func TestMessages(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		err  error
		want string
	}{
		{check.Positive("h", 1e-300, ""), ""},
		{check.Positive("h", 0, " s"), "test: h = 0 s is not positive and finite"},
		{check.Positive("h", inf, ""), "test: h = +Inf is not positive and finite"},
		{check.Positive("h", nan, ""), "test: h = NaN is not positive and finite"},
		{check.NonNegative("λ", 0, ""), ""},
		{check.NonNegative("λ", -1, ""), "test: λ = -1 is not a finite number ≥ 0"},
		{check.Finite("m", -inf), "test: m = -Inf is not finite"},
		{check.AtLeast("n", 1, 1), ""},
		{check.AtLeast("n", 0, 1), "test: n = 0 is less than 1"},
		{second(check.Vector("x", []float64{1, nan}, 2)), "test: x has entry [1] = NaN, which is not finite"},
		{second(check.Vector("x", nil, 2)), "test: x has length 0, want 2"},
		{second(check.Matrix("Γ", nil, 1, 1)), "test: Γ is missing"},
		{second(check.Matrix("Γ", (*mat.Dense)(nil), 1, 1)), "test: Γ is missing"},
		{second(check.Matrix("Γ", &mat.Dense{}, -1, -1)), "test: Γ is empty"},
		{second(check.Matrix("Γ", &mat.Dense{}, 1, -1)), "test: Γ is 0×0, want 1×any"},
		{second(check.Symmetric("Σ", (*mat.SymDense)(nil), -1)), "test: Σ is missing"},
		{second(check.Skew("S", &mat.Dense{}, -1)), "test: S is empty"},
		{second(check.Matrix("Γ", mat.NewDense(1, 2, nil), 2, -1)), "test: Γ is 1×2, want 2×any"},
		{second(check.Matrix("Γ", mat.NewDense(1, 2, []float64{0, inf}), 1, -1)), "test: Γ has entry (0, 1) = +Inf, which is not finite"},
		{second(check.Symmetric("Σ", mat.NewDense(2, 2, []float64{1, 2, 3, 1}), 2)), "test: Σ is not symmetric: entry (1, 0) is 3 and entry (0, 1) is 2"},
		{second(check.Symmetric("Σ", mat.NewDense(1, 2, nil), -1)), "test: Σ is 1×2, which is not square"},
		{second(check.Skew("S", mat.NewDense(2, 2, []float64{0, 2, 2, 0}), 2)), "test: S is not skew-symmetric: entry (1, 0) is 2 and entry (0, 1) is 2"},
		{second(check.Skew("S", mat.NewDense(2, 2, []float64{1, 2, -2, 0}), 2)), "test: S is not skew-symmetric: entry (0, 0) is 1 and entry (0, 0) is 1"},
	} {
		got := ""
		if c.err != nil {
			got = c.err.Error()
			var e *arg.Error
			if !errors.As(c.err, &e) || e.Package != "test" {
				t.Errorf("%q is not an *arg.Error of its package", got)
			}
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestCause(t *testing.T) {
	cause := errors.New("because")
	if err := check.Errorf("x", "fails: %v", cause); !errors.Is(err, cause) || !errors.Is(err, arg.ErrRange) || err.Error() != "test: x fails: because" {
		t.Errorf("the cause of %q is lost", err)
	}
}

// Matrices that are symmetric or skew up to rounding are made so exactly.
func TestMirrored(t *testing.T) {
	a, err := check.Symmetric("Σ", mat.NewDense(2, 2, []float64{1, 2, 2 + 1e-15, 1}), -1)
	if err != nil || a[1] != a[2] {
		t.Errorf("Symmetric gives %v, %v", a, err)
	}
	a, err = check.Skew("S", mat.NewDense(2, 2, []float64{1e-15, -2, 2 + 1e-15, 0}), 2)
	if err != nil || a[0] != 0 || a[1] != -a[2] {
		t.Errorf("Skew gives %v, %v", a, err)
	}
	if a, err = check.Skew("S", mat.NewDense(1, 1, nil), 1); err != nil || a[0] != 0 {
		t.Errorf("Skew of zero gives %v, %v", a, err)
	}
}

type named struct{}

func (named) String() string { return "a name" }

func TestDescribe(t *testing.T) {
	if got := arg.Describe(named{}); got != "a name" {
		t.Errorf("a Stringer is described as %q", got)
	}
	if got := arg.Describe([]int{1}); got != "[]int" {
		t.Errorf("a slice is described as %q", got)
	}
}

func TestPassing(t *testing.T) {
	x := []float64{1, 2}
	y, err := check.Vector("x", x, 2)
	if err != nil || y[0] != 1 || y[1] != 2 || &y[0] == &x[0] {
		t.Errorf("Vector gives %v, %v, want a copy of %v", y, err, x)
	}
	if check.Finite("m", -math.MaxFloat64) != nil || arg.FirstNonFinite(x) != -1 || arg.FirstNonFinite([]float64{0, 0, math.Inf(-1)}) != 2 {
		t.Error("finite and infinite numbers are confused")
	}
	var f func()
	var m map[int]int
	for _, v := range []any{nil, f, m, x[:0:0], (*int)(nil), 0, named{}} {
		switch v.(type) {
		case int, named, []float64:
			if arg.IsNil(v) {
				t.Errorf("%T is nil", v)
			}
		default:
			if !arg.IsNil(v) {
				t.Errorf("%T is not nil", v)
			}
		}
	}
}

// Misuse panics with a message that names the package and the argument.
func TestMisuse(t *testing.T) {
	x := []float64{1, 2}
	for want, f := range map[string]func(){
		"":                               func() { check.NotNil("m", 0); check.Length("x", x, 2); check.Reuse(x, 2) },
		"test: m is nil":                 func() { check.NotNil("m", (*mat.Dense)(nil)) },
		"test: x has the wrong length":   func() { check.Length("x", x, 3) },
		"test: dst has the wrong length": func() { check.Reuse(x, 1) },
		"test: dst has the wrong size":   func() { check.ReuseSym(mat.NewSymDense(1, nil), 2) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want && (got != nil || want != "") {
					t.Errorf("panics with %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
	if y := check.Reuse(nil, 3); len(y) != 3 || &check.Reuse(x, 2)[0] != &x[0] {
		t.Errorf("Reuse of nil has length %d, or it does not keep a slice", len(y))
	}
	var empty mat.SymDense
	check.ReuseSym(&empty, 2)
	if check.ReuseSym(&empty, 2); empty.SymmetricDim() != 2 {
		t.Error("ReuseSym does not keep the size of an empty matrix")
	}
}
