package archive

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/atomicfile"
)

// A .npz file is a zip archive of NumPy arrays. Beside them ours hold
// natspike.json: the run, and the names of dimensions, which NumPy has no
// place for.
const descriptionName = "natspike.json"

// A description is what a format has no place of its own for.
type description struct {
	Run       Run        `json:"run"`
	Variables []Variable `json:"variables,omitempty"`
	Stats     []Variable `json:"stats,omitempty"`
	Observed  []Variable `json:"observed,omitempty"`
}

func (h *Header) describe() description {
	d := description{Run: h.Run, Variables: h.Variables, Stats: h.Stats}
	for _, a := range h.Observed {
		d.Observed = append(d.Observed, a.Variable)
	}
	return d
}

// npzWriter makes a .npz file out of parts whose length is not known before
// their end: they grow in a folder beside it.
type npzWriter struct {
	out   *atomicfile.File
	buf   *bufio.Writer
	zip   *zip.Writer
	spool spool
}

func createNPZ(path string) (*npzWriter, error) {
	out, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	w := &npzWriter{out: out, buf: bufio.NewWriterSize(out, 1<<16)}
	w.zip = zip.NewWriter(w.buf)
	if w.spool, err = newSpool(path); err != nil {
		out.Discard()
		return nil, err
	}
	return w, nil
}

// start begins a member. They are stored, not compressed, and have one date.
func (w *npzWriter) start(name string) (io.Writer, error) {
	return w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// array adds an array whose data are these parts.
func (w *npzWriter) array(name, descr string, shape []int, parts ...string) error {
	m, err := w.start(name + ".npy")
	if err != nil {
		return err
	}
	if _, err := m.Write(appendNPYHeader(nil, descr, shape)); err != nil {
		return err
	}
	for _, part := range parts {
		if err := w.spool.copy(m, part); err != nil {
			return err
		}
	}
	return nil
}

// close adds the description and completes the file.
func (w *npzWriter) close(d description) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	m, err := w.start(descriptionName)
	if err != nil {
		return err
	}
	if _, err := m.Write(text); err != nil {
		return err
	}
	if err := errors.Join(w.zip.Close(), w.buf.Flush()); err != nil {
		return err
	}
	return errors.Join(w.out.Commit(), w.spool.remove())
}

func (w *npzWriter) discard() {
	w.out.Discard()
	w.spool.remove()
}

// npzDraws writes an array of shape (chain, draw, …) for each variable.
type npzDraws struct {
	*npzWriter
	*blocks
	h Header
}

func newNPZDraws(path string, h Header) (*npzDraws, error) {
	w, err := createNPZ(path)
	if err != nil {
		return nil, err
	}
	part := func(f, chain, index int, data []byte) error { return w.spool.grow(partName(f, chain), data) }
	return &npzDraws{w, newBlocks(h, part), h}, nil
}

func partName(f, chain int) string { return fmt.Sprintf("%d.%d", f, chain) }

func (d *npzDraws) close(draws int) error {
	if err := d.rest(); err != nil {
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
		if err := d.array(name, npyDescr(f.Kind), append([]int{d.h.Chains, draws}, f.Shape()...), parts...); err != nil {
			return err
		}
	}
	for _, a := range d.h.Observed {
		data, err := a.appendValues(nil, a.Data)
		if err == nil {
			err = d.spool.grow("observed."+a.Name, data)
		}
		if err == nil {
			err = d.array("observed_data/"+a.Name, npyDescr(a.Kind), a.Shape(), "observed."+a.Name)
		}
		if err != nil {
			return err
		}
	}
	return d.npzWriter.close(d.h.describe())
}

// npzReader reads the members of a .npz file.
type npzReader struct {
	description *description
	arrays      []npzMember
}

type npzMember struct {
	name string
	file *zip.File
	*npyHeader
}

// openNPZ reads what the file has, but for the data of the arrays.
func openNPZ(file io.ReaderAt, size int64) (*npzReader, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		if errors.Is(err, zip.ErrFormat) {
			return nil, errors.New("this is not a .npz file: it is not a zip archive, or it is cut short")
		}
		return nil, err
	}
	r := new(npzReader)
	seen := make(map[string]bool)
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, fmt.Errorf("two members are called %q", f.Name)
		}
		seen[f.Name] = true
		if f.Name == descriptionName {
			if err := r.describe(f); err != nil {
				return nil, fmt.Errorf("member %q: %w", f.Name, err)
			}
			continue
		}
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, fmt.Errorf("member %.80q; want names that end in .npy", f.Name)
		}
		m, err := openMember(f, size)
		if err != nil {
			return nil, fmt.Errorf("member %.80q: %w", f.Name, err)
		}
		r.arrays = append(r.arrays, npzMember{name, f, m})
	}
	if len(r.arrays) == 0 {
		return nil, errors.New("it holds no arrays")
	}
	return r, nil
}

// deflateLimit is the most that deflate can shrink anything.
const deflateLimit = 1032

func openMember(f *zip.File, fileSize int64) (*npyHeader, error) {
	m, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	counted := &counter{r: m}
	h, err := readNPYHeader(counted)
	if err != nil {
		return nil, err
	}
	// The shape is checked before anything is allocated for it.
	data := uint64(h.size) * uint64(h.item)
	if h.item > 0 && data/uint64(h.item) != uint64(h.size) || f.UncompressedSize64 != data+uint64(counted.n) {
		return nil, fmt.Errorf("%d bytes; want %d for an array of shape %v and type %s", f.UncompressedSize64, data+uint64(counted.n), h.shape, h.descr)
	}
	limit := uint64(fileSize)
	if f.Method != zip.Store {
		limit *= deflateLimit
	}
	if data > limit {
		return nil, fmt.Errorf("%d bytes of data cannot come out of a file of %d bytes", data, fileSize)
	}
	return h, nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// maxDescription bounds the text of a description that is read.
const maxDescription = 1 << 26

func (r *npzReader) describe(f *zip.File) error {
	m, err := f.Open()
	if err != nil {
		return err
	}
	defer m.Close()
	text, err := io.ReadAll(io.LimitReader(m, maxDescription+1))
	if err != nil {
		return cut(err)
	}
	if len(text) > maxDescription {
		return fmt.Errorf("more than %d bytes", maxDescription)
	}
	r.description = new(description)
	return json.Unmarshal(text, r.description)
}

// data opens the data of an array.
func (m *npzMember) data() (io.ReadCloser, error) {
	f, err := m.file.Open()
	if err != nil {
		return nil, err
	}
	if _, err := readNPYHeader(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// each reads the elements; see npyHeader.each.
func (m *npzMember) each(visit func(at int, x float64)) error {
	f, err := m.data()
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	if err := m.npyHeader.each(r, visit); err != nil {
		return err
	}
	_, err = r.ReadByte() // the end: here the checksum is compared
	if err == io.EOF {
		return nil
	}
	return err
}

// ReadNPZ reads draws from a .npz file, of ours or of numpy.savez: each array
// is a variable, of shape (chain, draw, …), or (draw) if there is one chain.
// Arrays called sample_stats/… are the sampler's statistics, those called
// observed_data/… the data, of any shape. Numbers may be of any type that
// float64 holds exactly.
func ReadNPZ(path string) (*Draws, error) {
	var d *Draws
	err := withFile(path, func(f io.ReaderAt, size int64) (err error) {
		d, err = readNPZ(f, size)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("archive: %s: %w", path, err)
	}
	return d, nil
}

// withFile calls use with the file open.
func withFile(path string, use func(f io.ReaderAt, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return use(f, info.Size())
}

func readNPZ(file io.ReaderAt, size int64) (*Draws, error) {
	r, err := openNPZ(file, size)
	if err != nil {
		return nil, err
	}
	d := new(Draws)
	var known description
	if r.description != nil {
		known = *r.description
		d.Run = known.Run
	}
	type source struct {
		*npzMember
		into   *[]*mat.Dense
		offset int
	}
	var sources []source
	first, draws := "", 0
	var width, statWidth int
	for i := range r.arrays {
		m := &r.arrays[i]
		if m.decode == nil {
			return nil, fmt.Errorf("array %s has elements of type %s; want numbers", m.name, m.descr)
		}
		group, name := "posterior", m.name
		if g, n, ok := strings.Cut(m.name, "/"); ok {
			group, name = g, n
		}
		if group == "observed_data" {
			a := Array{Variable: dress(shaped(name, m.kind(), m.shape), known.Observed)}
			if err := a.check(); err != nil {
				return nil, err
			}
			a.Data = make([]float64, m.size)
			if err := m.each(func(at int, x float64) { a.Data[at] = x }); err != nil {
				return nil, fmt.Errorf("array %s: %w", m.name, err)
			}
			d.Observed = append(d.Observed, a)
			continue
		}
		shape := m.shape
		if len(shape) == 1 {
			shape = []int{1, shape[0]}
		}
		if len(shape) < 2 || shape[0] < 1 || shape[1] < 1 {
			return nil, fmt.Errorf("array %s has shape %v; want (chain, draw, …), none empty", m.name, m.shape)
		}
		if first == "" {
			first, d.Chains, draws = m.name, shape[0], shape[1]
		}
		if shape[0] != d.Chains || shape[1] != draws {
			return nil, fmt.Errorf("array %s holds %d chains of %d draws, and %s %d of %d", m.name, shape[0], shape[1], first, d.Chains, draws)
		}
		v := shaped(name, m.kind(), shape[2:])
		switch group {
		case "posterior":
			v = dress(v, known.Variables)
			sources = append(sources, source{m, &d.Values, width})
			d.Variables = append(d.Variables, v)
		case "sample_stats":
			v = dress(v, known.Stats)
			sources = append(sources, source{m, &d.StatValues, statWidth})
			d.Stats = append(d.Stats, v)
		default:
			return nil, fmt.Errorf("array %s: want a name without a slash, or one led by sample_stats/ or observed_data/", m.name)
		}
		if err := v.check(); err != nil {
			return nil, err
		}
		width, statWidth = columns(d.Variables), columns(d.Stats)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	for range d.Chains {
		d.Values = append(d.Values, mat.NewDense(draws, width, nil))
		if statWidth > 0 {
			d.StatValues = append(d.StatValues, mat.NewDense(draws, statWidth, nil))
		}
	}
	for _, s := range sources {
		per := s.size / (d.Chains * draws)
		err := s.each(func(at int, x float64) {
			(*s.into)[at/(draws*per)].Set(at/per%draws, s.offset+at%per, x)
		})
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", s.name, err)
		}
	}
	return d, nil
}

// dress returns v as it was described, if it was, with its dimensions.
func dress(v Variable, described []Variable) Variable {
	for _, w := range described {
		if w.Name == v.Name && slices.Equal(w.Shape(), v.Shape()) {
			return w
		}
	}
	return v
}
