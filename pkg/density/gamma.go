package density

import (
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// logGamma returns the logarithm of a gamma variate of the given shape and unit
// scale, by the rejection method of G. Marsaglia and W. W. Tsang, ACM Trans.
// Math. Softw. 26 (2000). For shape < 1 it uses that G(shape) = G(shape+1)·
// u^{1/shape}, whose logarithm is finite where the variate underflows.
func logGamma(rng *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return logGamma(rng, shape+1) - stream.Exponential(rng)/shape
	}
	d := shape - 1.0/3
	c := 1 / (3 * math.Sqrt(d))
	for {
		x := stream.Normal(rng)
		root := 1 + float64(c*x)
		if root <= 0 {
			continue
		}
		v := float64(root * root * root)
		logV := float64(3 * portable.Log(root))
		u := 1 - rng.Float64()
		if portable.Log(u) <= float64(0.5*x*x)+float64(d*(1-v+logV)) {
			return portable.Log(d) + logV
		}
	}
}

// stirlingFrom is where the asymptotic series below are good to the last digit;
// smaller arguments are first raised by the recurrences.
const stirlingFrom = 14

// lnGammaExcess returns ln Γ(x) − (x ln x − x) for x > 0, which for large x is
// small beside either.
func lnGammaExcess(x float64) float64 {
	if x < stirlingFrom {
		return lnGammaExcess(x+1) + float64((x+1)*portable.Log(x+1)) - 1 - float64((x+1)*portable.Log(x))
	}
	y := 1 / float64(x*x)
	series := (1.0/12 - float64(y*(1.0/360-float64(y*(1.0/1260-float64(y*(1.0/1680-float64(y*(1.0/1188))))))))) / x
	return float64(0.5*(logTwoPi-portable.Log(x))) + series
}

// digamma returns ψ(x) = d ln Γ(x)/dx for x > 0.
func digamma(x float64) float64 {
	below := 0.0
	for x < stirlingFrom {
		below += 1 / x
		x++
	}
	y := 1 / float64(x*x)
	series := float64(y * (1.0/12 - float64(y*(1.0/120-float64(y*(1.0/252-float64(y*(1.0/240-float64(y*(1.0/132))))))))))
	return portable.Log(x) - 0.5/x - series - below
}

// trigamma returns ψ′(x) for x > 0.
func trigamma(x float64) float64 {
	below := 0.0
	for x < stirlingFrom {
		below += 1 / float64(x*x)
		x++
	}
	y := 1 / float64(x*x)
	series := float64(y*(1.0/6-float64(y*(1.0/30-float64(y*(1.0/42-float64(y*(1.0/30-float64(y*(5.0/66))))))))))/x + float64(0.5*y)
	return 1/x + series + below
}
