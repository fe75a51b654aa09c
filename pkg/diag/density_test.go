package diag

import (
	"errors"
	"math"
	"slices"
	"testing"

	"natspike/pkg/stream"
)

// The estimate is the sum of the kernels of the samples, and its area is 1.
func TestKernelDensity(t *testing.T) {
	rng := stream.New(42)
	for _, n := range []int{2, 5, 100} {
		samples := make([]float64, n)
		for i := range samples {
			samples[i] = 3 + 2*rng.NormFloat64()
		}
		x, f, err := KernelDensity(samples, 301)
		if err != nil {
			t.Fatal(err)
		}
		_, sd, _ := MeanSD(samples, 1)
		iqr := must(Quantile(samples, 0.75)) - must(Quantile(samples, 0.25))
		h := 0.9 * min(sd, iqr/1.34) * math.Pow(float64(n), -0.2)
		closeTo(t, "first point", x[0], slices.Min(samples)-3*h, 1e-12)
		closeTo(t, "last point", x[300], slices.Max(samples)+3*h, 1e-12)
		var area, worst, top float64
		for k, at := range x {
			var want float64
			for _, v := range samples {
				want += math.Exp(-(at-v)*(at-v)/(2*h*h)) / (h * math.Sqrt(2*math.Pi) * float64(n))
			}
			worst, top = max(worst, math.Abs(f[k]-want)), max(top, want)
			area += f[k] * (x[1] - x[0])
		}
		// Sharing a sample between two places moves its kernel by h″(step)²/8.
		if worst > 2e-3*top {
			t.Errorf("n = %d: off by %v of %v", n, worst, top)
		}
		// 0.27 % of a kernel at the edge is beyond three bandwidths.
		if math.Abs(area-1) > 0.003 {
			t.Errorf("n = %d: area %v", n, area)
		}
	}
}

// With 20,000 samples h is 0.124, which lowers the peak of the normal density from
// 0.3989 to 0.3959; its standard error is √(f/(2√π n h)) = 0.0067. The negative
// control is the density of a spread of 1.15.
func TestKernelDensityOfNormals(t *testing.T) {
	samples := make([]float64, 20_000)
	stream.Normals(stream.New(43), samples)
	x, f, err := KernelDensity(samples, 401)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := slices.BinarySearch(x, 0)
	near(t, "density at 0", f[k], 0.0067, 0.3959, 0.3989/1.15)
}

// Whatever the samples, the cost is bounded, points ascend and nothing is NaN; or
// there is an error.
func TestDensitiesOfOddSamples(t *testing.T) {
	for _, samples := range [][]float64{
		{1}, {0, 0}, {5, 5, 5}, {0.3, 0.1 + 0.2, 0.3}, {1, math.Nextafter(1, 2)}, {-1e-300, 1e-300}, {5e-324, 0}, {1e15, 1e15 + 0.25},
		{1e300, 1e300}, {1e300, math.Nextafter(1e300, 2e300)}, {-1e308, 1e308}, {math.MaxFloat64, -math.MaxFloat64}, {math.MaxFloat64, math.MaxFloat64},
		{0, 0, 0, 0, 0, 0, 0, 0, 1}, {1e-9, 1e9, 3, 4, 5}, {1, 1, 1, 1, 1, 1, 1, 1e300},
	} {
		edges, err := HistogramEdges(samples)
		switch {
		case errors.Is(err, ErrScale):
		case err != nil:
			t.Errorf("edges of %v: %v", samples, err)
		default:
			if len(edges) < 2 || len(edges) > 81 || edges[0] > slices.Min(samples) || edges[len(edges)-1] < slices.Max(samples) {
				t.Errorf("edges of %v: %v", samples, edges)
			}
			for i := range edges[1:] {
				if !(edges[i] < edges[i+1]) || math.IsInf(edges[i+1]-edges[i], 0) && samples[0] < 1e308 {
					t.Errorf("edges of %v do not ascend: %v", samples, edges)
					break
				}
			}
		}
		x, f, err := KernelDensity(samples, 100)
		if errors.Is(err, ErrScale) {
			continue
		}
		if err != nil || len(x) != 100 {
			t.Errorf("density of %v: %v", samples, err)
			continue
		}
		for k := range x {
			if !(f[k] >= 0) || math.IsInf(f[k], 0) || k > 0 && !(x[k] >= x[k-1]) {
				t.Errorf("density of %v: %v at %v", samples, f[k], x[k])
				break
			}
		}
	}
	for _, equal := range []float64{0, 3, 1e-8} {
		x, f, err := KernelDensity([]float64{equal, equal}, 101)
		h := 0.1 * max(1, equal)
		if err != nil || math.Abs(x[100]-x[0]-6*h) > 1e-9 || math.Abs(f[50]*h*math.Sqrt(2*math.Pi)-1) > 1e-4 {
			t.Errorf("samples at %v: from %v to %v, %v in the middle, %v", equal, x[0], x[100], f[50], err)
		}
	}
	_, _, err := KernelDensity([]float64{1}, 1)
	failsWith(t, "points", err, ErrRange)
	_, _, err = KernelDensity(nil, 10)
	failsWith(t, "nothing", err, ErrShort)
	_, err = HistogramEdges([]float64{1, math.NaN()})
	failsWith(t, "NaN", err, ErrNonFinite)
}

// 2·IQR·n^(−1/3) for 1000 normals is 0.27, so that there are about 24 bins over
// six and a half standard deviations.
func TestHistogramEdges(t *testing.T) {
	samples := make([]float64, 1000)
	stream.Normals(stream.New(44), samples)
	edges := must(HistogramEdges(samples))
	lo, hi := slices.Min(samples), slices.Max(samples)
	iqr := must(Quantile(samples, 0.75)) - must(Quantile(samples, 0.25))
	if want := int(math.Ceil((hi - lo) / (2 * iqr / 10))); len(edges)-1 != want || want < 20 || want > 30 {
		t.Errorf("%d bins, want %d", len(edges)-1, want)
	}
	if edges[0] != lo || edges[len(edges)-1] != hi {
		t.Errorf("edges from %v to %v, samples from %v to %v", edges[0], edges[len(edges)-1], lo, hi)
	}
	if e := must(HistogramEdges([]float64{1, 2})); len(e)-1 != 10 {
		t.Errorf("%d bins of two samples, want the least, 10", len(e)-1)
	}
	if e := must(HistogramEdges(append(make([]float64, 100), 1))); len(e)-1 != 80 {
		t.Errorf("%d bins without an interquartile range, want the most, 80", len(e)-1)
	}
	if e := must(HistogramEdges([]float64{7, 7})); !slices.Equal(e, []float64{6.5, 7.5}) {
		t.Errorf("edges about equal samples %v", e)
	}
}

// Points beyond the range of floating-point numbers are an error at either end.
func TestKernelDensityOfTheLargestNumbers(t *testing.T) {
	for _, sign := range []float64{1, -1} {
		_, _, err := KernelDensity([]float64{sign * 1.79e308, sign * 1.7e308, sign * 1.6e308, sign * 1.5e308}, 10)
		failsWith(t, "densities beyond the range", err, ErrScale)
	}
}
