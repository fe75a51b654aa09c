package stream

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/arg"
	"natspike/pkg/racetest"
)

// other hides a Source, so that rand.Rand is read word by word.
type other struct{ *Source }

// Of every length, numbers in bulk are those that single calls give, with each set of
// vector instructions and from a source of another type, and use up as many words.
func TestBulkIsSingle(t *testing.T) {
	racetest.Sequential(t)
	key := Key{Seed: 5}
	type draw struct {
		name string
		bulk func(rng *rand.Rand, dst []float64)
		one  func(rng *rand.Rand) float64
	}
	draws := []draw{
		{"Normals", Normals, Normal},
		{"NextNormals", func(rng *rand.Rand, dst []float64) {
			buffer := make([]float64, len(dst))
			copy(dst, NextNormals(rng, buffer))
		}, Normal},
		{"Uniforms", Uniforms, (*rand.Rand).Float64},
		{"Exponentials", Exponentials, Exponential},
		{"Words", func(rng *rand.Rand, dst []float64) {
			words := make([]uint64, len(dst))
			Words(rng, words)
			for i, w := range words {
				dst[i] = math.Float64frombits(w)
			}
		}, func(rng *rand.Rand) float64 { return math.Float64frombits(rng.Uint64()) }},
	}
	for level, set := range levels() {
		restore := set()
		for _, d := range draws {
			bulk, single, hidden := key.Rand(), rand.New(other{key.Source()}), rand.New(other{key.Source()})
			for n := range 601 {
				x, y, z := make([]float64, n), make([]float64, n), make([]float64, n)
				d.bulk(bulk, x)
				for i := range y {
					y[i] = d.one(single)
				}
				d.bulk(hidden, z)
				same := func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
				if !slices.EqualFunc(x, y, same) || !slices.EqualFunc(x, z, same) {
					t.Fatalf("%s, %s: %d at once are not those of single calls", level, d.name, n)
				}
				if w := bulk.Uint64(); w != single.Uint64() || w != hidden.Uint64() {
					t.Fatalf("%s, %s: %d at once use up another number of words", level, d.name, n)
				}
			}
		}
		restore()
	}
}

// The words that Ahead shows are those that are drawn next, it does not use them up, and
// Skip uses up as many as it is told, also all of them. Of a source of another type
// Ahead shows nothing.
func TestAhead(t *testing.T) {
	key := Key{Seed: 4}
	rng, same := key.Rand(), key.Rand()
	for _, skip := range []int{0, 1, 7, 100, math.MaxInt, 3, math.MaxInt, 0} {
		ahead := slices.Clone(Ahead(rng))
		if len(ahead) == 0 || !slices.Equal(ahead, Ahead(rng)) {
			t.Fatalf("first %d words ahead, then %d", len(ahead), len(Ahead(rng)))
		}
		skip = min(skip, len(ahead))
		Skip(rng, skip)
		for i, w := range ahead[:skip] {
			if next := same.Uint64(); w != next {
				t.Fatalf("word %d ahead is %#x, and %#x is drawn", i, w, next)
			}
		}
		if rng.Uint64() != same.Uint64() {
			t.Fatalf("after %d words that were skipped comes another one", skip)
		}
	}
	if ahead := Ahead(rand.New(other{key.Source()})); ahead != nil {
		t.Errorf("of another source %d words are ahead", len(ahead))
	}
}

// Vector kernels give the bits of the Go code.
func TestKernels(t *testing.T) {
	for level, set := range levels() {
		state := Key{Seed: 6}.Source().state
		twin := state
		var words, want [256]uint64
		restore := set()
		for range 50 {
			fill(&words, &state)
			fillGo(&want, &twin)
			if words != want || state != twin {
				t.Fatalf("%s: other words", level)
			}
			var got, expected [256]float64
			inside, expectedInside := [4]uint64{1, 2, 3, 4}, [4]uint64{}
			proposeAll(&got, &inside, &words)
			proposeAllGo(&expected, &expectedInside, &words)
			if got != expected || inside != expectedInside {
				t.Fatalf("%s: other proposals", level)
			}
		}
		restore()
	}
}

// xoshiro256++ with the state 1, 2, 3, 4 begins as its authors' program does.
func TestGenerator(t *testing.T) {
	var s generators
	for i := range s {
		for lane := range lanes {
			s[i][lane] = uint64(i + 1)
		}
	}
	var words [256]uint64
	fillGo(&words, &s)
	for i, want := range []uint64{41943041, 58720359, 3588806011781223, 3591011842654386} {
		if got := words[i*lanes+3]; got != want {
			t.Errorf("word %d is %d, want %d", i, got, want)
		}
	}
}

// A stream that is saved in mid-run goes on to the same words, and one that cannot
// be read is left alone.
func TestSourceState(t *testing.T) {
	s := Key{Seed: 7}.Source()
	for _, k := range []int{0, 1, 254, 255, 256, 1000} {
		for range k {
			s.Uint64()
		}
		data, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var again Source
		if err := again.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if again != *s {
			t.Fatalf("after %d words: another state", k)
		}
		before := again
		data[40]++
		if err := again.UnmarshalBinary(data); err == nil || again != before {
			t.Errorf("damaged data: error %v, and the stream changed: %v", err, again != before)
		}
	}
	data, _ := new(Source).MarshalBinary()
	if err := s.UnmarshalBinary(data); err == nil {
		t.Error("generators that give only zeros are accepted")
	}
	for i := range s.start { // one word that is not zero is enough, in each generator
		var lone Source
		for lane := range lanes {
			lone.start[i][lane] = 1
		}
		data, _ := lone.MarshalBinary()
		if err := s.UnmarshalBinary(data); err != nil {
			t.Errorf("generators of which word %d is one: %v", i, err)
		}
		lone.start[i][lanes-1] = 0
		data, _ = lone.MarshalBinary()
		if err := s.UnmarshalBinary(data); err == nil {
			t.Error("one generator that gives only zeros is accepted")
		}
	}
}

// A stream that has drawn normal numbers itself draws those of the stream that it
// restores.
func TestSourceStateOfNormals(t *testing.T) {
	saved := Key{Seed: 7}.Source()
	data, err := saved.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	other, want, got := Key{Seed: 8}.Source(), make([]float64, 100), make([]float64, 100)
	Normals(rand.New(other), got)
	if err := other.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	Normals(rand.New(saved), want)
	Normals(rand.New(other), got)
	if !slices.Equal(got, want) {
		t.Errorf("restored, it draws %.3v, want %.3v", got[:3], want[:3])
	}
}

// The battery below looks at 2¹⁸ words of a stream, in each test by a p-value that is
// uniform if the words are random. A test fails below 1e-7, so that the battery of
// five, on four streams and sixteen pairs, gives a false alarm once in 10⁵ seeds.
// Each test has a control, a stream with a fault that it must find.
const (
	batteryWords = 1 << 18
	falseAlarm   = 1e-7
)

func chi2P(counts []int, total float64) float64 {
	sum, expected := 0.0, total/float64(len(counts))
	for _, c := range counts {
		sum += (float64(c) - expected) * (float64(c) - expected) / expected
	}
	return distuv.ChiSquared{K: float64(len(counts) - 1)}.Survival(sum)
}

// normalP returns the probability of a |z| as large, of the largest of n.
func normalP(z float64, n int) float64 { return float64(n) * math.Erfc(math.Abs(z)/math.Sqrt2) }

// bitsP tests how often each of the 64 bits is one.
func bitsP(words []uint64) float64 {
	var ones [64]int
	for _, w := range words {
		for b := range ones {
			ones[b] += int(w >> b & 1)
		}
	}
	worst := 0.0
	for _, c := range ones {
		worst = max(worst, math.Abs(2*float64(c)-float64(len(words)))/math.Sqrt(float64(len(words))))
	}
	return normalP(worst, 64)
}

// pairsP tests the joint law of the highest four bits and the lowest four bits of words
// that are a lag apart.
func pairsP(words []uint64, lag int) float64 {
	counts := make([]int, 1<<8)
	n := 0
	for i := 0; i+lag < len(words); i++ {
		counts[words[i]>>60<<4|words[i+lag]&15]++
		n++
	}
	return chi2P(counts, float64(n))
}

// gapsP tests how many words pass between two whose highest three bits are zero.
func gapsP(words []uint64) float64 {
	const longest = 40
	counts, gap := make([]float64, longest+1), 0
	n := 0.0
	for _, w := range words {
		if w>>61 != 0 {
			gap++
			continue
		}
		counts[min(gap, longest)]++
		n, gap = n+1, 0
	}
	sum, p := 0.0, 1.0/8
	for k, c := range counts {
		e := n * p * math.Pow(1-p, float64(k))
		if k == longest {
			e = n * math.Pow(1-p, longest)
		}
		sum += (c - e) * (c - e) / e
	}
	return distuv.ChiSquared{K: longest}.Survival(sum)
}

// ranksP tests the ranks of 64×64 matrices of bits, whose law is known: full with the
// probability 0.28879, one less with 0.57758.
func ranksP(words []uint64) float64 {
	var counts [3]float64
	n := 0.0
	for rows := make([]uint64, 64); len(words) >= 64; words = words[64:] {
		copy(rows, words)
		rank := 0
		for b := range 64 {
			for i := rank; i < 64; i++ {
				if rows[i]>>b&1 == 1 {
					rows[i], rows[rank] = rows[rank], rows[i]
					for j := range rows {
						if j != rank && rows[j]>>b&1 == 1 {
							rows[j] ^= rows[rank]
						}
					}
					rank++
					break
				}
			}
		}
		counts[min(64-rank, 2)]++
		n++
	}
	sum := 0.0
	for i, p := range []float64{0.2887880951, 0.5775761902, 0.1336357147} {
		sum += (counts[i] - n*p) * (counts[i] - n*p) / (n * p)
	}
	return distuv.ChiSquared{K: 2}.Survival(sum)
}

// correlationP tests the correlation of two rows of words, as numbers, and the bits
// that they have in common.
func correlationP(a, b []uint64) float64 {
	sum, same := 0.0, make([]uint64, len(a))
	for i := range a {
		sum += (float64(a[i])*0x1p-64 - 0.5) * (float64(b[i])*0x1p-64 - 0.5)
		same[i] = a[i] ^ b[i]
	}
	return 2 * min(normalP(sum*12/math.Sqrt(float64(len(a))), 1), bitsP(same))
}

func TestBattery(t *testing.T) {
	racetest.Sequential(t)
	words := func(k Key) []uint64 {
		w := make([]uint64, batteryWords)
		Words(k.Rand(), w)
		return w
	}
	battery := map[string]func(w []uint64) float64{
		"bits": bitsP, "gaps": gapsP, "ranks": ranksP,
		"neighbours": func(w []uint64) float64 { return pairsP(w, 1) },
		"one lane":   func(w []uint64) float64 { return pairsP(w, lanes) },
	}
	keys := []Key{{}, {Seed: 1}, {Seed: 1 << 40, Cell: 3}, {Seed: 1, Repeat: 7, Chain: 2, Purpose: Exact}}
	for name, f := range battery {
		for _, k := range keys {
			if p := f(words(k)); p < falseAlarm {
				t.Errorf("%s, %+v: p = %.2g", name, k, p)
			}
		}
	}
	faults := map[string]func(i int, w []uint64){
		"bits":       func(i int, w []uint64) { w[i] |= w[i] >> 1 & w[i] >> 2 & w[i] >> 3 & w[i] >> 4 & (1 << 20) },
		"gaps":       func(i int, w []uint64) { w[i] >>= uint(i&(i>>1)) & 1 },
		"ranks":      func(i int, w []uint64) { w[i] = w[i]&^8 | (w[i]>>5^w[i]>>9)&8 }, // a sum of two others
		"neighbours": func(i int, w []uint64) { copyBits(w, i, 1) },
		"one lane":   func(i int, w []uint64) { copyBits(w, i, lanes) },
	}
	for name, fault := range faults {
		w := words(Key{Seed: 1})
		for i := range w {
			fault(i, w)
		}
		if p := battery[name](w); p > falseAlarm {
			t.Errorf("%s: p = %.2g of a stream with a fault: no power", name, p)
		}
	}
}

// copyBits gives the lowest bits of every fourth word to the highest of an earlier one.
func copyBits(w []uint64, i, lag int) {
	if i%4 == 0 && i >= lag {
		w[i-lag] = w[i-lag]<<4>>4 | w[i]<<60
	}
}

// Streams of neighbouring keys are independent of each other, and so are the lanes of
// one stream. The control is a stream that takes a twentieth of its words from another.
func TestStreamsAreIndependent(t *testing.T) {
	racetest.Sequential(t)
	const n = 1 << 16
	words := func(k Key) []uint64 {
		w := make([]uint64, n)
		Words(k.Rand(), w)
		return w
	}
	base := words(Key{Seed: 9})
	for _, k := range []Key{
		{Seed: 8}, {Seed: 10}, {Seed: 9 | 1<<63}, {Seed: 9, Cell: 1}, {Seed: 9, Cell: 2}, {Seed: 9, Repeat: 1},
		{Seed: 9, Repeat: 2}, {Seed: 9, Chain: 1}, {Seed: 9, Chain: 2}, {Seed: 9, Purpose: 1}, {Cell: 9}, {Purpose: 9},
	} {
		if p := correlationP(base, words(k)); p < falseAlarm {
			t.Errorf("Seed 9 and %+v: p = %.2g", k, p)
		}
		mixed := words(k)
		for i := 0; i < n; i += 20 {
			mixed[i] = base[i]
		}
		if p := correlationP(base, mixed); p > falseAlarm {
			t.Errorf("a twentieth of the words are the same, and p = %.2g: no power", p)
		}
	}
	var lane [lanes][]uint64
	for i, w := range base {
		lane[i%lanes] = append(lane[i%lanes], w)
	}
	for i := range lane {
		for j := range i {
			if p := correlationP(lane[i], lane[j]); p < falseAlarm {
				t.Errorf("lanes %d and %d: p = %.2g", i, j, p)
			}
		}
	}
}

// TestMoments compares the first moments of bulk numbers, and the correlation of each
// with the next, with their values to five standard errors: a false alarm once in 10⁵
// seeds for all of them. The control is every number scaled by 1.02.
func TestMoments(t *testing.T) {
	racetest.Sequential(t)
	const n = 1 << 20
	x := make([]float64, n)
	type moment struct {
		name           string
		f              func(i int) float64
		mean, variance float64
	}
	power := func(k int) func(i int) float64 { return func(i int) float64 { return math.Pow(x[i], float64(k)) } }
	next := func(i int) float64 { return x[i] * x[(i+1)%n] }
	for name, c := range map[string]struct {
		draw    func(rng *rand.Rand, dst []float64)
		moments []moment
	}{
		"Normals": {Normals, []moment{
			{"x", power(1), 0, 1}, {"x²", power(2), 1, 2}, {"x³", power(3), 0, 15}, {"x⁴", power(4), 3, 96}, {"x⁶", power(6), 15, 10170}, {"xx′", next, 0, 1},
		}},
		"Uniforms": {Uniforms, []moment{
			{"x", power(1), 1.0 / 2, 1.0 / 12}, {"x²", power(2), 1.0 / 3, 4.0 / 45}, {"xx′", next, 1.0 / 4, 1.0/9 - 1.0/16 + 2*(1.0/12-1.0/16)},
		}},
		"Exponentials": {Exponentials, []moment{
			{"x", power(1), 1, 1}, {"x²", power(2), 2, 20}, {"x³", power(3), 6, 684}, {"xx′", next, 1, 5},
		}},
	} {
		found := false
		for _, scale := range []float64{1, 1.02} {
			c.draw(New(8), x)
			for i := range x {
				x[i] *= scale
			}
			for _, m := range c.moments {
				sum := 0.0
				for i := range x {
					sum += m.f(i)
				}
				z := (sum/n - m.mean) / math.Sqrt(m.variance/n)
				if scale == 1 && math.Abs(z) > 5 {
					t.Errorf("%s: the mean of %s is %.6f, want %.6f: %.1f standard errors off", name, m.name, sum/n, m.mean, z)
				}
				found = found || scale != 1 && math.Abs(z) > 5
			}
		}
		if !found {
			t.Errorf("%s: no moment of scaled numbers is off", name)
		}
	}
}

// Whatever the data, a state is refused with an *arg.Error, or is one that gives the
// same data again.
func FuzzUnmarshal(f *testing.F) {
	s := Key{Seed: 7}.Source()
	for range 300 {
		s.Uint64()
	}
	data, err := s.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var s Source
		err := s.UnmarshalBinary(data)
		var refused *arg.Error
		switch {
		case err == nil:
			if again, _ := s.MarshalBinary(); !slices.Equal(again, data) {
				t.Error("other data come back")
			}
			s.Uint64()
		case !errors.As(err, &refused) || refused.Package != "stream":
			t.Errorf("error %v", err)
		}
	})
}
