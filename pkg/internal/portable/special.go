package portable

import "math"

// Erfc returns the complementary error function, 2/√π ∫ₓ^∞ exp(−t²) dt, to
// within four units in the last place. With t = (x−3)/(x+3) it is
// exp(−x²) P(t)/(1+2x) for x ≥ ½, P a polynomial, and near 0 it is 1 − x Q(x²).
//
// The form is that of Shepherd and Laframboise (1981), Math. Comp. 36:249. The
// coefficients are Chebyshev fits, computed with 60 digits.
func Erfc(x float64) float64 {
	switch {
	case x != x:
		return x
	case x < 0:
		return 2 - Erfc(-x)
	case x < 0.5:
		return 1 - float64(x*horner(erfNearZero[:], float64(x*x)))
	case x > 27.3:
		return 0
	}
	t := (x - 3) / (x + 3)
	t2 := float64(t * t)
	even, odd := horners(erfcEven[:], erfcOdd[:], t2)
	p := even + float64(t*odd)
	// x² is exact in two parts, of which the second is less than 2⁻¹⁵ in magnitude.
	hi := math.Float64frombits(math.Float64bits(x) &^ (1<<27 - 1))
	lo := float64((x - hi) * (x + hi))
	return Exp(-float64(hi*hi)) * ((1 + expSeries(-lo)) * p / (1 + 2*x))
}

// horner returns c[0] + c[1] x + c[2] x² + ….
func horner(c []float64, x float64) float64 {
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = float64(p*x) + c[i]
	}
	return p
}

// horners is horner for two polynomials of the same degree, in less time.
func horners(c, d []float64, x float64) (p, q float64) {
	last := len(c) - 1
	c, d, p, q = c[:last], d[:last], c[last], d[last]
	for i := last - 1; i >= 0; i-- {
		p, q = float64(p*x)+c[i], float64(q*x)+d[i]
	}
	return p, q
}

// Q of Erfc for x² in [0, ¼].
var erfNearZero = [...]float64{
	1.1283791670955126,
	-0.37612638903183754,
	0.11283791670955123,
	-0.026866170645130034,
	0.005223977625403192,
	-0.0008548327016159163,
	0.00012055332131175981,
	-1.4925586560096415e-05,
	1.6459034327218912e-06,
	-1.6273138761686977e-07,
	1.3214378238338438e-08,
}

// P of Erfc for t in [−5/7, 1]: the coefficients of even powers and of odd ones.
var erfcEven = [...]float64{
	1.2530080582697296,
	-0.04756229435345113,
	-0.11927366341527468,
	-0.02377051491972935,
	0.001888690375555504,
	-0.0001051599365097246,
	4.950173560521449e-06,
	-7.33686426065499e-07,
	3.6111326505816053e-07,
	-1.464210882999557e-07,
	4.404797875133832e-08,
	-7.763887917930938e-09,
}

var erfcOdd = [...]float64{
	-0.1356211061245812,
	0.12964515870276463,
	0.06830802734382649,
	0.0025293918188247794,
	-0.0007798323014462081,
	0.00012509955426271118,
	-2.0101508706745832e-05,
	3.4754123465335582e-06,
	-6.230702404690642e-07,
	1.1067996426745221e-07,
	-2.030202389500691e-08,
	3.4067993470325632e-09,
}

// NormalQuantile returns the x at which the standard normal distribution function
// is p, to within six units in the last place: −∞ at 0, ∞ at 1 and NaN outside.
//
// Source: Wichura (1988), Applied Statistics 37:477, algorithm AS 241.
func NormalQuantile(p float64) float64 {
	q := p - 0.5
	switch {
	case !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0 || p == 1:
		return math.Inf(1 - 2*int(1-p))
	case math.Abs(q) <= 0.425:
		r := 0.180625 - float64(q*q)
		a, b := horners(quantileA[:], quantileB[:], r)
		return q * a / b
	}
	r := math.Sqrt(-Log(min(p, 1-p)))
	c, d := quantileC[:], quantileD[:]
	if r <= 5 {
		r -= 1.6
	} else {
		r -= 5
		c, d = quantileE[:], quantileF[:]
	}
	a, b := horners(c, d, r)
	return math.Copysign(a/b, q)
}

// Coefficients of AS 241 for p near ½, further away, and in the tails.
var (
	quantileA = [...]float64{
		3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
	}
	quantileB = [...]float64{
		1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
	}
	quantileC = [...]float64{
		1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
	}
	quantileD = [...]float64{
		1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
	}
	quantileE = [...]float64{
		6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
	}
	quantileF = [...]float64{
		1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
	}
)

// SinCosPi returns sin πx and cos πx to within two units in the last place of 1;
// whole and half x give exactly −1, 0 or 1. x must be finite and less than 2⁵¹ in
// magnitude.
func SinCosPi(x float64) (sin, cos float64) {
	n := math.RoundToEven(2 * x)
	r := x - n/2 // exact, |r| ≤ ¼
	z := float64(r * r)
	s, c := r*horner(sinPi[:], z), horner(cosPi[:], z)
	switch int64(n) & 3 {
	case 1:
		return c, -s
	case 2:
		return -s, -c
	case 3:
		return -c, s
	}
	return s, c
}

// Coefficients of the series of sin(πr)/r and cos(πr) in r².
var (
	sinPi = [...]float64{3.141592653589793, -5.16771278004997, 2.5501640398773455, -0.5992645293207921, 0.08214588661112823, -0.0073704309457143504, 0.00046630280576761255, -2.1915353447830217e-05, 7.952054001475513e-07, -2.2948428997269873e-08}
	cosPi = [...]float64{1.0, -4.934802200544679, 4.0587121264167685, -1.3352627688545895, 0.2353306303588932, -0.02580689139001406, 0.0019295743094039231, -0.0001046381049248457, 4.303069587032947e-06, -1.3878952462213771e-07}
)

// LogGamma returns ln Γ(x) for x > 0, to within 4·10⁻¹⁵ of the larger of 1 and its
// magnitude, by Stirling's series where x ≥ 10 and by Γ(x+1) = xΓ(x) below.
func LogGamma(x float64) float64 {
	product := 1.0
	for ; x < 10; x++ {
		product *= x
	}
	const halfLog2Pi = 0.918938533204672741780329736405617640
	z := 1 / x
	series := float64(z * horner(stirling[:], float64(z*z)))
	return float64((x-0.5)*Log(x)) - x + (halfLog2Pi + (series - Log(product)))
}

// B₂ₖ/(2k(2k−1)), k = 1, 2, ….
var stirling = [...]float64{1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400}
