// Command playground shows a running spiking network. Compiled to WebAssembly it runs
// in the page that scripts/site writes. As a native program it is given the part of
// the page's address after the question mark, and prints the digest that the page
// shows for the same network:
//
//	go run ./scripts/playground 'network=metropolis&rho=0.9&geometry=natural'
package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/moments"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial/model"
)

const check = arg.Checker("playground")

const (
	digested = 0.1  // duration of the run whose digest is printed, s
	sampled  = 1e-4 // time between two estimates that are drawn, s
	largest  = 32   // largest number of dimensions, and of neurons per dimension
	shortest = 1e-6 // shortest time step, s
)

// A network is a running network, with statistics since the target last moved, and
// with the spikes and estimates that the page has not drawn yet.
type network struct {
	setup   model.Setup
	given   [][2]string // the parameters that the query gives, as a sweep names them
	seed    uint64
	net     spiking.Network
	rng     *rand.Rand
	steps   int64
	stride  int64 // steps between two estimates that are drawn
	since   int64 // step at which the target moved
	mean    float64
	z       []float64
	moments *moments.MeanCovariance
	counts  []int     // spikes of each neuron
	spikes  []float64 // time (s) and neuron of each, to be drawn
	path    []float64 // time (s), mean of the estimate's coordinates, z₁ and z₂, to be drawn
}

// start returns the network of a query, whose keys are those of a sweep, and
// network for model. It returns an error for a key or a value that is not allowed.
func start(query string) (*network, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, check.Errorf("the address", "is %q, not of the form key=value&key=value", query)
	}
	spec := model.Parameters.Spec()
	n := &network{seed: spec.Seed}
	for key, v := range values {
		value := v[len(v)-1]
		switch key {
		case "network":
			key = "model"
		case "seed":
			if n.seed, err = strconv.ParseUint(value, 10, 64); err != nil {
				return nil, check.Errorf("seed", "is %q, not a whole number from 0 to 2⁶⁴−1", value)
			}
			continue
		}
		if err := spec.Set(key, value); err != nil {
			return nil, err
		}
		n.given = append(n.given, [2]string{key, value})
	}
	slices.SortFunc(n.given, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	setups, err := spec.Setups()
	if err != nil {
		return nil, err
	}
	if len(setups) != 1 {
		return nil, check.Errorf("the address", "is %q, and must give one value of each key", query)
	}
	n.setup = setups[0]
	if max(n.setup.Dims, n.setup.PerDim) > largest {
		return nil, check.Errorf("n_p and k", "are %d and %d, and must not be above %d here", n.setup.Dims, n.setup.PerDim, largest)
	}
	if n.setup.DT < shortest {
		return nil, check.Errorf("dt", "is %v s, and must not be below %v s here", n.setup.DT, shortest)
	}
	if n.net, _, err = n.setup.Build(n.seed, 0); err != nil {
		return nil, err
	}
	n.rng = n.setup.Key(n.seed, 0, stream.Dynamics).Rand()
	n.stride = max(1, int64(math.Round(sampled/n.setup.DT)))
	n.z = make([]float64, n.setup.Dims)
	return n, n.move(n.setup.Mean)
}

// move moves the mean of the target to m in every coordinate. It returns an error
// if the network cannot take it.
func (n *network) move(m float64) error {
	if err := n.net.(spiking.Driven).SetMean(slices.Repeat([]float64{m}, n.setup.Dims)); err != nil {
		return err
	}
	n.mean, n.since = m, n.steps
	n.moments = moments.NewMeanCovariance(n.setup.Dims)
	n.counts = make([]int, n.net.Neurons())
	return nil
}

// run takes steps.
func (n *network) run(steps int) {
	for range steps {
		n.net.Step(n.rng)
		n.steps++
		for _, j := range n.net.Spikes() {
			n.counts[j]++
			n.spikes = append(n.spikes, float64(n.steps)*n.setup.DT, float64(j))
		}
		if n.steps%n.stride != 0 {
			continue
		}
		n.net.Position(n.z)
		n.moments.Add(n.z)
		n.path = append(n.path, float64(n.steps)*n.setup.DT, floats.Sum(n.z)/float64(len(n.z)), n.z[0], n.z[len(n.z)-1])
	}
}

// take returns the spikes and estimates that have not been drawn: the number of
// spikes, the number of estimates, two numbers for each spike and four for each
// estimate.
func (n *network) take() []float64 {
	all := slices.Concat([]float64{float64(len(n.spikes) / 2), float64(len(n.path) / 4)}, n.spikes, n.path)
	n.spikes, n.path = n.spikes[:0], n.path[:0]
	return all
}

// digest returns a digest of the first 100 ms of the network of a query: of the
// step and the neuron of each spike, and of the estimate at the end. It is the
// same on every machine.
func digest(query string) (string, error) {
	n, err := start(query)
	if err != nil {
		return "", err
	}
	n.stride = math.MaxInt64
	n.run(int(math.Round(digested / n.setup.DT)))
	n.net.Position(n.z)
	hash := sha256.New()
	if err := binary.Write(hash, binary.LittleEndian, slices.Concat(n.spikes, n.z)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

// A facts value holds the text that the page shows for a network when it starts.
type facts struct {
	Error      string  `json:"error,omitempty"`
	Digest     string  `json:"digest"`
	Dims       int     `json:"dims"`
	Neurons    int     `json:"neurons"`
	DT         float64 `json:"dt"`
	Mean       float64 `json:"mean"`
	Variance   float64 `json:"variance"`
	Covariance float64 `json:"covariance"`
	Values     any     `json:"values"` // of the parameters, by their names
	File       string  `json:"file"`   // a file for a sweep
	Cell       string  `json:"cell"`   // a cell for a notebook
}

func (n *network) facts() facts {
	f := facts{Dims: n.setup.Dims, Neurons: n.net.Neurons(), DT: n.setup.DT, Mean: n.mean}
	f.Variance, f.Covariance = n.setup.Variance()
	values, columns := map[string]any{}, model.Parameters.Columns()
	for i, v := range model.Parameters.Values(n.setup) {
		if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			v = fmt.Sprint(x)
		}
		values[columns[i].Name] = v
	}
	f.Values = values
	var file, cell strings.Builder
	fmt.Fprintf(&file, "seed = %d\n", n.seed)
	for _, g := range n.given {
		fmt.Fprintf(&file, "%s = %q\n", g[0], g[1])
		fmt.Fprintf(&cell, "nb.Check(spec.Set(%q, %q))\n", g[0], g[1])
	}
	f.File = file.String()
	f.Cell = "%%\nspec := model.Parameters.Spec()\n" + cell.String() +
		"setup := nb.Must(spec.Setups())[0]\nrecording := nb.Must(setup.Present(" + strconv.FormatUint(n.seed, 10) + ", 0))\ntimes, neurons := nb.Must2(recording.Raster(trial.Whole))\nnb.Show(figure.Raster(figure.RasterConfig{}, times, neurons))\n"
	return f
}

// A state holds statistics of a network since its target last moved.
type state struct {
	Time       float64   `json:"time"`       // s, since the start
	Seen       float64   `json:"seen"`       // s, since the target moved
	Target     float64   `json:"target"`     // mean of the target
	Mean       float64   `json:"mean"`       // of the estimate, averaged over coordinates
	Variance   float64   `json:"variance"`   // likewise
	Covariance float64   `json:"covariance"` // averaged over pairs of coordinates
	Centre     []float64 `json:"centre"`     // mean of the first and the last coordinate
	Ellipse    []float64 `json:"ellipse"`    // their variance, covariance and variance
	Rates      []float64 `json:"rates"`      // of each neuron, spikes/s
	Warnings   []string  `json:"warnings"`
}

func (n *network) state() state {
	seen := float64(n.steps-n.since) * n.setup.DT
	s := state{Time: float64(n.steps) * n.setup.DT, Seen: seen, Target: n.mean, Rates: make([]float64, len(n.counts)), Warnings: []string{}}
	for j, c := range n.counts {
		s.Rates[j] = float64(c) / max(seen, n.setup.DT)
	}
	if n.moments.N() > 1 {
		var cov mat.SymDense
		n.moments.CovarianceMatrix(&cov)
		mean, p := n.moments.Mean(nil), n.setup.Dims
		s.Mean = floats.Sum(mean) / float64(p)
		s.Variance = mat.Trace(&cov) / float64(p)
		if p > 1 {
			s.Covariance = (mat.Sum(&cov) - mat.Trace(&cov)) / float64(p*(p-1))
		}
		s.Centre = []float64{mean[0], mean[p-1]}
		s.Ellipse = []float64{cov.At(0, 0), cov.At(0, p-1), cov.At(p-1, p-1)}
	}
	if w, ok := n.net.(interface{ Warnings() []error }); ok {
		for _, w := range w.Warnings() {
			s.Warnings = append(s.Warnings, w.Error())
		}
	}
	if err := n.net.Err(); err != nil {
		s.Warnings = append(s.Warnings, err.Error())
	}
	return s
}
