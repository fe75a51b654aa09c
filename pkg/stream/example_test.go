package stream_test

import (
	"fmt"

	"natspike/pkg/stream"
)

// Two networks with different decoders, driven by the same noise.
func ExampleKey() {
	noise := stream.Key{Seed: 1, Purpose: stream.Dynamics}
	a, b := noise.Rand(), noise.Rand()
	fmt.Println(stream.Normal(a) == stream.Normal(b))

	for repeat := range uint32(2) {
		decoder := stream.Key{Seed: 1, Repeat: repeat, Purpose: stream.Decoder}.Rand()
		fmt.Printf("%.4f\n", stream.Normal(decoder))
	}
	// Output:
	// true
	// 0.2280
	// 1.5845
}
