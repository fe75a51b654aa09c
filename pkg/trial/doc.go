// Package trial presents a stimulus to a spiking network, records what the network
// does, measures the recording, and repeats that.
//
//	late := trial.Window{From: 0.5, To: 1.5, Name: "late"}
//	measures := []trial.Measure{trial.Moments(late), trial.Rates(trial.AfterOnset)}
//	table, err := trial.Trials(ctx, 16, measures, func(repeat uint32) (*trial.Recording, error) {
//		key := stream.Key{Seed: 1, Repeat: repeat}
//		net, err := network(key) // any spiking.Network
//		if err != nil {
//			return nil, err
//		}
//		return trial.Present(net, trial.Step(6), key.Rand())
//	})
//	mean, err := table.Estimate("mean_late")
//
// There are six ideas.
//
// A [Protocol] is the stimulus: how long a trial lasts before and after its onset,
// and the mean of the target as a function of time. [Step], [Pulse], [Ramp],
// [Constant] and [RandomWalk] make some; a Mean of your own makes any other.
//
// [Present] runs a network through a protocol and returns a [Recording], which is
// the spikes of the network if they give its estimate (spiking.Leaky), and its
// estimate at every step if not. [PresentEnsemble] does so for networks that move
// together. [Steps] runs a network for a loop of your own.
//
// A [Window] is a stretch of time from the onset. It is counted in steps, by a
// [Clock], so that every statistic, raster and export agrees on what it holds.
//
// A [Measure] makes numbers of a recording over a window: [Moments], [Distance]
// from a target, [Rates], [Intervals], [Fano], [Spectrum], [Response], or a type
// of your own. [Measured] applies any number of them in one pass.
//
// [Repeats] and [Trials] do so for independent repeats, in parallel, and return a
// [Table], each column of which has an [Estimate].
//
// [Judge] says in two or three sentences whether the estimate of a network can be
// used, and what to do next: from what the network warns of, and from recordings.
//
// A network needs the methods of spiking.Network. The package asks for others
// where they serve: spiking.Driven to move the mean, spiking.Leaky to keep spikes
// alone, spiking.Jumper to skip silence, spiking.Probe for traces. The paper's two
// networks, described by numbers, are in package model.
package trial
