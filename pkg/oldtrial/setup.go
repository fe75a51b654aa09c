package model

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// A Model is one of the two networks.
type Model string

const (
	Balanced   Model = "balanced"   // spiking.Balanced, of Savin and Denève
	Metropolis Model = "metropolis" // spiking.Metropolis, with a probabilistic spike rule
)

// A Family says how the covariance Σ of the target follows from ρ. Three are in
// use in the published simulations, and they are not the same task.
type Family string

const (
	Unit   Family = "unit"   // (1−ρ)I + ρ11ᵀ: variance 1, correlation ρ
	Triple Family = "triple" // 3[(1−ρ)I + ρ11ᵀ]: variance 3, correlation ρ
	Shared Family = "shared" // (1−ρ)I + 3ρ11ᵀ: variance 1+2ρ, correlation 3ρ/(1+2ρ)
)

// A Setup says what is simulated. Every field counts: there are no defaults but
// those of PaperBalanced and PaperMetropolis.
type Setup struct {
	Model    Model
	Geometry metric.Geometry

	Family Family
	Rho    float64 // ρ
	Mean   float64 // m, the target's mean after the onset, in every coordinate

	Dims    int     // p
	Neurons int     // n; even for Metropolis, whose decoder is [A, −A]
	Scale   float64 // standard deviation of the entries of Γ, or of A

	Skew        float64             // strength of S, of Balanced: see SkewMatrix
	Arbitration spiking.Arbitration // of Balanced
	Gain        float64             // g, of Metropolis

	TauM   float64 // τ_m, s
	TauS   float64 // τ_s, s, of Balanced
	DT     float64 // Δt, s
	Before float64 // s of the zero-mean target before the onset
	After  float64 // s after it

	// Staged runs Balanced as the published program does, in two stages: the
	// first sample of each is the state before its first step, and counts as an
	// estimate of zero; a reset that is due at the boundary is lost.
	Staged bool
}

// PaperBalanced returns the published trial of the balanced network, on the
// target of its sweeps: m = 6, Σ = (1−ρ)I + 3ρ11ᵀ, n = perDim·p neurons,
// Γ ~ N(0, 1), τ_m = 20 ms, τ_s = 0.2 ms, Δt = 0.1 ms, 0.5 s before the onset
// and 1.5 s after.
func PaperBalanced(dims, perDim int, rho float64, g metric.Geometry) Setup {
	return Setup{
		Model: Balanced, Geometry: g,
		Family: Shared, Rho: rho, Mean: 6,
		Dims: dims, Neurons: perDim * dims, Scale: 1,
		TauM: 20e-3, TauS: 0.2e-3, DT: 0.1e-3, Before: 0.5, After: 1.5,
		Staged: true,
	}
}

// PaperMetropolis returns the published trial of probabilistic spiking: m = 1,
// Σ = (1−ρ)I + ρ11ᵀ, n = perDim·p neurons, A ~ N(0, 1), τ_m = 20 ms, Δt = 10 µs,
// gain 1, 0.5 s before the onset and 1.5 s after.
func PaperMetropolis(dims, perDim int, rho float64, g metric.Geometry) Setup {
	return Setup{
		Model: Metropolis, Geometry: g,
		Family: Unit, Rho: rho, Mean: 1,
		Dims: dims, Neurons: perDim * dims, Scale: 1, Gain: 1,
		TauM: 20e-3, DT: 10e-6, Before: 0.5, After: 1.5,
	}
}

// Check says what is wrong with the setup, before anything is simulated: the
// first field that is out of range, with its value and what is allowed.
func (s Setup) Check() error {
	switch s.Model {
	case Balanced, Metropolis:
	default:
		return setupErrorf("model", "= %q is none of %q and %q", s.Model, Balanced, Metropolis)
	}
	if s.Dims < 1 {
		return setupErrorf("dimensions", "= %d; at least one is needed", s.Dims)
	}
	if s.Neurons < 1 {
		return setupErrorf("neurons", "= %d; at least one is needed", s.Neurons)
	}
	if s.Model == Metropolis && s.Neurons%2 != 0 {
		return setupErrorf("neurons", "= %d; their decoder [A, −A] needs an even number", s.Neurons)
	}
	own, shared, err := s.covariance()
	if err != nil {
		return err
	}
	if !(own > 0) || !(own+float64(s.Dims)*shared > 0) {
		return setupErrorf("ρ", "= %v; the covariance of the family %q is positive definite in %d dimensions only for %s", s.Rho, s.Family, s.Dims, s.allowedRho())
	}
	for _, f := range []struct {
		name  string
		value float64
		used  bool
	}{{"Γ's scale", s.Scale, true}, {"τ_m", s.TauM, true}, {"τ_s", s.TauS, s.Model == Balanced}, {"Δt", s.DT, true}, {"time after the onset", s.After, true}} {
		if f.used && (!(f.value > 0) || math.IsInf(f.value, 1) && f.name != "τ_m") {
			return setupErrorf(f.name, "= %v; it must be positive and finite", f.value)
		}
	}
	if s.Model == Metropolis && !(s.Gain > 0) {
		return setupErrorf("gain", "= %v; it must be positive", s.Gain)
	}
	if !(s.Before >= 0) || math.IsInf(s.Before, 1) {
		return setupErrorf("time before the onset", "= %v s; it must be finite and at least 0", s.Before)
	}
	if !finite(s.Mean) || !finite(s.Skew) {
		return setupErrorf("mean and skew", "= %v and %v; they must be finite", s.Mean, s.Skew)
	}
	if s.DT >= s.TauM {
		return setupErrorf("Δt", "= %v s; it must be below τ_m = %v s", s.DT, s.TauM)
	}
	if steps := s.Steps(); steps > maxSteps {
		return setupErrorf("Δt", "= %v s makes %d steps of %v s; at most %d can be recorded", s.DT, steps, s.Before+s.After, maxSteps)
	}
	if s.after() < 2 {
		return setupErrorf("time after the onset", "= %v s is less than two steps of %v s", s.After, s.DT)
	}
	if s.Model == Metropolis && (s.Skew != 0 || s.Arbitration != 0 || s.Staged) {
		return setupErrorf("skew, arbitration and stages", "are of the balanced network; the model is %q", s.Model)
	}
	if s.Arbitration < spiking.OnePerStep || s.Arbitration > spiking.Greedy {
		return setupErrorf("arbitration", "= %d; it is one of %v, %v and %v", int(s.Arbitration), spiking.OnePerStep, spiking.OnePerStepByExcess, spiking.Greedy)
	}
	target, err := s.target()
	if err == nil {
		_, err = s.Geometry.Of(target)
	}
	if err != nil {
		return fmt.Errorf("model: %w", err)
	}
	return nil
}

// maxSteps keeps the steps of a Recording within 32 bits.
const maxSteps = math.MaxInt32

// A SetupError says what is wrong with a field of a Setup.
type SetupError struct {
	Field   string // such as "ρ"
	Problem string // a clause with the value and what is allowed
}

func (e *SetupError) Error() string { return "model: " + e.Field + " " + e.Problem }

func setupErrorf(field, format string, args ...any) *SetupError {
	return &SetupError{field, fmt.Sprintf(format, args...)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// covariance returns the numbers of Σ = own·I + shared·11ᵀ.
func (s Setup) covariance() (own, shared float64, err error) {
	switch s.Family {
	case Unit:
		return 1 - s.Rho, s.Rho, nil
	case Triple:
		return 3 * (1 - s.Rho), 3 * s.Rho, nil
	case Shared:
		return 1 - s.Rho, 3 * s.Rho, nil
	}
	return 0, 0, setupErrorf("family", "= %q is none of %q, %q and %q", s.Family, Unit, Triple, Shared)
}

func (s Setup) allowedRho() string {
	p := float64(s.Dims)
	if s.Family == Shared {
		return fmt.Sprintf("%.4g < ρ < 1", -1/(3*p-1))
	}
	if s.Dims == 1 {
		return "ρ < 1"
	}
	return fmt.Sprintf("%.4g < ρ < 1", -1/(p-1))
}

// Covariance returns Σ, p×p. The setup must pass Check.
func (s Setup) Covariance() *mat.SymDense {
	own, shared, _ := s.covariance()
	sigma := mat.NewSymDense(s.Dims, nil)
	for i := range s.Dims {
		for j := range i {
			sigma.SetSym(i, j, shared)
		}
		sigma.SetSym(i, i, own+shared)
	}
	return sigma
}

// Variance returns the target's variance, Σ_ii, and its covariance, Σ_ij.
func (s Setup) Variance() (variance, covariance float64) {
	own, shared, _ := s.covariance()
	return own + shared, shared
}

// target returns the target before the onset, N(0, Σ).
func (s Setup) target() (*density.Gaussian, error) {
	variance, covariance := s.Variance()
	rho := covariance / variance
	if s.Dims == 1 {
		rho = 0
	}
	return density.Equicorrelated(s.Dims, rho, variance)
}

// SkewMatrix returns the S of the setup,
//
//	S = strength·(uvᵀ − vuᵀ),
//
// with u = 1/√p, the slow direction of an equicorrelated target, and v the unit
// vector along (1, −1, 1, −1, …), less its mean: a rotation of the slow direction
// into one of the fast ones. It is nil without strength, or in one dimension.
func (s Setup) SkewMatrix() *mat.Dense {
	p := s.Dims
	if s.Skew == 0 || p < 2 {
		return nil
	}
	v := make([]float64, p)
	norm := 0.0
	for i := range v {
		v[i] = 1 - 2*float64(i%2) - float64(p%2)/float64(p)
		norm += v[i] * v[i]
	}
	unit := s.Skew / math.Sqrt(norm*float64(p))
	m := mat.NewDense(p, p, nil)
	for i := range p {
		for j := range i {
			x := unit * (v[j] - v[i])
			m.Set(i, j, x)
			m.Set(j, i, -x)
		}
	}
	return m
}

// before and after are the numbers of steps before the onset and from it on.
func (s Setup) before() int { return int(math.Round(s.Before / s.DT)) }
func (s Setup) after() int  { return int(math.Round(s.After / s.DT)) }

// Steps returns the number of time steps of a trial.
func (s Setup) Steps() int64 {
	return int64(s.before()) + int64(s.after())
}

// World returns a number that tells tasks apart: the model, the target, the
// stimulus and the size of the network, but not its geometry, its skew, its
// arbitration, its gain or its time step. It is the Cell of the trial's streams,
// so that networks of one world have the same decoder and meet the same noise,
// and a trial gives the same numbers in whichever grid it stands.
func (s Setup) World() uint64 {
	h := sha256.New()
	put := func(v any) {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	for _, name := range []string{string(s.Model), string(s.Family)} {
		put(uint32(len(name)))
		put([]byte(name))
	}
	put([]float64{s.Rho, s.Mean, s.Scale, s.TauM, s.TauS, s.Before, s.After})
	put([]int64{int64(s.Dims), int64(s.Neurons)})
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// key returns the key of the trial's streams.
func (s Setup) key(seed uint64, repeat uint32, purpose stream.Purpose) stream.Key {
	return stream.Key{Seed: seed, Cell: s.World(), Repeat: repeat, Purpose: purpose}
}

// constant returns m in every one of p coordinates.
func constant(p int, m float64) []float64 {
	x := make([]float64, p)
	for d := range x {
		x[d] = m
	}
	return x
}

// balanced returns the configuration of the balanced network.
func (s Setup) balanced(seed uint64, repeat uint32) (spiking.BalancedConfig, error) {
	target, err := s.target()
	if err != nil {
		return spiking.BalancedConfig{}, err
	}
	decoder, err := spiking.RandomDecoder(s.key(seed, repeat, stream.Decoder).Rand(), s.Dims, s.Neurons, s.Scale)
	if err != nil {
		return spiking.BalancedConfig{}, err
	}
	c := spiking.PaperBalanced(target, decoder, s.Geometry)
	c.TauM, c.TauS, c.DT, c.Arbitration = s.TauM, s.TauS, s.DT, s.Arbitration
	if skew := s.SkewMatrix(); skew != nil {
		c.Skew = skew
	}
	return c, nil
}

// metropolis returns the configuration of the probabilistic network.
func (s Setup) metropolis(seed uint64, repeat uint32) (spiking.MetropolisConfig, error) {
	decoder, err := spiking.RandomPairs(s.key(seed, repeat, stream.Decoder).Rand(), s.Dims, s.Neurons, s.Scale)
	if err != nil {
		return spiking.MetropolisConfig{}, err
	}
	target, err := s.target()
	if err != nil {
		return spiking.MetropolisConfig{}, err
	}
	c := spiking.PaperMetropolis(target, decoder, s.Geometry)
	c.TauM, c.DT, c.Gain = s.TauM, s.DT, s.Gain
	return c, nil
}
