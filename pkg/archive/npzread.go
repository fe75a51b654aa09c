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
)

// Limits of the memory for a whole .npz file. A file may expand to freeMemory, or to
// maxExpansion times its size if that is more. Without a limit a hostile file could
// expand to 8000 times its size: deflate shrinks data by a factor of up to 1032, and
// a bool takes an eighth of a float64.
const (
	freeMemory   = 1 << 28 // bytes
	maxExpansion = 100
)

// maxDescription plus the size of the file limits the bytes of natspike.json, which
// takes up to 30 times as much memory.
const maxDescription = 1 << 20

// An npzMember is an array of a .npz file.
type npzMember struct {
	name string
	file *zip.File
	*npyHeader
}

// openNPZ reads a file without the data of its arrays.
func openNPZ(file io.ReaderAt, size int64) (about description, arrays []npzMember, err error) {
	z, err := zip.NewReader(file, size)
	if errors.Is(err, zip.ErrFormat) {
		err = errors.New("this is not a .npz file: it is not a zip archive, or it is cut short")
	}
	if err != nil {
		return about, nil, err
	}
	expanded := int64(0)
	limit := max(freeMemory, maxExpansion*size)
	for _, f := range z.File {
		if f.Name == descriptionName {
			if about, err = readDescription(f, size); err != nil {
				return about, nil, fmt.Errorf("member %q: %w", f.Name, err)
			}
			continue
		}
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return about, nil, fmt.Errorf("member %.80q; want names that end in .npy", f.Name)
		}
		h, err := openMember(f)
		if err != nil {
			return about, nil, fmt.Errorf("member %.80q: %w", f.Name, err)
		}
		if int64(h.size) > (limit-expanded)/8 {
			return about, nil, fmt.Errorf("member %.80q: a file of %d bytes claims to hold more than %d bytes of numbers", f.Name, size, limit)
		}
		expanded += 8 * int64(h.size)
		arrays = append(arrays, npzMember{name, f, h})
	}
	return about, arrays, nil
}

// openMember reads the header of an array. It returns an error if the data do not
// have the size of its shape.
func openMember(f *zip.File) (*npyHeader, error) {
	m, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	h, err := readNPYHeader(m)
	if err != nil {
		return nil, err
	}
	want := uint64(h.size)*uint64(h.item) + uint64(h.begin) // at most 2⁶³/8 + 2¹⁷: see readNPYHeader
	if f.UncompressedSize64 != want {
		return nil, fmt.Errorf("%d bytes; want %d for an array of shape %v and type %s", f.UncompressedSize64, want, h.shape, h.descr)
	}
	return h, nil
}

func readDescription(f *zip.File, size int64) (about description, err error) {
	m, err := f.Open()
	if err != nil {
		return about, err
	}
	defer m.Close()
	limit := maxDescription + size
	text, err := io.ReadAll(io.LimitReader(m, limit+1))
	if err != nil {
		return about, cutShort(err)
	}
	if int64(len(text)) > limit {
		return about, fmt.Errorf("more than %d bytes, in a file of %d", limit, size)
	}
	err = json.Unmarshal(text, &about)
	return about, err
}

// each reads the elements; see npyHeader.each.
func (m *npzMember) each(visit func(at int, x float64)) error {
	f, err := m.file.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	if _, err := readNPYHeader(r); err != nil {
		return err
	}
	if err := m.npyHeader.each(r, visit); err != nil {
		return err
	}
	_, err = r.ReadByte() // at the end the checksum is compared
	if err == io.EOF {
		return nil
	}
	return err
}

// ReadNPZ reads draws from a .npz file that Save or numpy.savez wrote. Each array
// is a variable, of shape (chain, draw, …), or (draw) if there is one chain.
// Arrays called sample_stats/… are the sampler's statistics, those called
// observed_data/… observed data of any shape. The elements may be bool, or
// numbers of any type that float64 holds exactly, in C's or Fortran's order.
// Everything else is a *FormatError that names the array: text, complex numbers,
// times, Python objects, arrays without elements.
func ReadNPZ(path string) (*Draws, error) {
	return withFile(path, readNPZ)
}

// withFile returns what read returns for the file. An error of read becomes a
// *FormatError.
func withFile[T any](path string, read func(f io.ReaderAt, size int64) (T, error)) (content T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return content, fmt.Errorf("archive: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return content, fmt.Errorf("archive: %w", err)
	}
	if content, err = read(f, info.Size()); err != nil {
		return content, &FormatError{Path: path, Err: err}
	}
	return content, nil
}

func readNPZ(file io.ReaderAt, size int64) (*Draws, error) {
	known, arrays, err := openNPZ(file, size)
	if err != nil {
		return nil, err
	}
	d := &Draws{Header: Header{Run: known.Run}}
	first := ""                     // name of the first array of draws
	var members, stats []*npzMember // of variables, and then of statistics
	draws := 0
	for i := range arrays {
		m := &arrays[i]
		group, name := "posterior", m.name
		if g, n, ok := strings.Cut(m.name, "/"); ok {
			group, name = g, n
		}
		if group == "observed_data" {
			a := Array{Variable: withDims(shaped(name, m.kind, m.shape), known.Observed)}
			if err := a.validate("array"); err != nil {
				return nil, withoutPackage(err)
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
		v := shaped(name, m.kind, shape[2:])
		switch group {
		case "posterior":
			v = withDims(v, known.Variables)
			d.Variables, members = append(d.Variables, v), append(members, m)
		case "sample_stats":
			v = withDims(v, known.Stats)
			d.Stats, stats = append(d.Stats, v), append(stats, m)
		default:
			return nil, fmt.Errorf("array %s: want a name without a slash, or one led by sample_stats/ or observed_data/", m.name)
		}
		if err := v.validate("array"); err != nil {
			return nil, withoutPackage(err)
		}
	}
	if first == "" {
		return nil, errors.New("it holds no draws")
	}
	if err := d.Header.validate(); err != nil {
		return nil, withoutPackage(err)
	}
	members = append(members, stats...)
	chains, width := make([][]float64, d.Chains), d.width()
	for c := range chains {
		chains[c] = make([]float64, draws*width)
	}
	for i, f := range d.fields() {
		size := f.Size()
		err := members[i].each(func(at int, x float64) {
			draw := at / size
			chains[draw/draws][draw%draws*width+f.offset+at%size] = x
		})
		if err != nil {
			return nil, fmt.Errorf("array %s: %w", members[i].name, err)
		}
	}
	for _, rows := range chains {
		d.addChain(rows)
	}
	return d, nil
}

// withDims returns the described variable that has the name, kind and shape of
// v, or v if there is none.
func withDims(v Variable, described []Variable) Variable {
	for _, w := range described {
		if w.Name == v.Name && w.Kind == v.Kind && slices.Equal(w.Shape(), v.Shape()) {
			return w
		}
	}
	return v
}
