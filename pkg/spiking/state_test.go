package spiking

import (
	"encoding/binary"
	"fmt"
	"hash/crc64"
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/arg"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestSaveAndGoOn saves each network in mid-run, with the random stream, and goes
// on in another network from there: to the same bytes as the one that was not
// interrupted.
func TestSaveAndGoOn(t *testing.T) {
	const before, after = 700, 1200
	for _, v := range everyNetwork(t) {
		source := rand.NewChaCha8([32]byte{1})
		net, rng := v.build(), rand.New(source)
		for range before {
			v.step(net, rng)
		}
		saved, words := must(net.MarshalBinary()), must(source.MarshalBinary())
		other, again := v.build(), rand.NewChaCha8([32]byte{2})
		v.step(other, rand.New(again)) // to be forgotten
		if err := other.UnmarshalBinary(saved); err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		if err := again.UnmarshalBinary(words); err != nil {
			t.Fatal(err)
		}
		if string(must(other.MarshalBinary())) != string(saved) || stateOf(other) != stateOf(net) {
			t.Errorf("%s: what is restored is not what was saved:\n%s\nwas\n%s", v.name, stateOf(other), stateOf(net))
		}
		fresh := must(v.build().MarshalBinary())
		if err := other.UnmarshalBinary(fresh); err != nil || stateOf(other) != stateOf(v.build()) {
			t.Errorf("%s: the state at the beginning is restored as %s (%v)", v.name, stateOf(other), err)
		}
		if err := other.UnmarshalBinary(saved); err != nil {
			t.Fatalf("%s: %v", v.name, err)
		}
		otherRNG := rand.New(again)
		x := make([]float64, net.Dim())
		a, b := fingerprint(0, net, x), fingerprint(0, other, x)
		spikes := 0
		for range after {
			if a != b {
				t.Fatalf("%s: parts ways at step %d", v.name, net.Steps())
			}
			v.step(net, rng)
			v.step(other, otherRNG)
			a, b = fingerprint(a, net, x), fingerprint(b, other, x)
			spikes += len(other.Spikes())
		}
		if spikes < 20 {
			t.Errorf("%s: %d spikes, too few to tell", v.name, spikes)
		}
		if string(must(net.MarshalBinary())) != string(must(other.MarshalBinary())) {
			t.Errorf("%s: the states are not the same in the end", v.name)
		}
	}
}

// stateOf prints all of the state of a network, to the last bit.
func stateOf(net network) string {
	switch s := net.(type) {
	case *Balanced:
		return fmt.Sprintf("%+v", s.balancedState)
	case *Metropolis:
		return fmt.Sprintf("%+v %+v %d", s.probabilisticState, s.metropolisState, s.spike)
	case *Continuous:
		return fmt.Sprintf("%+v %+v %d", s.probabilisticState, s.continuousState, s.spike)
	case *MetropolisDensity:
		return fmt.Sprintf("%+v", s.densityState)
	}
	panic("no such network")
}

// TestOneTooMany: the last neuron may have spiked in the last step, and one beyond it
// not.
func TestOneTooMany(t *testing.T) {
	for _, v := range everyNetwork(t) {
		for beyond := range 2 {
			net := v.build()
			j := net.Neurons() - 1 + beyond
			switch s := net.(type) {
			case *Balanced:
				s.spikes = append(s.spikes, j)
			case *Metropolis:
				s.spike = j
			case *Continuous:
				s.spike = j
			case *MetropolisDensity:
				s.spike = j
			}
			if err := v.build().UnmarshalBinary(must(net.MarshalBinary())); (err == nil) != (beyond == 0) {
				t.Errorf("%s: a spike of neuron %d of %d: %v", v.name, j, net.Neurons(), err)
			}
		}
	}
}

// TestDamagedStates reads states that are cut at every length, have any bit
// changed, or belong to another network: they are refused with an *arg.Error, and
// the network stays as it is. States in which any word is replaced and the checksum
// is mended are refused too, or leave a network that runs on finite numbers.
func TestDamagedStates(t *testing.T) {
	racetest.Sequential(t)
	table := crc64.MakeTable(crc64.ECMA)
	for _, v := range everyNetwork(t) {
		net, rng := v.build(), stream.New(1)
		for range 100 {
			v.step(net, rng)
		}
		data := must(net.MarshalBinary())
		refused := func(what string, data []byte) {
			t.Helper()
			if err, ok := net.UnmarshalBinary(data).(*arg.Error); !ok || err.Package != "spiking" {
				t.Fatalf("%s, %s: error %v", v.name, what, err)
			}
		}
		for i := range data {
			refused("cut", data[:i])
			data[i] ^= 1 << (i % 8)
			refused("a bit changed", data)
			data[i] ^= 1 << (i % 8)
		}
		refused("longer", append(append([]byte(nil), data...), 0))
		if string(must(net.MarshalBinary())) != string(data) {
			t.Fatalf("%s: a refused state has changed the network", v.name)
		}
		x := make([]float64, net.Dim())
		for at := 0; at+16 <= len(data); at += 8 {
			for _, word := range []uint64{0, 1, 1 << 40, math.MaxUint64, math.Float64bits(-1), math.Float64bits(math.NaN()), math.Float64bits(math.Inf(1))} {
				forged := append([]byte(nil), data...)
				binary.LittleEndian.PutUint64(forged[at:], word)
				body := forged[:len(forged)-8]
				binary.LittleEndian.PutUint64(forged[len(body):], crc64.Checksum(body, table))
				other := v.build()
				if err := other.UnmarshalBinary(forged); err != nil {
					continue
				}
				other.Step(rng)
				other.Position(x)
				if i := arg.FirstNonFinite(x); i >= 0 && other.Err() == nil {
					t.Fatalf("%s: with word %d = %#x the estimate is %v", v.name, at/8, word, x)
				}
			}
		}
	}
	all := everyNetwork(t)
	for _, v := range all {
		saved := must(v.build().MarshalBinary())
		for _, w := range []network{
			must(NewBalanced(PaperBalanced(equicorrelated(3, 0.5, 0.5), randomDecoder(stream.New(7), 3, 20, 1), metric.Natural))),
			mustMetropolis(t, PaperMetropolis(equicorrelated(3, 0.5, 0.5), pairs(t, 7, 3, 20, 1), metric.Natural)),
			mustMetropolis(t, PaperMetropolis(equicorrelated(3, 0.5, 0.5), pairs(t, 7, 3, 22, 1), metric.Natural)),
		} {
			if err := w.UnmarshalBinary(saved); err == nil {
				t.Errorf("%T takes the state of another network, %s", w, v.name)
			}
		}
	}
	outside := must(NewMetropolisDensity(MetropolisDensityConfig{Target: quartic{}, Decoder: pairs(t, 1, 1, 4, 1), TauM: 1, DT: 1e-3, Gain: 1}))
	outside.theta[0] = 3
	saved := must(outside.MarshalBinary())
	if err := outside.UnmarshalBinary(saved); !names(err, "state's estimate") {
		t.Errorf("a state outside the support: %v", err)
	}
}

// TestSameBitsEverywhere holds the networks to the bits that they have always
// had, on every architecture and with each set of vector instructions.
func TestSameBitsEverywhere(t *testing.T) {
	want := map[string]uint64{
		"Balanced OnePerStep": 0x505acd8ade80a651,
		"Balanced Greedy":     0xbc548385a858e9ac,
		"Metropolis Step":     0x326db7629a8bb28e,
		"Metropolis Jump":     0xdd26b121bbf9c435,
		"Continuous clock":    0xbfca68147b21f103,
		"Continuous thinning": 0xcd6013c84360ec22,
		"Continuous perfect":  0xdc0d547735f7c8bf,
		"MetropolisDensity":   0x8268bd8d994f71d9,

		"Balanced OnePerStepByExcess": 0x64cd31bf3ef0f726,
		"Balanced naive":              0x22d792b30befcb5c,
		"Balanced skew":               0x60a2b3ce09b8e071,
		"Balanced wide":               0xd3a10b23592e15b7,

		"Balanced exact, delayed, OnePerStep": 0x88b87083f1f21120,
		"Balanced exact, delayed, Greedy":     0xc318d1af71241f27,
		"Metropolis moving":                   0x99006cc69a4e7efa,
		"Metropolis LargestExcess":            0x23e3898f0e196b86,
		"Metropolis perfect":                  0x3882f9df4398c543,
		"Metropolis wide":                     0xd673e1fd98033cd2,
		"MetropolisDensity perfect":           0x22b204c50b56de5e,
	}
	for level, only := range levels() {
		t.Run(level, func(t *testing.T) {
			defer only()()
			for _, v := range everyNetwork(t) {
				rng := stream.New(9)
				var h uint64
				net := v.build()
				x := make([]float64, net.Dim())
				for range 5000 {
					v.step(net, rng)
					h = fingerprint(h, net, x)
				}
				if h != want[v.name] {
					t.Errorf("digest of %s is %#x, want %#x", v.name, h, want[v.name])
				}
			}
		})
	}
}
