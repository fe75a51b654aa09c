package archive

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A CmdStanReader reads one chain from CmdStan's CSV, draw by draw.
type CmdStanReader struct {
	// Header says what the file holds, its Chains being 1. Indices count from 0, and statistics have
	// ArviZ's names. Unless the file is ours, Run.Parameters is a JSON object of CmdStan's
	// configuration, with keys such as method.sample.num_warmup.
	Header Header

	file    io.Closer
	buf     *bufio.Reader
	path    string
	line    int    // number of the last line read
	long    []byte // a line that does not fit the buffer
	columns []string
	at      []int // see stanHeader
	width   int   // coordinates
	row     []float64
	warmup  int // draws to pass over
	draws   int // that follow, −1 if the file does not say
}

// OpenCmdStan reads the file up to its first draw.
func OpenCmdStan(path string) (*CmdStanReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	r, err := newCmdStanReader(f, path)
	if err != nil {
		f.Close()
	}
	return r, err
}

func newCmdStanReader(f io.ReadCloser, path string) (*CmdStanReader, error) {
	r := &CmdStanReader{file: f, path: path, buf: bufio.NewReaderSize(f, 1<<16)}
	if err := r.head(); err != nil {
		return nil, r.failed(err)
	}
	return r, nil
}

// Close closes the file.
func (r *CmdStanReader) Close() error { return r.file.Close() }

func (r *CmdStanReader) failed(err error) error {
	return fmt.Errorf("archive: %s: line %d: %w", r.path, r.line, err)
}

// maxText bounds a line of column names or a comment.
const maxText = 1 << 27

// next reads a line, without its end. The slice is good until the next call.
func (r *CmdStanReader) next(limit int) ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.buf.ReadSlice('\n')
		if err == nil && len(r.long) == 0 {
			r.line++
			return bytes.TrimSuffix(part[:len(part)-1], []byte{'\r'}), nil
		}
		r.long = append(r.long, part...)
		switch {
		case err == io.EOF && len(r.long) == 0:
			return nil, io.EOF
		case err == io.EOF:
			r.line++
			return nil, errors.New("it ends within the line: the file is cut short")
		case err != nil && err != bufio.ErrBufferFull:
			return nil, err
		case len(r.long) > limit:
			r.line++
			return nil, fmt.Errorf("it is longer than %d bytes, and does not look like CmdStan's", limit)
		case err == nil:
			r.line++
			return bytes.TrimSuffix(r.long[:len(r.long)-1], []byte{'\r'}), nil
		}
	}
}

// A level is a key of the configuration, and how far it stands in.
type level struct {
	indent int
	key    string
}

func (r *CmdStanReader) head() error {
	config := make(map[string]string)
	var ours *description
	var levels []level
	for {
		text, err := r.next(maxText)
		if err == io.EOF {
			return errors.New("the file ends before the line of column names; want CmdStan's CSV")
		}
		if err != nil {
			return err
		}
		comment, ok := bytes.CutPrefix(text, []byte("#"))
		if !ok {
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			if err := r.names(string(text), ours); err != nil {
				return err
			}
			break
		}
		if doc, ok := bytes.CutPrefix(comment, []byte(" natspike = ")); ok {
			ours = new(description)
			if err := json.Unmarshal(doc, ours); err != nil {
				return fmt.Errorf("the description after “natspike =” is damaged: %w", err)
			}
			continue
		}
		indent := len(comment) - len(bytes.TrimLeft(comment, " "))
		key, value, _ := strings.Cut(strings.TrimSpace(string(comment)), "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "(Default)"))
		if key == "" {
			continue
		}
		for len(levels) > 0 && levels[len(levels)-1].indent >= indent {
			levels = levels[:len(levels)-1]
		}
		if len(levels) == maxLevels {
			return fmt.Errorf("settings nested more than %d deep, which CmdStan does not write", maxLevels)
		}
		levels = append(levels, level{indent, key})
		full := make([]string, len(levels))
		for i, l := range levels {
			full[i] = l.key
		}
		if value != "" {
			config[strings.Join(full, ".")] = value
		}
	}
	if ours != nil {
		r.Header.Run = ours.Run
	} else if err := r.foreign(config); err != nil {
		return err
	}
	return r.counts(config)
}

// maxLevels bounds how deep settings may stand in each other.
const maxLevels = 16

// foreign makes a Run of CmdStan's configuration.
func (r *CmdStanReader) foreign(config map[string]string) error {
	run := &r.Header.Run
	run.Seed, _ = strconv.ParseUint(config["random.seed"], 10, 64)
	if m := config["method"]; m != "" {
		run.Sampler = "cmdstan " + m
	}
	if len(config) == 0 {
		return nil
	}
	text, err := json.Marshal(config)
	run.Parameters = json.RawMessage(text)
	return err
}

// counts finds how many draws the file should hold.
func (r *CmdStanReader) counts(config map[string]string) error {
	number := func(name string, otherwise int) (int, error) {
		for key, value := range config { // under “method”, which some versions write on a line of its own
			if key == "method.sample."+name || key == "sample."+name {
				n, err := strconv.Atoi(value)
				if err != nil || n < 0 {
					return 0, fmt.Errorf("%s is %.40q; want a whole number", name, value)
				}
				return n, nil
			}
		}
		return otherwise, nil
	}
	draws, err := number("num_samples", -1)
	if err != nil {
		return err
	}
	warmup, err := number("num_warmup", 0)
	if err != nil {
		return err
	}
	thin, err := number("thin", 1)
	if err != nil {
		return err
	}
	thin = max(thin, 1)
	thinned := func(n int) int { return n/thin + min(n%thin, 1) }
	r.draws = draws
	if draws > 0 {
		r.draws = thinned(draws)
	}
	saved := false
	for key, value := range config {
		if strings.HasSuffix(key, "sample.save_warmup") {
			saved = value == "1" || value == "true"
		}
	}
	if saved && config["method.sample.algorithm"] != "fixed_param" {
		r.warmup = thinned(warmup)
	}
	return nil
}

// names finds the variables among the columns.
func (r *CmdStanReader) names(text string, ours *description) error {
	r.columns = strings.Split(text, ",")
	for i, c := range r.columns {
		r.columns[i] = strings.TrimSpace(c)
	}
	h := &r.Header
	h.Chains = 1
	if ours != nil {
		h.Variables, h.Stats = ours.Variables, ours.Stats
		if err := h.check(); err != nil {
			return fmt.Errorf("the description after “natspike =”: %w", err)
		}
		if n := columns(h.Variables) + columns(h.Stats); n > len(r.columns) {
			return fmt.Errorf("the description after “natspike =” has %d columns and the file %d", n, len(r.columns))
		}
		names, at, err := stanHeader(h)
		if err != nil {
			return err
		}
		if !slices.Equal(names, r.columns) {
			return errors.New("the column names are not those of the description after “natspike =”")
		}
		r.at = at
	} else if err := r.infer(); err != nil {
		return err
	}
	r.width = columns(h.Variables)
	r.row = make([]float64, r.width+columns(h.Stats))
	return nil
}

// infer takes apart names such as theta.2.1.
func (r *CmdStanReader) infer() error {
	h := &r.Header
	r.at = make([]int, len(r.columns))
	offset, statOffset := 0, 0
	for i := 0; i < len(r.columns); {
		base, first := unmangle(r.columns[i])
		if base == "" {
			return fmt.Errorf("column %d has no name", i+1)
		}
		indices := [][]int{first}
		shape := slices.Clone(first)
		j := i + 1
		for ; j < len(r.columns); j++ {
			b, index := unmangle(r.columns[j])
			if b != base || len(index) != len(first) || len(first) == 0 {
				break
			}
			for k := range shape {
				shape[k] = max(shape[k], index[k])
			}
			indices = append(indices, index)
		}
		size := 1
		for _, n := range shape {
			if size *= n; size > j-i {
				break
			}
		}
		seen := make([]bool, j-i)
		name, kind, stat := base, Float64, false
		if name, stat = strings.CutSuffix(base, "__"); stat {
			for _, s := range stanStats {
				if s.stan == base {
					name, kind = s.arviz, s.kind
				}
			}
		}
		for k, index := range indices {
			row := 0
			for d, x := range index {
				row = row*shape[d] + x - 1
			}
			if size != j-i || seen[row] {
				return fmt.Errorf("column %s: %s has %d columns that do not make up an array of shape %v", r.columns[i+k], base, j-i, shape)
			}
			seen[row] = true
			r.at[i+k] = offset + row
			if stat {
				r.at[i+k] = ^(statOffset + row)
			}
		}
		v := shaped(name, kind, shape)
		if stat {
			h.Stats = append(h.Stats, v)
			statOffset += size
		} else {
			h.Variables = append(h.Variables, v)
			offset += size
		}
		i = j
	}
	return h.check()
}

// unmangle splits theta.2.1 into theta and 2, 1.
func unmangle(column string) (base string, index []int) {
	for {
		dot := strings.LastIndexByte(column, '.')
		if dot < 0 {
			break
		}
		n, err := strconv.Atoi(column[dot+1:])
		if err != nil || n < 1 || n > maxSize {
			break
		}
		column, index = column[:dot], append(index, n)
	}
	slices.Reverse(index)
	return column, index
}

// Rows returns the draws: of each the coordinates of Header.Variables, then
// the values of Header.Stats, as they are ordered there. Saved warm-up is passed
// over. The slice is the same each time. An error comes last, after all draws
// that could be read; one is that there are fewer draws than the file promises.
func (r *CmdStanReader) Rows() iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		for n := 0; ; n++ {
			err := r.draw()
			if err == io.EOF {
				if r.draws >= 0 && n != r.warmup+r.draws {
					yield(nil, r.failed(fmt.Errorf("the file ends after %d of %d draws: it is cut short", n, r.warmup+r.draws)))
				}
				return
			}
			if err == nil && r.draws >= 0 && n >= r.warmup+r.draws {
				err = fmt.Errorf("there is a draw beyond the %d that the file promises", r.warmup+r.draws)
			}
			if err != nil {
				yield(nil, r.failed(err))
				return
			}
			if n >= r.warmup && !yield(r.row, nil) {
				return
			}
		}
	}
}

// draw reads the next draw into r.row.
func (r *CmdStanReader) draw() error {
	for {
		text, err := r.next(1<<16 + 64*len(r.columns))
		if err != nil {
			return err
		}
		if len(text) > 0 && text[0] == '#' || len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		for i := range r.columns {
			part, rest, more := bytes.Cut(text, []byte{','})
			x, err := strconv.ParseFloat(string(bytes.TrimSpace(part)), 64)
			if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range is ±Inf, or 0, as in C
				return fmt.Errorf("column %s holds %.40q; want a number", r.columns[i], part)
			}
			if more != (i < len(r.columns)-1) {
				return fmt.Errorf("%d values for %d columns", i+1+bytes.Count(rest, []byte{','})+min(len(rest), 1), len(r.columns))
			}
			text = rest
			switch at := r.at[i]; {
			case at == noLP:
			case at < 0:
				r.row[r.width+^at] = x
			default:
				r.row[at] = x
			}
		}
		return nil
	}
}

// ReadCmdStan reads chains from CmdStan's CSV files, one for each chain, with
// the same columns and as many draws. Indices count from 0 in what it returns,
// and statistics have ArviZ's names: lp__ is lp, divergent__ is diverging.
func ReadCmdStan(paths ...string) (*Draws, error) {
	if len(paths) == 0 {
		return nil, errors.New("archive: no files to read chains from")
	}
	d := new(Draws)
	var names []string
	for c, path := range paths {
		r, err := OpenCmdStan(path)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		if c == 0 {
			d.Header, names = r.Header, r.columns
			d.Chains = len(paths)
		} else if !slices.Equal(r.columns, names) {
			return nil, fmt.Errorf("archive: %s: its columns are not those of %s", path, paths[0])
		}
		var x, s []float64
		n := 0
		for row, err := range r.Rows() {
			if err != nil {
				return nil, err
			}
			x, s = append(x, row[:r.width]...), append(s, row[r.width:]...)
			n++
		}
		if n == 0 {
			return nil, fmt.Errorf("archive: %s: it holds no draws", path)
		}
		if c > 0 {
			if first, _ := d.Values[0].Dims(); n != first {
				return nil, fmt.Errorf("archive: %s: %d draws, and %s has %d", path, n, paths[0], first)
			}
		}
		d.Values = append(d.Values, mat.NewDense(n, r.width, x))
		if len(s) > 0 {
			d.StatValues = append(d.StatValues, mat.NewDense(n, len(s)/n, s))
		}
	}
	return d, nil
}
