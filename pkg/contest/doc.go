// Package contest compares circuits that sample. Every network and every rate
// sampler runs on every target that it can sample.
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
// Gradients compares kernels for densities on the targets of the literature, by the
// number of gradients that they take to a given error of the second moments. A kernel
// of your own joins in the same way.
package contest

import "natspike/pkg/arg"

const check = arg.Checker("contest")
