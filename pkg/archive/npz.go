package archive

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"natspike/pkg/internal/atomicfile"
)

// A .npz file is a zip archive of NumPy arrays. The files of this package also have a
// member natspike.json with the run and the names of dimensions, because NumPy's
// format does not hold them.
const descriptionName = "natspike.json"

// A description holds the parts of a Header that a format does not provide for.
type description struct {
	Run       Run        `json:"run"`
	Variables []Variable `json:"variables,omitempty"`
	Stats     []Variable `json:"stats,omitempty"`
	Observed  []Variable `json:"observed,omitempty"`
}

func (h *Header) describe() description {
	return description{h.Run, h.Variables, h.Stats, observedVariables(h)}
}

// npzDraws writes an array of shape (chain, draw, …) for each variable.
type npzDraws struct {
	*chunker
	h     *Header
	out   *atomicfile.File
	buf   *bufio.Writer
	zip   *zip.Writer
	parts *atomicfile.Scratch
}

func newNPZDraws(path string, h *Header) (sink, error) {
	out, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	d := &npzDraws{h: h, out: out, buf: bufio.NewWriterSize(out, 1<<16)}
	d.zip = zip.NewWriter(d.buf)
	if d.parts, err = atomicfile.NewScratch(path); err != nil {
		out.Discard()
		return nil, err
	}
	d.chunker = newChunker(h, func(field, chain, _ int, data []byte) error {
		return d.parts.Append(partName(field, chain), data)
	})
	return d, nil
}

func partName(field, chain int) string { return fmt.Sprintf("%d.%d", field, chain) }

// member begins a member of the archive. Members are not compressed, and all have
// the same date.
func (d *npzDraws) member(name string) (io.Writer, error) {
	return d.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// array adds an array whose data are the given parts, one after the other.
func (d *npzDraws) array(name string, kind Kind, shape []int, parts ...string) error {
	m, err := d.member(name + ".npy")
	if err != nil {
		return err
	}
	if _, err := m.Write(appendNPYHeader(nil, npyDescr(kind), shape)); err != nil {
		return err
	}
	for _, part := range parts {
		if err := d.parts.CopyTo(m, part); err != nil {
			return err
		}
	}
	return nil
}

func (d *npzDraws) close(draws int) error {
	if err := d.flushAll(); err != nil {
		return err
	}
	for i, f := range d.fields {
		parts := make([]string, d.h.Chains)
		for c := range parts {
			parts[c] = partName(i, c)
		}
		name := f.Name
		if f.stat {
			name = join(f.group(), name)
		}
		if err := d.array(name, f.Kind, append([]int{d.h.Chains, draws}, f.Shape()...), parts...); err != nil {
			return err
		}
	}
	for _, a := range d.h.Observed {
		part := "observed." + a.Name
		err := d.parts.Append(part, a.appendValues(nil, a.Data))
		if err == nil {
			err = d.array("observed_data/"+a.Name, a.Kind, a.Shape(), part)
		}
		if err != nil {
			return err
		}
	}
	text, err := json.Marshal(d.h.describe())
	if err != nil {
		return err
	}
	m, err := d.member(descriptionName)
	if err != nil {
		return err
	}
	if _, err := m.Write(text); err != nil {
		return err
	}
	if err := errors.Join(d.zip.Close(), d.buf.Flush()); err != nil {
		return err
	}
	return errors.Join(d.out.Commit(), d.parts.Discard())
}

func (d *npzDraws) discard() {
	d.out.Discard()
	d.parts.Discard()
}
