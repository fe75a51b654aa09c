package trial

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"natspike/pkg/moments"
	"natspike/pkg/spiking"
)

// Present presents a stimulus to a network, from its present state on, and
// records what it does. The network takes all steps of the protocol and is left
// as the last one left it.
//
// The network must be spiking.Driven if the protocol has a Mean. Of a
// spiking.Leaky network the spikes are recorded, which give its estimate; of
// another network the estimate at every step is recorded too. A Leaky network
// that is also a spiking.Jumper jumps from spike to spike while the mean is
// constant. Traces record voltages and rates besides; the network then takes
// every step.
//
// Present refuses a protocol that is out of range, a moving mean for a network
// that is not Driven, traces of a network that is not a spiking.Probe, and a
// recording that needs more than 2 GiB. It returns the network's Err when there
// is one, and an error if the spikes of a Leaky network do not give its estimate.
func Present(net spiking.Network, p Protocol, rng *rand.Rand, traces ...*Trace) (*Recording, error) {
	s, err := newPresentation(net, p, rng, traces)
	if err != nil {
		return nil, err
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	return s.Recording, nil
}

// A Trace records voltages and rates of chosen neurons of a spiking.Probe at
// chosen steps. Present fills in the last three fields.
type Trace struct {
	Window    Window // the zero value stands for Whole
	Every     int    // records are of the steps that are multiples of it; 0 stands for 1
	VoltageOf []int  // neurons whose voltage V_j is recorded
	RateOf    []int  // neurons whose filtered spike train r_j is recorded

	Times    []float64   // s after the onset, of each record
	Voltages [][]float64 // one slice for each of VoltageOf
	Rates    [][]float64 // one slice for each of RateOf

	from, to int
}

// A presentation is a recording that is being made.
type presentation struct {
	*Recording
	*drive
	rng     *rand.Rand
	probe   spiking.Probe
	jumper  spiking.Jumper
	timed   timed
	began   float64 // the time of a timed network at the onset
	traces  []*Trace
	checked bool // the spikes were compared with the estimate
}

// A timed network knows when a neuron spikes within a step, as spiking.Continuous
// does.
type timed interface {
	Time() float64         // s since the network was made
	SpikeTimes() []float64 // of Spikes, on that clock
}

// memoryLimit is the largest number of bytes that a recording may take.
const memoryLimit = 2 << 30

// newPresentation returns the recording of a network before the first step. It
// leaves the network as it is.
func newPresentation(net spiking.Network, p Protocol, rng *rand.Rand, traces []*Trace) (*presentation, error) {
	d, err := newDrive(net, p)
	if err != nil {
		return nil, err
	}
	r := &Recording{clock: d.clock, p: net.Dim(), n: net.Neurons(), before: -d.at, after: d.last}
	s := &presentation{Recording: r, drive: d, rng: rng, traces: traces}
	if leaky, ok := net.(spiking.Leaky); ok {
		r.decoder = leaky.Decoder()
		if rows, cols := r.decoder.Dims(); rows != r.p || cols != r.n {
			return nil, check.Errorf("network", "has a decoder that is %d×%d, want %d×%d", rows, cols, r.p, r.n)
		}
		if r.decay, err = moments.NewDecay(leaky.Decay()); err != nil {
			return nil, err
		}
		s.jumper, _ = net.(spiking.Jumper)
	}
	if err := s.allocate(); err != nil {
		return nil, err
	}
	if s.timed, _ = net.(timed); s.timed != nil {
		s.began = s.timed.Time() - r.clock.Time(s.at)
		r.times = []float64{}
	}
	r.events = make([]event, 0, min((r.before+r.after)/4, 1<<20)+enough)
	r.start, r.onset = make([]float64, r.p), make([]float64, r.p)
	net.Position(r.start)
	return s, nil
}

// allocate makes room for estimates and traces. It returns an error if they are
// too large.
func (s *presentation) allocate() error {
	r := s.Recording
	values := 0.0
	if r.decoder == nil {
		values = float64(r.before+r.after) * float64(r.p)
	}
	for _, t := range s.traces {
		if t.Window == (Window{}) {
			t.Window = Whole
		}
		var err error
		if t.from, t.to, err = r.Steps(t.Window); err != nil {
			return err
		}
		if t.Every = max(t.Every, 1); t.Every > 1 {
			t.from, t.to = multiple(t.from, t.Every), multiple(t.to, t.Every)
		}
		var ok bool
		if s.probe, ok = s.net.(spiking.Probe); !ok {
			return check.Errorf("network", "of type %T is no spiking.Probe, which a trace needs", s.net)
		}
		for _, j := range slices.Concat(t.VoltageOf, t.RateOf) {
			if j < 0 || j >= r.n {
				return check.Errorf("Trace", "is of neuron %d, which is not one of %d", j, r.n)
			}
		}
		values += float64((t.to - t.from) / t.Every * (1 + len(t.VoltageOf) + len(t.RateOf)))
	}
	if size := 8 * values; size > memoryLimit {
		return check.Errorf("recording", "needs %.3g bytes for estimates and traces at %d steps; at most %.3g are allowed", size, r.before+r.after, float64(memoryLimit))
	}
	if r.decoder == nil {
		r.estimates = make([]float64, 0, (r.before+r.after)*r.p)
	}
	for _, t := range s.traces {
		t.Times, t.Voltages, t.Rates = nil, make([][]float64, len(t.VoltageOf)), make([][]float64, len(t.RateOf))
	}
	return nil
}

// multiple returns the largest multiple of every that is not above k.
func multiple(k, every int) int {
	m := k / every * every
	if m > k {
		m -= every
	}
	return m
}

// run takes all steps.
func (s *presentation) run() error {
	for s.at < s.last {
		until, err := s.begin()
		if err == nil {
			err = s.advance(until)
		}
		if err != nil {
			return err
		}
	}
	return s.look()
}

// begin is next, and keeps the estimate at the onset.
func (s *presentation) begin() (until int, err error) {
	if s.at == 0 {
		s.net.Position(s.onset)
	}
	return s.next()
}

// advance takes the steps up to until, with a constant mean.
func (s *presentation) advance(until int) error {
	if s.jumper != nil && len(s.traces) == 0 {
		return s.jump(until)
	}
	for s.at < until {
		s.net.Step(s.rng)
		if err := s.stepped(); err != nil {
			return err
		}
	}
	return nil
}

// stepped records the step that the network has taken.
func (s *presentation) stepped() error {
	s.at++
	if fired := s.net.Spikes(); len(fired) > 0 {
		s.record(fired)
	}
	if s.decoder == nil {
		n := len(s.estimates)
		s.estimates = s.estimates[:n+s.p]
		s.net.Position(s.estimates[n:])
	}
	for _, t := range s.traces {
		t.record(s)
	}
	if s.at%lookEvery == 0 {
		return s.look()
	}
	return nil
}

// jump is advance for a network that can jump.
func (s *presentation) jump(until int) error {
	looked := s.at
	for spikes := 0; s.at < until; spikes++ {
		steps := s.jumper.Jump(s.rng, int64(until-s.at))
		if steps < 1 || steps > int64(until-s.at) {
			panic("trial: a network jumps by less than one step, or beyond the limit")
		}
		s.at += int(steps)
		if fired := s.net.Spikes(); len(fired) > 0 {
			s.record(fired)
		}
		if spikes%16 == 15 || s.at-looked >= lookEvery {
			looked = s.at
			if err := s.look(); err != nil {
				return err
			}
		}
	}
	return nil
}

// record records the spikes of the last step.
func (s *presentation) record(fired []int) {
	if n := len(s.events) + len(fired); n > cap(s.events) {
		s.events = slices.Grow(s.events, n) // twice as many; append would add a quarter
	}
	for _, j := range fired {
		if uint(j) >= uint(s.n) {
			panic("trial: the network has a spike of a neuron that it does not have")
		}
		s.events = append(s.events, event{int32(s.at), int32(j)})
	}
	if s.timed == nil {
		return
	}
	// Rounding must not move a spike out of its step.
	begin, end := s.Recording.clock.Time(s.at-1), s.Recording.clock.Time(s.at)
	for _, t := range s.timed.SpikeTimes() {
		s.times = append(s.times, min(max(t-s.began, begin), end))
	}
}

// record records the present step, if it is one of the trace's.
func (t *Trace) record(s *presentation) {
	if s.at <= t.from || s.at > t.to || s.at%t.Every != 0 {
		return
	}
	t.Times = append(t.Times, s.Recording.clock.Time(s.at))
	for i, j := range t.VoltageOf {
		t.Voltages[i] = append(t.Voltages[i], s.probe.Voltage(j))
	}
	for i, j := range t.RateOf {
		t.Rates[i] = append(t.Rates[i], s.probe.Rate(j))
	}
}

const (
	lookEvery = 1024 // steps between two looks
	enough    = 64   // number of spikes after which they are compared with the estimate
)

// look returns the network's Err, an error if the spikes take too much memory, and
// one if they do not give the estimate.
func (s *presentation) look() error {
	if err := s.net.Err(); err != nil {
		return err
	}
	if size := 8 * (float64(len(s.events)) + float64(len(s.times))); size > memoryLimit {
		return fmt.Errorf("trial: %d spikes until %v s take %.3g bytes; at most %.3g are allowed", len(s.events), s.Recording.clock.Time(s.at), size, float64(memoryLimit))
	}
	if s.checked || s.decoder == nil || len(s.events) < enough && s.at < s.last {
		return nil
	}
	s.checked = true
	got, want := make([]float64, s.p), make([]float64, s.p)
	s.net.Position(want)
	size := 0.0
	for g := range s.replay(-s.before, s.at) {
		f := s.power(g.Count - 1)
		for d, v := range g.X {
			got[d] = f * v
			size = max(size, math.Abs(v))
		}
	}
	for d, x := range want {
		if !(math.Abs(got[d]-x) <= 1e-6*size) {
			return fmt.Errorf("trial: the spikes of %T do not give its estimate: after step %d its coordinate %d is %v, its spikes, decoder and decay give %v; "+
				"a network whose estimate is no sum of filtered spikes must not have the methods of spiking.Leaky", s.net, s.at, d, x, got[d])
		}
	}
	return nil
}
