// The package is the old one of trials. It goes as soon as sweep and paper no longer
// use it.

package model

import (
	"fmt"
	"testing"

	"natspike/pkg/metric"
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
				if _, err := Run(s, 1, uint32(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
		t, err := Run(s, 1, 0)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name+"/row", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := t.Row(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
