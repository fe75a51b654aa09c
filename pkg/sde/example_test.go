package sde_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// pendulum is a damped pendulum in a heat bath:
//
//	dq = v dt,  dv = (−sin q − γv) dt + √(2γT) dW.
type pendulum struct{ friction, temperature float64 }

func (pendulum) Dims() (state, noise int) { return 2, 1 }

func (p pendulum) Drift(dst, x []float64) {
	dst[0] = x[1]
	dst[1] = -math.Sin(x[0]) - p.friction*x[1]
}

func (p pendulum) AddNoise(dst, x, dw []float64) {
	dst[1] += math.Sqrt(2*p.friction*p.temperature) * dw[0]
}

// A process of one's own, under the stochastic Heun scheme.
func ExampleNewPath() {
	p := pendulum{friction: 0.5, temperature: 0.1}
	path, err := sde.NewPath(sde.NewHeun(p), []float64{1, 0}, 0.01)
	if err != nil {
		fmt.Println(err)
		return
	}
	rng := stream.New(1)
	x := make([]float64, path.Dim())
	kinetic := 0.0
	for range 1_000_000 {
		path.Step(rng)
		path.Position(x)
		kinetic += x[1] * x[1] / 2
	}
	fmt.Printf("mean kinetic energy %.3f, equipartition says %.3f\n", kinetic/1e6, p.temperature/2)
	// Output:
	// mean kinetic energy 0.049, equipartition says 0.050
}

// Langevin dynamics on a correlated Gaussian, dz = −Σ⁻¹z dt + √2 dW, is an
// Ornstein–Uhlenbeck process: its law is known at every time.
func ExampleOrnsteinUhlenbeck_Transition() {
	rho := 0.75
	sigma := mat.NewSymDense(2, []float64{1, rho, rho, 1})
	var precision mat.Dense
	if err := precision.Inverse(sigma); err != nil {
		fmt.Println(err)
		return
	}
	root2 := mat.NewDiagDense(2, []float64{math.Sqrt2, math.Sqrt2})
	langevin, err := sde.NewOrnsteinUhlenbeck(&precision, nil, root2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range []float64{0.1, 1, 10} {
		_, c, err := langevin.Transition(t)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("t = %4.1f: variance %.3f, covariance %.3f\n", t, c.At(0, 0), c.At(0, 1))
	}
	// Output:
	// t =  0.1: variance 0.163, covariance 0.026
	// t =  1.0: variance 0.721, covariance 0.471
	// t = 10.0: variance 1.000, covariance 0.750
}
