package spiking

import (
	"math"
	"slices"
	"testing"
	"unsafe"

	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// settle takes the proposals that accepts decides the same way, one after the other, and
// adds the spike that fire adds: for gains from small to infinite, terms of all sizes,
// decoders of all widths, scales that must be renewed, and words of which all, some or none
// are prepared. It leaves undecided only what has g times the excess within 1e-4 of ln u,
// and acceptances near 2⁻⁵³ and below.
func TestSettle(t *testing.T) {
	racetest.Sequential(t)
	if !hasVNNI {
		t.Skip("the processor has no AVX-512 VNNI")
	}
	rng := stream.New(1)
	words := make([]uint64, 64)
	ends := map[string]int{}
	for round := range 4000 {
		n, p := 1+rng.IntN(300), 1+rng.IntN(20)
		net := must(NewMetropolis(MetropolisConfig{
			Target: equicorrelated(p, 0.5, 0.5), Decoder: randomDecoder(rng, p, n, 1), Unpaired: true, Geometry: metric.Naive,
			TauM: []float64{1, 0.005, math.Inf(1)}[round%3], DT: 1e-3, Gain: []float64{1, 0.3, 1e-9, 5, 1e300, math.Inf(1)}[rng.IntN(6)],
		}))
		net.knowAll()
		spread := []float64{0.3, 3, 30}[rng.IntN(3)]
		for j := range net.drive {
			net.drive[j] = spread * (stream.Normal(rng) - 3)
		}
		switch round % 8 {
		case 1:
			net.drive[rng.IntN(n)] = math.NaN()
		case 2:
			net.drive[rng.IntN(n)] = 1e300
		}
		net.scale = []float64{1, 0.4, 3 * minScale}[rng.IntN(3)]
		for i := range net.theta {
			net.theta[i] = float64(min(round%5, 1)) * stream.Normal(rng) / net.scale
		}
		for j := range net.back {
			net.back[j] = net.kappa * net.dot(j, net.theta)
		}
		prepare(&net.proposals, &words[0], len(words))
		if stream.Words(rng, words); round%3 == 0 {
			prepare(&net.proposals, &words[0], len(words))
		}
		word := &words[rng.IntN(batch)]
		switch round % 8 {
		case 4: // u = 0, and an acceptance on either side of 2⁻⁵³
			*word = 0
			net.drive[0] = float64(net.scale*net.back[0]) - (36.7+float64(4*(rng.Float64()-0.5)))/net.gain
		case 5, 6, 7: // to within 1e-4 of the threshold, if there is no leak
			j, u := neuronAndUniform(*word, n)
			near := math.Exp(-12 * rng.Float64())
			net.drive[j] = float64(net.scale*net.back[j]) + (math.Log(u)+float64(1e-4*near)-float64(2e-4*near*float64(rng.IntN(2))))/net.gain
		}
		count := rng.IntN(len(words) + 1)
		scale, r, theta := net.scale, slices.Clone(net.r), slices.Clone(net.theta)
		back := slices.Clone(net.back)
		if round%2 == 0 {
			clear(net.back)
		}
		steps, spike := 0, unprepared
		for tries := 0; spike == unprepared; tries++ {
			k := 0
			k, spike = settle(&net.proposals, &words[steps], count-steps, round%2 == 1)
			if steps += k; spike == unprepared {
				prepare(&net.proposals, &words[steps], 1+rng.IntN(len(words)-steps))
			}
			if tries == 1000 || spike == unprepared && round%2 == 1 {
				t.Fatalf("round %d: settle asks for prepared words at proposal %d of %d", round, steps, count)
			}
		}

		for i := range steps {
			j, u := neuronAndUniform(words[i], n)
			spikes := accepts(net.gain, net.drive[j]-float64(scale*back[j]), u)
			if spikes != (i == steps-1 && j == spike) {
				t.Fatalf("round %d: neuron %d spikes at proposal %d of %d: %v, but settle has a spike of %d in the last: n = %d, p = %d, g = %v", round, j, i, steps, spikes, spike, n, p, net.gain)
			}
			scale *= net.kappa
			if spikes {
				portable.Axpy(1/scale, net.gamma.Column(j), theta)
				r[j] += 1 / scale
			}
		}
		if net.scale != scale || scale < minScale || !slices.Equal(net.theta, theta) || !slices.Equal(net.r, r) {
			t.Errorf("round %d: the scale, θ or r is not that of steps taken singly", round)
		}

		j, u := neuronAndUniform(words[min(steps, len(words)-1)], n)
		z, last := -net.gain*(net.drive[j]-float64(scale*back[j])), scale
		for range batch {
			last *= net.kappa
		}
		switch {
		case spike >= 0:
			ends["spike"]++
		case steps == count || last < minScale:
			ends["last"]++
		case !(math.Abs(z+math.Log(u)) > 1e-4) || z > 35 && u == 0:
			ends["undecided"]++
		default:
			t.Errorf("round %d: settle stops at proposal %d of %d, with z = %v and ln u = %v", round, steps, count, z, math.Log(u))
		}
	}
	if min(ends["last"], ends["spike"], 5*ends["undecided"]) < 500 {
		t.Errorf("4000 vectors ended by %v: too few of a kind to test with", ends)
	}
}

// prepare stores the neuron and the bound of each word, and no more words than it is given.
func TestPrepare(t *testing.T) {
	if !hasVNNI {
		t.Skip("the processor has no AVX-512 VNNI")
	}
	rng := stream.New(1)
	words := make([]uint64, ahead)
	for _, count := range []int{1, 7, 8, 100, ahead} {
		net := must(NewMetropolis(PaperMetropolis(equicorrelated(5, 0.5, 0.5), must(RandomPairs(rng, 5, 2+2*rng.IntN(100), 1)), metric.Natural)))
		stream.Words(rng, words)
		q := &net.proposals
		prepare(q, &words[0], count)
		if q.first != uintptr(unsafe.Pointer(&words[0])) || !slices.Equal(q.words[:count], words[:count]) || slices.ContainsFunc(q.words[count:], func(w uint64) bool { return w != 0 }) {
			t.Errorf("%d words from %#x are not those given", count, q.first)
		}
		for i, word := range words[:count] {
			j, u := neuronAndUniform(word, net.n)
			if int(q.neurons[i]) != j || int(q.offsets[i]) != 8*net.stride*j || math.Abs(q.refused[i]-math.Log(u)+3e-5) > 1e-5 {
				t.Errorf("neuron %d of the row at %d is refused to %v, want neuron %d, at %d, to ln u − 3e-5 = %v", q.neurons[i], q.offsets[i], q.refused[i], j, 8*net.stride*j, math.Log(u)-3e-5)
			}
		}
	}
}

// Every set of vector instructions takes a network through the same spikes at the same
// steps, in runs and step by step.
func TestRunsAreSteps(t *testing.T) {
	for _, sd := range []float64{0.2, 0.5, 1} {
		var want []int64
		for level, set := range levels() {
			for _, single := range []bool{true, false} {
				undo := set()
				config := PaperMetropolis(equicorrelated(6, 0.75, 0.25), must(RandomPairs(stream.New(1), 6, 60, sd)), metric.Naive)
				config.Target = about(config.Target, constant(6, 1))
				config.TauM = 2e-3
				net := must(NewMetropolis(config))
				rng := stream.New(2)
				var got []int64
				for net.Steps() < 100_000 {
					if single {
						net.Step(rng)
					} else {
						net.run(rng, 100_000-net.Steps())
					}
					if net.Spike() >= 0 {
						got = append(got, net.Steps(), int64(net.Spike()))
					}
				}
				undo()
				got = append(got, int64(rng.Uint64()>>1))
				if want == nil {
					want = got
				}
				if len(got) < 20 {
					t.Errorf("sd = %v: %d spikes are too few to test with", sd, len(got)/2)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, sd = %v, single = %v: other spikes than before", level, sd, single)
				}
			}
		}
	}
}
