package diag

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// streamed puts chains, as coordinate 1 of 3, into Batches.
func streamed(chains [][]float64, slots int) []*Batches {
	out := make([]*Batches, len(chains))
	for c, x := range chains {
		out[c] = NewBatches(3, slots)
		for i, v := range x {
			out[c].Add([]float64{float64(i), v, -v})
		}
	}
	return out
}

// While a batch is one draw, streaming changes nothing.
func TestBatchesOfOneDraw(t *testing.T) {
	for _, n := range []int{4, 37, 99} {
		x := ar1Chains(stream.New(13), 0.7, 3, n)
		x[1][2] += 2
		b := streamed(x, 100)
		for what, f := range map[string][2]func() (float64, error){
			"R̂":   {func() (float64, error) { return BatchRHat(b, 1) }, func() (float64, error) { return RHatSplit(x) }},
			"ESS":  {func() (float64, error) { return BatchESS(b, 1) }, func() (float64, error) { return ESS(x) }},
			"MCSE": {func() (float64, error) { return BatchMCSE(b, 1) }, func() (float64, error) { return MCSEMean(x) }},
		} {
			got, err := f[0]()
			if err != nil {
				t.Fatal(err)
			}
			want, err := f[1]()
			if err != nil {
				t.Fatal(err)
			}
			closeTo(t, what, got, want, 1e-12)
		}
	}
}

// At every length the batches are those of the draws so far, and R-hat is that
// of the draws in them.
func TestBatchesJoin(t *testing.T) {
	const slots = 8
	x := ar1Chains(stream.New(14), 0.5, 2, 700)
	b := []*Batches{NewBatches(1, slots), NewBatches(1, slots)}
	for i := range x[0] {
		for c := range b {
			b[c].Add(x[c][i : i+1])
		}
		n, size := b[0].Full()*b[0].Size(), b[0].Size()
		if b[0].N() != i+1 || n > i+1 || i+1-n >= size || i >= slots && b[0].Full() < slots/2 {
			t.Fatalf("after %d draws: N = %d, %d batches of %d", i+1, b[0].N(), b[0].Full(), size)
		}
		for k, m := range b[0].Means(0) {
			closeTo(t, "batch mean", m, mean(x[0][k*size:(k+1)*size]), 1e-12)
		}
		if b[0].Full() < 4 || b[0].Full()%2 != 0 {
			continue
		}
		got, err := BatchRHat(b, 0)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := RHatSplit([][]float64{x[0][:n], x[1][:n]})
		closeTo(t, "R̂", got, want, 1e-12)
	}
}

// ESS from 128 to 255 batch means in each of four chains, at batches much
// shorter and much longer than the autocorrelation time of 19 draws.
func TestBatchESSOfAutoregression(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const phi = 0.9
	want := (1 - phi) / (1 + phi)
	for _, n := range []int{1200, 5000, 20000} {
		got, se, sd := replicate(t, 40, func(rng *rand.Rand) (float64, error) {
			chains := make([]*Batches, 4)
			for c := range chains {
				chains[c] = NewBatches(1, 256)
				x := ar1(rng, phi, n)
				for i := range x {
					chains[c].Add(x[i : i+1])
				}
			}
			e, err := BatchESS(chains, 0)
			return e / float64(4*n), err
		})
		t.Logf("n = %d: ESS/N = %.4f ± %.4f (of one run: %.4f), exactly %.4f", n, got, se, sd, want)
		// The bias of Geyer's sum in series this short is below 3 %.
		if math.Abs(got-want) > 5*se+0.03*want {
			t.Errorf("n = %d: ESS/N = %.4f ± %.4f, want %.4f", n, got, se, want)
		}
		if wrong := (1 - 0.92) / (1 + 0.92); math.Abs(got-wrong) <= 5*se {
			t.Errorf("n = %d: ESS/N = %.4f does not exclude φ = 0.92 with %.4f", n, got, wrong)
		}
	}
}

// The spread of the effective sample size of single runs with 256 slots is what
// the documentation of Batches says, 24 % for one chain and 11 % for four. That of
// 100 runs has a relative standard error of 1/√200, and of 15 % with the tail of
// one chain; the test allows three. The negative control is that one chain and
// four differ.
func TestBatchESSSpread(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const phi, n = 0.9, 20_000
	for _, c := range []struct {
		chains    int
		want, off float64
	}{{1, 0.24, 0.45}, {4, 0.11, 0.22}} {
		mu, _, sd := replicate(t, 100, func(rng *rand.Rand) (float64, error) {
			chains := make([]*Batches, c.chains)
			for i := range chains {
				chains[i] = NewBatches(1, 256)
				x := ar1(rng, phi, n)
				for k := range x {
					chains[i].Add(x[k : k+1])
				}
			}
			return BatchESS(chains, 0)
		})
		if got := sd / mu; math.Abs(got/c.want-1) > c.off {
			t.Errorf("%d chains: the standard deviation is %.0f %%, want %.0f %%", c.chains, 100*got, 100*c.want)
		}
	}
}

// A chain that begins at 0 and one in a very small unit are diagnosed as in any
// other unit.
func TestBatchesBeginAtZero(t *testing.T) {
	draws := func(unit float64) []*Batches {
		out := []*Batches{NewBatches(2, 8), NewBatches(2, 8)}
		for c, b := range out {
			x := ar1(stream.Key{Seed: 15, Chain: uint32(c)}.Rand(), 0.5, 100)
			x[0] = 0
			for _, v := range x {
				b.Add([]float64{1 + v, v * unit})
			}
		}
		return out
	}
	for _, unit := range []float64{0x1p-900, 0x1p900} {
		for j := range 2 {
			closeTo(t, "R̂", must(BatchRHat(draws(unit), j)), must(BatchRHat(draws(1), j)), 1e-15)
			closeTo(t, "ESS", must(BatchESS(draws(unit), j)), must(BatchESS(draws(1), j)), 1e-15)
		}
		closeTo(t, "MCSE", must(BatchMCSE(draws(unit), 1)), unit*must(BatchMCSE(draws(1), 1)), 1e-15)
		closeTo(t, "mean of a batch", draws(unit)[1].Means(1)[3], unit*draws(1)[1].Means(1)[3], 1e-15)
	}
}

func TestBatchErrors(t *testing.T) {
	_, err := BatchESS(nil, 0)
	failsWith(t, "no chains", err, ErrShort)
	_, err = BatchESS(streamed([][]float64{{1, 2, 3}}, 8), 1)
	failsWith(t, "three draws", err, ErrShort)
	_, err = BatchRHat(streamed([][]float64{{1, 2, 3, 4}, {1, 2, 3, 4, 5}}, 8), 1)
	failsWith(t, "ragged", err, ErrRagged)
	same := make([]float64, 100)
	_, err = BatchMCSE(streamed([][]float64{same, same}, 8), 1)
	failsWith(t, "constant", err, ErrConstant)
	for _, j := range []int{-1, 3} {
		_, err = BatchRHat(streamed([][]float64{{1, 2, 3, 4}}, 8), j)
		failsWith(t, fmt.Sprintf("coordinate %d of three", j), err, ErrRange)
	}

	one := make([]float64, 100)
	for i := range one {
		one[i] = 0.1
	}
	if r, err := BatchRHat(streamed([][]float64{same, one}, 8), 1); err != nil || !math.IsInf(r, 1) {
		t.Errorf("R̂ of stuck chains = %v, %v; want +Inf", r, err)
	}
	// Draws that alternate have batch means without variance.
	flip := make([]float64, 64)
	for i := range flip {
		flip[i] = float64(i%2*2 - 1)
	}
	if e, err := BatchESS(streamed([][]float64{flip}, 8), 1); err != nil || e != 64*log10(64) {
		t.Errorf("ESS of alternating draws = %v, %v; want the bound", e, err)
	}
}

func TestBatchesRefuse(t *testing.T) {
	b := NewBatches(2, 8)
	for _, x := range [][]float64{{1, 2}, {3, 4}, {5, math.NaN()}, {math.Inf(1), 6}, {5, 9}} {
		b.Add(x)
	}
	_, err := BatchRHat([]*Batches{b}, 0)
	failsWith(t, "BatchRHat", err, ErrNonFinite)
	if b.N() != 3 {
		t.Errorf("%d draws, want the 3 that are finite", b.N())
	}
	panics(t, "Add", "diag: x has the wrong length", func() { b.Add([]float64{1}) })
	panics(t, "NewBatches", badCapacity, func() { NewBatches(1, 7) })
	panics(t, "NewBatches", badCapacity, func() { NewBatches(1, 6) })
}

// The hash is of the results' bits.
func TestFrozenBatches(t *testing.T) {
	const dim, want = 7, 0x751646cf06c0c4ab
	rng := stream.New(8)
	b := NewBatches(dim, 8)
	x := make([]float64, dim)
	for range 300 {
		for j := range x {
			x[j] = rng.Float64() / float64(j+1)
		}
		b.Add(x)
	}
	hash := fnv.New64a()
	for _, part := range [][]float64{b.mean, b.sum2} {
		for _, f := range part {
			binary.Write(hash, binary.LittleEndian, f)
		}
	}
	if got := hash.Sum64(); got != want {
		t.Errorf("hash %#x, want %#x", got, uint64(want))
	}
}

func TestStreamingAllocatesNothing(t *testing.T) {
	x := make([]float64, 20)
	b := NewBatches(20, 8)
	var isi Intervals
	now := 0.0
	if n := testing.AllocsPerRun(200, func() {
		now++
		x[3] = now
		b.Add(x)
		isi.Add(now)
	}); n != 0 {
		t.Errorf("Add allocates %v times", n)
	}
}

func BenchmarkBatchesAdd(b *testing.B) {
	x := make([]float64, 20)
	stream.Normals(stream.New(1), x)
	a := NewBatches(len(x), 256)
	b.ReportAllocs()
	for b.Loop() {
		a.Add(x)
	}
}
