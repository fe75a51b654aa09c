// Package contest sets samplers that a circuit could be side by side: every
// network and every rate sampler on every target that it can sample.
//
// A score counts effective samples for each second of brain time, for each spike
// and for each second of computer time, and the distance of the samples from the
// truth. A run that the verdict calls unusable has a distance and no other score.
//
// A network of your own joins by one line:
//
//	scores, err := contest.Run(ctx, append(contest.Entrants(), contest.Entrant{Name: "mine", Start: start}), targets, contest.Settings{})
//
// Page writes all scores as one page of HTML.
//
// Gradients sets kernels for densities side by side, on the targets of the literature,
// by the number of gradients that they take to a given error of the second moments. A
// kernel of your own joins it in the same way.
package contest

import "natspike/pkg/arg"

const check = arg.Checker("contest")
