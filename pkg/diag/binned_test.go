package diag

import (
	"encoding/csv"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
)

// The paper's own code, on one pair of samples: every bin number, and the
// distance to the last digits.
func TestW2BinnedMatchesThePaper(t *testing.T) {
	f, err := os.Open("testdata/w2binned.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := make([][]float64, 4)
	for _, record := range records {
		for c, text := range record {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[c] = append(columns[c], v)
		}
	}
	x, y := columns[0], columns[1]
	if len(x) != 500 {
		t.Fatalf("%d draws", len(x))
	}
	b := mustBin(t, slices.Min(x), slices.Max(x), 198)
	if b.left != -4 || math.Abs(b.width-0.0402) > 1e-15 {
		t.Errorf("bins from %v, %v wide", b.left, b.width)
	}
	for c, v := range [][]float64{b.numbers(x), b.numbers(y)} {
		for i, n := range v {
			if n != columns[2+c][i] {
				t.Errorf("sample %d, draw %d: bin %v, want %v", c, i, n, columns[2+c][i])
			}
		}
	}
	got, err := W2Binned(x, y, 200)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "W2 in bins", got, 14.003356740439051, 1e-14)
	got, err = W2(x, y)
	if err != nil {
		t.Fatal(err)
	}
	closeTo(t, "W2 of values", got, 0.56327741580419122, 1e-14)
	// The bins are those of the first sample: the other way is another number.
	if other, _ := W2Binned(y, x, 200); math.Abs(other-got) < 0.1 {
		t.Errorf("with the samples exchanged it is %v", other)
	}
}

// A network that is silent sits in one bin of about 1/k, and the target in the
// two open ones: the distance is large and says nothing.
func TestW2BinnedOfASilentNetwork(t *testing.T) {
	x := make([]float64, 100)
	b := mustBin(t, slices.Min(x), slices.Max(x), 198)
	if b.left != -0.5 || math.Abs(b.width-1.0/198) > 1e-15 {
		t.Errorf("bins from %v, %v wide", b.left, b.width)
	}
	b = mustBin(t, 0.3, 0.3, 10)
	if b.left != 0 || b.width != 0.1 {
		t.Errorf("bins from %v, %v wide; want 10 from 0 to 1", b.left, b.width)
	}
	got, err := W2Binned(x, []float64{-3, 3, -0.5, 0.4999, 0.5}, 200)
	if err != nil {
		t.Fatal(err)
	}
	// 0 is in bin 101; the others in 1, 200, 2, 199, 200.
	closeTo(t, "W2", got, math.Sqrt((100*100+99*99+99*99+98*98+99*99)/5.0), 1e-14)
}

// An edge belongs to the bin above it, whatever the division rounds to.
func TestBinEdges(t *testing.T) {
	b := binning{left: -4, width: 0.0402, k: 198}
	for i := range b.k + 1 {
		edge := -4 + float64(float64(i)*0.0402)
		n := b.numbers([]float64{math.Nextafter(edge, -9), edge, math.Nextafter(edge, 9)})
		if below := float64(i + 1); n[0] != below || n[1] != below+1 || n[2] != below+1 {
			t.Errorf("edge %d: bins %v", i, n)
		}
	}
}

func mustBin(t *testing.T, lo, hi float64, k int) binning {
	t.Helper()
	b, err := newBinning(lo, hi, k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
