package spiking

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/eigen"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// relaxation returns (D+S)Σ⁻¹, p×p by rows, the rates of the sampling dynamics in
// units of 1/τ_s, and its eigenvalues. D is that of the geometry g, of which root
// is B; skew is S or nil. It returns an error if S is not skew-symmetric or the
// eigenvalues do not converge.
func relaxation(target *density.Gaussian, g metric.Geometry, root metric.Metric, skew mat.Matrix) (rates []float64, modes []complex128, err error) {
	p := target.Dim()
	rates = make([]float64, p*p)
	power, ok := g.Exponent()
	if ok && skew == nil { // Σ^(s−1), symmetric, with eigenvalues λ^(s−1)
		mul, err := target.Pow(power - 1)
		if err != nil {
			return nil, nil, check.Errorf("Geometry", "= %v: %v", g, err)
		}
		unit := make([]float64, p)
		for i := range p {
			unit[i] = 1
			mul(rates[i*p:(i+1)*p], unit)
			unit[i] = 0
		}
		for _, v := range target.Eigen(nil, nil) {
			modes = append(modes, complex(math.Pow(v, power-1), 0))
		}
		return rates, modes, nil
	}
	ds := make([]float64, p*p)
	d := metric.Diffusion(root)
	for i := range p {
		for j := range p {
			ds[i*p+j] = d.At(i, j)
		}
	}
	if skew != nil {
		s, err := check.Skew("Skew", skew, p)
		if err != nil {
			return nil, nil, err
		}
		portable.Axpy(1, s, ds)
	}
	for i := range p { // row i of MΣ⁻¹ is Σ⁻¹ times row i of M
		target.MulPrecision(rates[i*p:(i+1)*p], ds[i*p:(i+1)*p])
	}
	if i := arg.FirstNonFinite(rates); i >= 0 { // for which the eigenvalues would be sought for ever
		return nil, nil, check.Errorf("Geometry", "= %v gives a (D+S)Σ⁻¹ with %v at (%d, %d), which is not finite", g, rates[i], i/p, i%p)
	}
	eig, ok := eigen.Factorize(rates, p, mat.EigenNone)
	if !ok {
		return nil, nil, check.Errorf("Geometry", "and Skew give a (D+S)Σ⁻¹ whose eigenvalues did not converge")
	}
	return rates, eig.Values(nil), nil
}
