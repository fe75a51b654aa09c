package archive

import (
	"path/filepath"
	"testing"

	"natspike/pkg/stream"
)

// Draws of 100 coordinates, in bytes of float64.
func benchmarkAppend(b *testing.B, ext string) {
	w, err := Create(filepath.Join(b.TempDir(), "run"+ext), Header{Chains: 1, Variables: []Variable{Vector("x", 100)}})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Discard()
	x := make([]float64, 100)
	stream.Normals(stream.New(1), x)
	b.SetBytes(800)
	for b.Loop() {
		if err := w.Append(0, x, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendInferenceData(b *testing.B) { benchmarkAppend(b, ".zarr") }
func BenchmarkAppendNPZ(b *testing.B)           { benchmarkAppend(b, ".npz") }
func BenchmarkAppendCmdStan(b *testing.B)       { benchmarkAppend(b, ".stan.csv") }

func BenchmarkReadCmdStan(b *testing.B) {
	const draws = 1000
	path := filepath.Join(b.TempDir(), "run.stan.csv")
	w, err := Create(path, Header{Chains: 1, Variables: []Variable{Vector("x", 100)}})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Discard()
	x, rng := make([]float64, 100), stream.New(1)
	for range draws {
		stream.Normals(rng, x)
		if err := w.Append(0, x, nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(draws * 800)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadCmdStan(chainFiles(path, 1)...); err != nil {
			b.Fatal(err)
		}
	}
}

type benchmarkRow struct {
	X, Y, Z float64
	I       int
	S       string
}

func benchmarkTable(b *testing.B) (path string, rows int) {
	const n = 100_000
	path = filepath.Join(b.TempDir(), "table.parquet")
	err := SaveTable(path, Run{}, func(yield func(benchmarkRow) bool) {
		rng := stream.New(1)
		for i := range n {
			if !yield(benchmarkRow{rng.Float64(), rng.Float64(), float64(i % 10), i, "mala"}) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return path, n
}

func BenchmarkSaveTable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		benchmarkTable(b)
	}
}

func BenchmarkRows(b *testing.B) {
	path, n := benchmarkTable(b)
	b.ReportAllocs()
	for b.Loop() {
		k := 0
		for _, err := range Rows[benchmarkRow](path) {
			if err != nil {
				b.Fatal(err)
			}
			k++
		}
		if k != n {
			b.Fatal(k)
		}
	}
}
