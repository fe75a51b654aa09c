// Package trial presents a stimulus to a spiking network and sums up what the
// network made of it.
//
// A trial is the experiment of Masset et al. (2022): a network samples N(0, Σ)
// for a while, then the mean of its target steps to m in every coordinate, as
// if something had come into view, and one asks how soon and how well the
// estimate samples N(m1, Σ). A Setup says which network, which target and which
// stimulus, by numbers alone, so that it can be a cell of a grid; Run runs it.
//
//	t, err := trial.Run(trial.PaperMetropolis(10, 10, 0.75, metric.Natural), 1, 0)
//	row := t.Row()       // means, variances, distances, rates: one row of a table
//	course := t.Course() // the mean and the variance as time goes on
//	cells := t.Neurons() // rates and intervals of each neuron
//
// # What is kept
//
// A run is its spikes. Between two of them the estimate decays by the same factor
// in every step, so that a Recording of the spikes alone gives the estimate at
// any time, and its moments, extremes and histograms in closed form between
// spikes. Nothing of the size steps × neurons, or steps × dimensions, is ever
// held.
//
// # Random streams
//
// A trial is a function of its Setup, a seed and the number of the repeat. Trials
// that differ in what the network is, and not in its task and its size, have the
// same decoder and the same noise: see Setup.World.
package model
