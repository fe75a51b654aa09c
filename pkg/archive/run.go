package archive

import (
	"cmp"
	"encoding/json"
	"time"

	"natspike/pkg/internal/version"
)

// Version is the version of natspike, which is written into every file.
const Version = version.Version

// A Run identifies the run that made the content of a file, so that it can be
// repeated.
type Run struct {
	Seed    uint64 `json:"seed"`
	Sampler string `json:"sampler,omitempty"`

	// Version is the version of natspike. An empty one stands for the version of
	// the running program.
	Version string `json:"version"`

	// Parameters is anything that encoding/json marshals, such as a struct of the
	// sampler's settings. Read back it is a json.RawMessage.
	Parameters any `json:"parameters,omitempty"`

	// Created is the date of the run. If it is zero no date is written, and the
	// same seed gives the same bytes.
	Created time.Time `json:"created,omitzero"`
}

// normalize fills in the version and encodes the parameters.
func (r Run) normalize() (Run, error) {
	r.Version = cmp.Or(r.Version, version.Version)
	if r.Parameters != nil {
		text, err := json.Marshal(r.Parameters)
		if err != nil {
			return r, check.Errorf("Run.Parameters", "cannot be written as JSON: %v", err)
		}
		r.Parameters = json.RawMessage(text)
	}
	return r, nil
}

// parameters returns the parameters of a normalized run as text.
func (r Run) parameters() string {
	text, _ := r.Parameters.(json.RawMessage)
	return string(text)
}

// UnmarshalJSON decodes a Run that encoding/json encoded.
func (r *Run) UnmarshalJSON(data []byte) error {
	type fields Run // has no methods
	var f struct {
		fields
		Parameters json.RawMessage `json:"parameters"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	*r = Run(f.fields)
	if f.Parameters != nil {
		r.Parameters = f.Parameters
	}
	return nil
}

// attributes returns the attributes that ArviZ and xarray show with a data set.
func (r Run) attributes() map[string]any {
	a := map[string]any{
		"inference_library":         "natspike",
		"inference_library_version": r.Version,
		"seed":                      r.Seed,
	}
	if r.Sampler != "" {
		a["sampler"] = r.Sampler
	}
	if r.Parameters != nil {
		a["parameters"] = r.parameters() // text: netCDF has no nested attributes
	}
	if !r.Created.IsZero() {
		a["created_at"] = r.Created.Format(time.RFC3339Nano)
	}
	return a
}
