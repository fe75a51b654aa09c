// Package contest sets samplers that a circuit could be side by side: every
// network and every rate sampler on every target that it can sample.
//
// A score counts effective samples for each second of brain time, for each spike
// and for each second of computer time, and the distance of the samples from the
// truth. A run that the verdict calls unusable has a distance and no other score.
//
// A network of your own joins by one line:
//
//	scores := contest.Run(ctx, append(contest.Entrants(), contest.Entrant{Name: "mine", Start: start}), targets, contest.Settings{})
package contest

import "natspike/pkg/arg"

const check = arg.Checker("contest")
