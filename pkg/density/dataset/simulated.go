package dataset

import (
	"math"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// An ItemResponse is a table of answers for density.NewItemResponse.
type ItemResponse struct {
	Students, Questions int
	Student, Question   []int     // of each answer, from zero
	Right               []float64 // 1 if the answer is right, 0 if not
}

// SimulatedItemResponse returns the answers of 400 students to 100 questions, of which
// about nine in ten are answered. Abilities and difficulties are drawn from the prior
// of density.ItemResponse with a mean ability of 0.75. The set has the size of the
// synthetic data of the Inference Gym, and other numbers.
func SimulatedItemResponse() *ItemResponse {
	rng := stream.Key{Seed: 1, Purpose: stream.Data}.Rand()
	r := &ItemResponse{Students: 400, Questions: 100}
	truth := make([]float64, r.Students+r.Questions)
	stream.Normals(rng, truth)
	for i := range r.Students {
		for j := range r.Questions {
			if rng.IntN(10) == 0 {
				continue
			}
			odds := portable.Exp(truth[i] + 0.75 - truth[r.Students+j])
			right := 0.0
			if rng.Float64() < odds/(1+odds) {
				right = 1
			}
			r.Student, r.Question, r.Right = append(r.Student, i), append(r.Question, j), append(r.Right, right)
		}
	}
	return r
}

// SimulatedBrownianMotion returns observations for density.NewBrownianMotion: a path of
// 30 steps of standard deviation 0.1, seen with noise of standard deviation 0.15 but
// for its middle third, which is NaN.
func SimulatedBrownianMotion() []float64 {
	rng := stream.Key{Seed: 2, Purpose: stream.Data}.Rand()
	y := make([]float64, 30)
	at := 0.0
	for t := range y {
		at += float64(0.1 * stream.Normal(rng))
		y[t] = at + float64(0.15*stream.Normal(rng))
		if t >= 10 && t < 20 {
			y[t] = math.NaN()
		}
	}
	return y
}
