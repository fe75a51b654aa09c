package model

import (
	"fmt"
	"testing"

	"natspike/pkg/metric"
	"natspike/pkg/trial"
)

// BenchmarkTrial times a trial of the paper's size, and its statistics.
func BenchmarkTrial(b *testing.B) {
	for _, s := range []Setup{
		PaperBalanced(20, 10, 0.75, metric.Natural),
		PaperBalanced(20, 10, 0.75, metric.Naive),
		PaperMetropolis(10, 10, 0.75, metric.Natural),
		PaperMetropolis(10, 10, 0.75, metric.Naive),
	} {
		name := fmt.Sprintf("%s/%v", s.Model, s.Geometry)
		b.Run(name+"/run", func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if _, err := s.Present(1, uint32(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
		r, err := s.Present(1, 0)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/row", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := trial.Measured(r, s.Measures()...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
