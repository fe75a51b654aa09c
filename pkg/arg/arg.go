// Package arg checks arguments. It holds the one error that every package of
// natspike returns for an argument, a field or a key whose value is not allowed.
//
// Three kinds of fault are told apart. An argument that data or a user can get
// wrong gives an *Error from the constructor, before any work is done. A slice
// of the wrong length, or a nil where a value belongs, is a bug of the caller
// and panics with a constant message: see Length and NotNil. What goes wrong while a
// program runs has an error type of its own, in the package where it happens.
package arg

import (
	"errors"
	"fmt"
	"math"
	"reflect"

	"gonum.org/v1/gonum/mat"
)

// An Error reports a value that is not allowed. Its text names the value and
// what is allowed: "spiking: DT = 0.03 s is not below TauM = 0.02 s".
type Error struct {
	Package string // the package that refuses, such as "spiking"
	Name    string // the argument, field or key, such as "DT"
	Problem string // the value and what is allowed, a clause that begins with "=" or a verb
	Err     error  // the cause, or nil
}

func (e *Error) Error() string { return e.Package + ": " + e.Name + " " + e.Problem }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// ErrRange is what every *Error is, for errors.Is.
var ErrRange = errors.New("out of range")

// Is reports whether the target is ErrRange.
func (e *Error) Is(target error) bool { return target == ErrRange }

// A Checker checks the arguments of one package. Its value is the package's
// name:
//
//	const check = arg.Checker("mcmc")
type Checker string

// Errorf returns an *Error about the argument name. The format makes its
// Problem; an error among the values becomes its cause.
func (c Checker) Errorf(name, format string, values ...any) error {
	e := &Error{Package: string(c), Name: name, Problem: fmt.Sprintf(format, values...)}
	for _, v := range values {
		if err, ok := v.(error); ok {
			e.Err = err
		}
	}
	return e
}

// Positive returns an error unless 0 < x < ∞. The unit, such as " s", follows
// the value in the message.
func (c Checker) Positive(name string, x float64, unit string) error {
	if !(x > 0) || math.IsInf(x, 1) {
		return c.Errorf(name, "= %v%s is not positive and finite", x, unit)
	}
	return nil
}

// NonNegative returns an error unless 0 ≤ x < ∞.
func (c Checker) NonNegative(name string, x float64, unit string) error {
	if !(x >= 0) || math.IsInf(x, 1) {
		return c.Errorf(name, "= %v%s is not a finite number ≥ 0", x, unit)
	}
	return nil
}

// Finite returns an error if x is NaN or infinite.
func (c Checker) Finite(name string, x float64) error {
	if !finite(x) {
		return c.Errorf(name, "= %v is not finite", x)
	}
	return nil
}

// AtLeast returns an error if n < least.
func (c Checker) AtLeast(name string, n, least int) error {
	if n < least {
		return c.Errorf(name, "= %d is less than %d", n, least)
	}
	return nil
}

// Vector returns a copy of x. It returns an error if x does not have length n
// or has an entry that is NaN or infinite.
func (c Checker) Vector(name string, x []float64, n int) ([]float64, error) {
	if len(x) != n {
		return nil, c.Errorf(name, "has length %d, want %d", len(x), n)
	}
	if i := FirstNonFinite(x); i >= 0 {
		return nil, c.Errorf(name, "has entry [%d] = %v, which is not finite", i, x[i])
	}
	return append([]float64(nil), x...), nil
}

// IsNil reports whether v is nil or holds a nil pointer, slice, map or function,
// as an interface does that was given a variable of type *mat.Dense without a
// value.
func IsNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func:
		return r.IsNil()
	}
	return false
}

// Matrix returns the entries of m by rows. It returns an error if m is nil, is
// empty, is not rows×cols, where a negative number stands for any, or has an
// entry that is NaN or infinite.
func (c Checker) Matrix(name string, m mat.Matrix, rows, cols int) ([]float64, error) {
	if IsNil(m) {
		return nil, c.Errorf(name, "is missing")
	}
	r, k := m.Dims()
	switch {
	case rows >= 0 && r != rows || cols >= 0 && k != cols:
		return nil, c.Errorf(name, "is %d×%d, want %s×%s", r, k, size(rows), size(cols))
	case r == 0 || k == 0:
		return nil, c.Errorf(name, "is empty")
	}
	flat := make([]float64, 0, r*k)
	for i := range r {
		for j := range k {
			v := m.At(i, j)
			if !finite(v) {
				return nil, c.Errorf(name, "has entry (%d, %d) = %v, which is not finite", i, j, v)
			}
			flat = append(flat, v)
		}
	}
	return flat, nil
}

func size(n int) string {
	if n < 0 {
		return "any"
	}
	return fmt.Sprint(n)
}

// symmetryTolerance is how far two entries that should agree may differ,
// relative to the largest entry of the matrix.
const symmetryTolerance = 1e-12

// Symmetric returns the entries of the n×n matrix m by rows, made symmetric to
// the last bit; a negative n stands for any. It returns an error where Matrix
// does, and if two opposite entries differ by more than 10⁻¹² of the largest
// entry.
func (c Checker) Symmetric(name string, m mat.Matrix, n int) ([]float64, error) {
	return c.mirrored(name, m, n, 1, "symmetric")
}

// Skew returns the entries of the n×n matrix m by rows, made skew-symmetric to
// the last bit; a negative n stands for any. It returns an error where Matrix
// does, and if two opposite entries add up to more than 10⁻¹² of the largest
// entry.
func (c Checker) Skew(name string, m mat.Matrix, n int) ([]float64, error) {
	return c.mirrored(name, m, n, -1, "skew-symmetric")
}

func (c Checker) mirrored(name string, m mat.Matrix, n int, sign float64, kind string) ([]float64, error) {
	if n < 0 && !IsNil(m) {
		if rows, cols := m.Dims(); rows != cols {
			return nil, c.Errorf(name, "is %d×%d, which is not square", rows, cols)
		}
	}
	a, err := c.Matrix(name, m, n, n)
	if err != nil {
		return nil, err
	}
	n, _ = m.Dims()
	largest := 0.0
	for _, v := range a {
		largest = max(largest, math.Abs(v))
	}
	for i := range n {
		for j := range i + 1 {
			u, v := a[i*n+j], sign*a[j*n+i]
			if !(math.Abs(u-v) <= symmetryTolerance*largest) {
				return nil, c.Errorf(name, "is not %s: entry (%d, %d) is %v and entry (%d, %d) is %v", kind, i, j, a[i*n+j], j, i, a[j*n+i])
			}
			if i == j && sign < 0 {
				u = 0
			}
			a[i*n+j], a[j*n+i] = u, sign*u
		}
	}
	return a, nil
}

// Describe returns v.String(), or the type of a v without that method.
func Describe(v any) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", v)
}

// NotNil panics if v is nil, as IsNil reports.
func (c Checker) NotNil(name string, v any) {
	if IsNil(v) {
		panic(string(c) + ": " + name + " is nil")
	}
}

// Length panics unless x has length n.
func (c Checker) Length(name string, x []float64, n int) {
	if len(x) != n {
		panic(c.wrongLength(name))
	}
}

func (c Checker) wrongLength(name string) string {
	return string(c) + ": " + name + " has the wrong length"
}

// Reuse returns dst, or a new slice of length n if dst is nil. It panics if dst has
// another length.
func (c Checker) Reuse(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	c.Length("dst", dst, n)
	return dst
}

// ReuseSym makes an empty dst n×n. It panics if dst has another size.
func (c Checker) ReuseSym(dst *mat.SymDense, n int) {
	if dst.IsEmpty() {
		dst.ReuseAsSym(n)
	} else if dst.SymmetricDim() != n {
		panic(string(c) + ": dst has the wrong size")
	}
}

// FirstNonFinite returns the first index at which x is NaN or infinite, or −1.
func FirstNonFinite(x []float64) int {
	for i, v := range x {
		if !finite(v) {
			return i
		}
	}
	return -1
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }
