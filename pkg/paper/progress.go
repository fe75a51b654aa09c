package paper

import (
	"context"
	"sync"
	"time"

	"natspike/pkg/sweep"
	"natspike/pkg/trial/model"
)

// A progress knows what share of some experiments is done, by the time that their
// trials take.
type progress struct {
	cost  map[model.Setup]float64 // of a trial
	total float64

	mu   sync.Mutex // two experiments may have trials at once
	done float64
}

// newProgress estimates the time of the trials of experiments.
func newProgress(ctx context.Context, o Options, experiments ...*Experiment) (*progress, error) {
	var setups []model.Setup
	for _, e := range experiments {
		setups = append(setups, e.setups(o.Corrected)...)
	}
	load := sweep.Load[model.Setup]{
		Steps: model.Setup.Steps, Size: model.Setup.Size, Kind: model.Setup.Kind,
		Run: func(_ context.Context, s model.Setup, steps int64) error {
			_, err := o.task(s.Shorten(steps), 0).present()
			return err
		},
		Budget: time.Second,
	}
	seconds, _, err := load.Seconds(ctx, setups)
	if err != nil {
		return nil, err
	}
	p := &progress{cost: make(map[model.Setup]float64)}
	for _, e := range experiments {
		for _, s := range e.setups(o.Corrected) {
			p.cost[s] = seconds[0]
			p.total += float64(seconds[0] * float64(o.repeats(e)))
			seconds = seconds[1:]
		}
	}
	return p, nil
}

// add tells the share that is done after one more trial of a setup.
func (p *progress) add(s model.Setup, tell func(share float64)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += p.cost[s]
	tell(min(p.done/p.total, 1))
}
