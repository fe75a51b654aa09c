// Package model describes trials of the paper's two networks by numbers, so that
// they can be cells of a grid.
//
// A [Setup] holds the network, the target and the stimulus: the network samples
// N(0, Σ) for a while, then the mean of its target steps to m in every
// coordinate. Build makes the network and its trial.Protocol, and Run measures a
// trial:
//
//	s := model.PaperMetropolis(10, 10, 0.75, metric.Natural)
//	values, err := s.Run(1, 0, s.Measures()...)
//
// [Parameters] is the one list of the parameters of a Setup. From it come their
// keys in a file, their flags, their ranges, their columns and their order in a
// grid. A new parameter is a field and one entry there.
//
// # Random streams
//
// A trial is a function of its Setup, a seed and the number of the repeat. Trials
// of one task have the same decoder and meet the same noise, whatever network
// they are of: see [Setup.TaskID].
package model
