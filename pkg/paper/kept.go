package paper

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"

	"github.com/parquet-go/parquet-go"

	"natspike/pkg/trial"
)

// kept holds the summaries that Make wrote at full repeats, with seed 0.
//
//go:embed kept/*.parquet
var kept embed.FS

// Kept returns what Run gives at full repeats with seed 0 and the published
// choices, from a summary that comes with the package, in no time. It has the
// estimates and not the trials: Values is nil.
func (e *Experiment) Kept() (*Result, error) {
	data, err := fs.ReadFile(kept, "kept/"+e.Name+"-summary.parquet")
	if err != nil {
		return nil, err
	}
	rows, err := parquet.Read[SummaryRow](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("paper: the kept summary of %s: %w", e.Name, err)
	}
	r := &Result{Experiment: e, Setups: e.setups(false), Repeats: e.Repeats}
	for _, s := range r.Setups {
		r.Conditions = append(r.Conditions, e.conditions(s, nil)...)
	}
	each := len(rows) / len(r.Conditions)
	if each*len(r.Conditions) != len(rows) {
		return nil, fmt.Errorf("paper: the kept summary of %s has %d rows for %d conditions", e.Name, len(rows), len(r.Conditions))
	}
	for i, c := range r.Conditions {
		c.columns, c.kept = nil, rows[i*each:(i+1)*each]
		for _, row := range c.kept {
			c.columns = append(c.columns, row.Column)
			c.estimates[row.Column] = trial.Estimate{N: row.Repeats, Mean: row.Mean, SD: row.SD, SE: row.SE, Lo: row.Lo, Hi: row.Hi}
		}
	}
	return r, r.compare()
}
