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

// The next normal numbers, to be read at once and not kept.
func ExampleNextNormals() {
	rng := stream.New(1)
	buffer := make([]float64, 3)
	for range 2 {
		fmt.Printf("%.4f\n", stream.NextNormals(rng, buffer))
	}
	rng, many := stream.New(1), make([]float64, 6)
	stream.Normals(rng, many)
	fmt.Printf("%.4f\n", many)
	// Output:
	// [-2.3870 0.8233 -1.1257]
	// [0.3943 -1.2256 0.6867]
	// [-2.3870 0.8233 -1.1257 0.3943 -1.2256 0.6867]
}

// Many numbers at once are those that single calls give.
func ExampleExponentials() {
	many := make([]float64, 3)
	stream.Exponentials(stream.New(1), many)
	rng := stream.New(1)
	for _, x := range many {
		fmt.Printf("%.3f %v\n", x, x == stream.Exponential(rng))
	}
	stream.Uniforms(rng, many)
	fmt.Printf("%.3f\n", many)
	// Output:
	// 0.700 true
	// 0.731 true
	// 2.621 true
	// [0.551 0.895 0.241]
}
