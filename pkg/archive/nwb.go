package archive

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"natspike/pkg/internal/atomicfile"
)

// A Session describes the spike trains of a file.
type Session struct {
	Run         Run
	Description string  // one sentence; empty for a default
	Neurons     int     // numbered from 0
	Start, Stop float64 // of the recording, s
	TimeStep    float64 // of the simulation, s; 0 if there is none
}

// maxNeurons bounds the memory for the trains.
const maxNeurons = 1 << 24

func (s *Session) validate() error {
	if s.Neurons < 1 || s.Neurons > maxNeurons {
		return check.Errorf("Session.Neurons", "= %d is not between 1 and %d", s.Neurons, maxNeurons)
	}
	if err := cmp.Or(check.Finite("Session.Start", s.Start), check.NonNegative("Session.TimeStep", s.TimeStep, " s")); err != nil {
		return err
	}
	if !(s.Stop > s.Start) || math.IsInf(s.Stop, 0) {
		return check.Errorf("Session.Stop", "= %v s is not finite and after Start = %v s", s.Stop, s.Start)
	}
	if err := validateText(s.Description); err != nil {
		return check.Errorf("Session.Description", "= %v", err)
	}
	return nil
}

// A SpikeWriter writes spike trains as they come.
type SpikeWriter struct {
	path   string
	s      Session
	store  *zarrStore
	parts  *atomicfile.Scratch
	trains []train
	done   bool
}

type train struct {
	data   []byte // not yet in the part file
	spikes uint64
	last   float64
}

const (
	// nwbVersion is the version of the NWB schema that the files follow.
	nwbVersion = "2.11.0"
	trainBytes = 1 << 12
	badNeuron  = "archive: neuron out of range"
)

// CreateNWB begins to write spike trains to path, best named ….nwb.zarr, in the
// format of Neurodata Without Borders on its Zarr backend. Each neuron is a row
// of the units table, with its spike times and the interval of observation. The
// run is in general/notes, as JSON. NWB requires a date of the session's time zero:
// it is Run.Created, or the Unix epoch if that is zero.
//
// If Close succeeds, the file replaces a Zarr store or an empty directory at path.
// Anything else at path is an error. CreateNWB also returns an *arg.Error if the
// session is not allowed.
func CreateNWB(path string, s Session) (*SpikeWriter, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	var err error
	if s.Run, err = s.Run.normalize(); err != nil {
		return nil, err
	}
	w := &SpikeWriter{path: path, s: s, trains: make([]train, s.Neurons)}
	for i := range w.trains {
		w.trains[i].last = s.Start
	}
	if w.store, err = createZarr(path, 3); err != nil {
		return nil, at(path, err)
	}
	if w.parts, err = atomicfile.NewScratch(path); err != nil {
		w.store.dir.Discard()
		return nil, at(path, err)
	}
	return w, nil
}

// Append adds a spike of a neuron at time t in seconds. The spikes of one neuron
// must come in order of time; neurons may alternate. It returns an error if t is
// out of order or outside the recording, and panics if there is no such neuron.
func (w *SpikeWriter) Append(neuron int, t float64) error {
	if uint(neuron) >= uint(len(w.trains)) {
		panic(badNeuron)
	}
	if w.done {
		return at(w.path, errClosed)
	}
	k := &w.trains[neuron]
	if !(t >= k.last && t <= w.s.Stop) {
		return fmt.Errorf("archive: %s: neuron %d: spike %d at %v s; want it within [%v, %v], in order of time", w.path, neuron, k.spikes, t, k.last, w.s.Stop)
	}
	k.data = binary.LittleEndian.AppendUint64(k.data, math.Float64bits(t))
	k.spikes++
	k.last = t
	if len(k.data) < trainBytes {
		return nil
	}
	err := w.parts.Append(trainName(neuron), k.data)
	k.data = k.data[:0]
	return at(w.path, err)
}

func trainName(neuron int) string { return fmt.Sprint(neuron) }

// Close completes the file and gives it its name. After an error no file is left.
func (w *SpikeWriter) Close() error {
	if w.done {
		return at(w.path, errClosed)
	}
	w.done = true
	err := errors.Join(w.write(), w.parts.Discard())
	if err == nil {
		err = w.store.close()
	}
	w.store.dir.Discard()
	return at(w.path, err)
}

// Discard removes what was written, unless Close was called. Defer it.
func (w *SpikeWriter) Discard() {
	if !w.done {
		w.done = true
		w.store.dir.Discard()
		w.parts.Discard()
	}
}

// write writes the file in the layout of hdmf-zarr,
// https://hdmf-zarr.readthedocs.io/en/stable/storage.html, and of the NWB schema.
func (w *SpikeWriter) write() error {
	note, err := json.Marshal(w.s.Run)
	if err != nil {
		return err
	}
	start := w.s.Run.Created
	if start.IsZero() {
		start = time.Unix(0, 0).UTC()
	}
	date := start.Format("2006-01-02T15:04:05.000000-07:00")
	about := cmp.Or(w.s.Description, "Spike trains of a simulated network")
	id := w.objectID("")

	z := w.store
	str := map[string]any{"_DTYPE": "str"}
	one := func(path, s string) { z.text(path, nil, nil, []string{s}, str) }
	z.group("", map[string]any{"nwb_version": nwbVersion, "namespace": "core", "neurodata_type": "NWBFile", "object_id": id})
	for _, name := range []string{"acquisition", "analysis", "processing", "general", "stimulus", "stimulus/presentation", "stimulus/templates"} {
		z.group(name, nil)
	}
	one("identifier", id)
	one("session_description", about)
	one("session_start_time", date)
	one("timestamps_reference_time", date)
	z.text("file_create_date", []string{"num_modifications"}, []int{1}, []string{date}, str)
	one("general/notes", string(note))
	z.text("general/was_generated_by", []string{"num_sources", "name, version"}, []int{1, 2}, []string{"natspike", w.s.Run.Version}, str)
	if w.s.Run.Sampler != "" {
		one("general/experiment_description", w.s.Run.Sampler)
	}
	return w.units()
}

// units writes the table of units: one row for each neuron.
func (w *SpikeWriter) units() error {
	z, n := w.store, len(w.trains)
	typed := func(path, namespace, kind, dtype, description string) map[string]any {
		a := map[string]any{"_DTYPE": dtype, "namespace": namespace, "neurodata_type": kind, "object_id": w.objectID(path)}
		if description != "" {
			a["description"] = description
		}
		return a
	}
	index := func(column string, ends []uint64) {
		path := "units/" + column + "_index"
		attrs := typed(path, "hdmf-common", "VectorIndex", "uint64", "Index for VectorData '"+column+"'")
		attrs["target"] = map[string]any{"_REFERENCE": map[string]any{"source": ".", "path": "/units/" + column}}
		z.array(path, zarrArray{kind: uint64Kind, shape: []int{n}, chunks: []int{n}, dims: []string{"num_rows"}, attrs: attrs})
		var data []byte
		for _, e := range ends {
			data = binary.LittleEndian.AppendUint64(data, e)
		}
		z.data(path, data, 0)
	}
	ids, ends, ones, intervals := make([]float64, n), make([]uint64, n), make([]uint64, n), make([]float64, 2*n)
	var total uint64
	for i := range w.trains {
		total += w.trains[i].spikes
		ids[i], ends[i], ones[i] = float64(i), total, uint64(i+1)
		intervals[2*i], intervals[2*i+1] = w.s.Start, w.s.Stop
	}
	units := typed("units", "core", "Units", "", "neurons of the simulated network")
	delete(units, "_DTYPE")
	units["colnames"] = []string{"spike_times", "obs_intervals"}
	times := typed("units/spike_times", "hdmf-common", "VectorData", "float64", "the spike times of each neuron, in seconds")
	if w.s.TimeStep > 0 {
		times["resolution"] = w.s.TimeStep
	}
	rows := Dim{Name: "num_rows", Size: n}
	z.group("units", units)
	z.values("units/id", Variable{"id", Int64, []Dim{rows}}, ids, typed("units/id", "hdmf-common", "ElementIdentifiers", "int64", ""))
	z.values("units/obs_intervals", Variable{"obs_intervals", Float64, []Dim{{Name: "num_intervals", Size: n}, {Name: "start|end", Size: 2}}}, intervals,
		typed("units/obs_intervals", "hdmf-common", "VectorData", "float64", "when each neuron was observed, in seconds"))
	index("obs_intervals", ones)
	index("spike_times", ends)
	return w.spikes("units/spike_times", int(total), times)
}

// spikes writes the trains one after the other.
func (w *SpikeWriter) spikes(path string, total int, attrs map[string]any) error {
	per := max(1, min(total, chunkBytes/8))
	w.store.array(path, zarrArray{kind: Float64, shape: []int{total}, chunks: []int{per}, dims: []string{"num_spikes"}, attrs: attrs})
	out := &chunkWriter{store: w.store, path: path, size: 8 * per}
	for i := range w.trains {
		if err := w.parts.CopyTo(out, trainName(i)); err != nil {
			return err
		}
		if _, err := out.Write(w.trains[i].data); err != nil {
			return err
		}
	}
	return out.rest()
}

// A chunkWriter divides its input into the chunks of an array of one dimension.
type chunkWriter struct {
	store *zarrStore
	path  string
	size  int
	data  []byte
	index int
}

var _ io.Writer = (*chunkWriter)(nil)

func (c *chunkWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), c.size-len(c.data))
		c.data, b = append(c.data, b[:k]...), b[k:]
		if len(c.data) == c.size {
			if err := c.store.chunk(c.path, c.data, c.index); err != nil {
				return n - len(b), err
			}
			c.index++
			c.data = c.data[:0]
		}
	}
	return n, nil
}

// rest fills the last chunk with zeros and writes it.
func (c *chunkWriter) rest() error {
	if len(c.data) == 0 {
		return nil
	}
	_, err := c.Write(make([]byte, c.size-len(c.data)))
	return err
}

// objectID returns the UUID by which NWB names an object. It is a function of the
// session alone (RFC 9562, version 8).
func (w *SpikeWriter) objectID(path string) string {
	text, _ := json.Marshal(w.s.Run)
	h := sha256.Sum256(fmt.Appendf(text, "\x00%s\x00%d %v %v\x00%s", w.s.Description, w.s.Neurons, w.s.Start, w.s.Stop, path))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
