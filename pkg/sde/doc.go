// Package sde integrates stochastic differential equations
//
//	dx = b(x) dt + σ(x) dW,
//
// in the sense of Itô. A Process is the equation, a Stepper a way to take one
// step of it, and a Path a stepper at work: a point that moves. The three are
// apart so that every process runs under every stepper, and so that two
// steppers can be driven by one and the same Brownian motion.
//
// For linear drift and constant noise, OrnsteinUhlenbeck has the law of the
// solution in closed form, and Exact steps through it without error.
package sde
