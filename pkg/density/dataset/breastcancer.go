package dataset

import (
	_ "embed"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A Binary is a data set with a yes-or-no outcome.
type Binary struct {
	X       *mat.Dense // n×d, a row for each observation
	Y       []float64  // n outcomes, 0 or 1
	Columns []string   // d names
}

//go:embed breastcancer.csv
var breastCancerCSV string

// BreastCancer returns the Breast Cancer Wisconsin (Diagnostic) data: 569 tumours,
// of which 212 are malignant (1) and the others benign (0), and 30 features of
// the cell nuclei seen in a fine-needle aspirate. Each of ten properties comes as
// its mean over the nuclei, the standard error of that mean, and the mean of its
// three largest values. Radius, perimeter and area are nearly functions of one
// another, with correlations above 0.98: a posterior that asks for a
// preconditioner.
//
// Source: W. N. Street, W. H. Wolberg, O. L. Mangasarian, "Nuclear feature
// extraction for breast tumor diagnosis", Proc. SPIE 1905 (1993); UCI Machine
// Learning Repository, doi 10.24432/C5DW2B, CC BY 4.0.
func BreastCancer() *Binary {
	lines := strings.Split(strings.TrimSuffix(breastCancerCSV, "\n"), "\n")
	b := &Binary{Columns: strings.Split(lines[0], ",")[1:]}
	b.X = mat.NewDense(len(lines)-1, len(b.Columns), nil)
	for i, line := range lines[1:] {
		diagnosis, features, _ := strings.Cut(line, ",")
		outcome := 0.0
		if diagnosis == "M" {
			outcome = 1
		}
		b.Y = append(b.Y, outcome)
		for j, field := range strings.Split(features, ",") {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				panic(err) // the file is part of the program
			}
			b.X.Set(i, j, v)
		}
	}
	return b
}

// Design returns the design matrix of a regression, n×(1+d), and the names of
// its columns: ones for the intercept, then each column of X less its mean, over
// its standard deviation. Coefficients are then on one scale, as one prior for
// all of them supposes.
func (b *Binary) Design() (x *mat.Dense, columns []string) {
	n, d := b.X.Dims()
	x = mat.NewDense(n, d+1, nil)
	for i := range n {
		x.Set(i, 0, 1)
	}
	for j := range d {
		mean := 0.0
		for i := range n {
			mean += b.X.At(i, j) / float64(n)
		}
		squares := 0.0
		for i := range n {
			v := b.X.At(i, j) - mean
			squares += float64(v * v)
		}
		sd := math.Sqrt(squares / float64(n-1))
		for i := range n {
			x.Set(i, j+1, (b.X.At(i, j)-mean)/sd)
		}
	}
	return x, append([]string{"intercept"}, b.Columns...)
}
