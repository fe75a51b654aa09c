// Package sde integrates stochastic differential equations
//
//	dx = b(x) dt + σ(x) dW,
//
// in the sense of Itô. A Process is the equation, a Stepper takes one step of it,
// and a Path is a point that a stepper moves. Every process runs under every
// stepper, and two steppers can be driven by the same Brownian motion.
//
// For linear drift and constant noise, OrnsteinUhlenbeck has the law of the
// solution in closed form, and Exact steps through it without error.
package sde
