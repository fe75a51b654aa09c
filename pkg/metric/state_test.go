package metric

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/state"
)

func saved(m Metric) []byte {
	data, _ := state.Marshal("metric.Test/1", func(c *state.Coder) { Code(c, m) })
	return data
}

func restored(data []byte, into Metric) (m Metric, err error) {
	err = state.Unmarshal("metric.Test/1", data, func(c *state.Coder) { m = Code(c, into) })
	return m, err
}

// TestState: each metric is read with the products it had, to the bit, into a
// sampler that has D = I; one that is not written is read by its like alone.
func TestState(t *testing.T) {
	must := func(m Metric, err error) Metric {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	u := mat.NewDense(3, 2, []float64{1, 2, 0.3, -1, 0.1, 0.7})
	g, err := density.Equicorrelated(3, 0.3, 2)
	if err != nil {
		t.Fatal(err)
	}
	natural := must(Natural.Of(g))
	for name, m := range map[string]Metric{
		"identity":               Identity(3),
		"dense":                  must(Dense(mat.NewSymDense(3, []float64{2, 0.3, 0, 0.3, 1, 0.1, 0, 0.1, 0.7}))),
		"low rank":               must(LowRank(u)),
		"wide":                   must(Root(mat.NewDense(3, 4, []float64{1, 2, 0.3, -1, 0.1, 0.7, 1, 1, 0, 0, 2, 0.2}))),
		"diagonal":               must(Diagonal([]float64{0.1, 2, 3})),
		"diagonal plus low rank": must(DiagonalPlusLowRank([]float64{0.1, 2, 3}, u)),
		"natural":                natural,
	} {
		into := Identity(3)
		if m == natural {
			into = must(Natural.Of(g))
		}
		got, err := restored(saved(m), into)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if Digest(got) != Digest(m) || !slices.Equal(Matrix(got).RawMatrix().Data, Matrix(m).RawMatrix().Data) {
			t.Errorf("%s: B is\n%v\nwant\n%v", name, mat.Formatted(Matrix(got)), mat.Formatted(Matrix(m)))
		}
		if _, err := restored(saved(m), Identity(2)); err == nil {
			t.Errorf("%s is read into two dimensions", name)
		}
	}
	if _, err := restored(saved(natural), Identity(3)); err == nil || !strings.Contains(err.Error(), "not that of the sampler") {
		t.Errorf("a natural metric is read into D = I: %v", err)
	}
}

// TestStateRefuses reads numbers that no metric would write.
func TestStateRefuses(t *testing.T) {
	for name, m := range map[string]Metric{
		"a negative variance":   &diagonal{a: []float64{1, -1}},
		"a short root":          &root{2, 1, []float64{1}},
		"a huge root":           &root{2, math.MaxInt32, []float64{1, 1}},
		"a triangle cut short":  &cholesky{2, []float64{1, 0, 1}},
		"no low rank":           &diagonalPlusLowRank{&diagonal{a: []float64{1, 1}}, &root{2, 0, nil}},
		"two numbers too many":  &root{2, 1, []float64{1, 1, 1, 1}},
		"a variance of nothing": &diagonal{a: nil},
	} {
		if got, err := restored(saved(m), Identity(2)); err == nil {
			t.Errorf("%s is read as %v", name, mat.Formatted(Matrix(got)))
		}
	}
}
