package dataset

import (
	_ "embed"
	"strconv"
	"strings"
)

// A Reference is what is known of a posterior without a Markov chain: the mean
// and the standard deviation of each coefficient, each with its standard error.
type Reference struct {
	Mean, MeanError []float64
	SD, SDError     []float64
}

//go:embed breastcancer_posterior.csv
var breastCancerPosteriorCSV string

// BreastCancerPosterior returns the reference for the logistic regression of the
// outcomes on the Design of BreastCancer under independent standard normal
// priors, density.NewLogistic(x, y, 1). It is an importance sample of 4,000,000
// independent draws from a multivariate t distribution, worth 2,200,000 draws from
// the posterior: the standard errors are below 0.001 posterior standard
// deviations. The test of this package makes it.
func BreastCancerPosterior() *Reference {
	r := new(Reference)
	for _, line := range strings.Split(strings.TrimSuffix(breastCancerPosteriorCSV, "\n"), "\n")[1:] {
		fields := strings.Split(line, ",")
		for k, column := range []*[]float64{&r.Mean, &r.MeanError, &r.SD, &r.SDError} {
			v, err := strconv.ParseFloat(fields[k+1], 64)
			if err != nil {
				panic(err) // the file is part of the program
			}
			*column = append(*column, v)
		}
	}
	return r
}
