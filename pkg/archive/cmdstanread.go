package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A CmdStanReader reads one file of CmdStan's CSV, row by row.
type CmdStanReader struct {
	// Method is CmdStan's method: sample, variational, laplace, pathfinder,
	// generate_quantities or optimize. It is empty if the file does not say.
	Method string

	// Header describes the rows. Its Chains is 1, indices count from 0, and
	// statistics have ArviZ's names. Run.Sampler is "cmdstan " and the method.
	// Unless this package wrote the file, Run.Parameters is a JSON object of
	// CmdStan's configuration, with keys such as method.sample.num_warmup.
	Header Header

	file         io.Closer
	path         string
	lines        *lineReader
	config       stanConfig
	columns      []string
	at           []int // places of the columns; see stanHeader
	fields       []field
	width        int // number of coordinates
	row          []float64
	lead         int  // rows before the draws: saved warm-up, or an approximation's mean
	rows         int  // rows that the file should hold; −1 if it does not say
	single, psis int  // of pathfinder: draws of one path, and resampled draws
	timed        bool // whether the comment on the elapsed time was read
}

// OpenCmdStan opens a file and reads it up to its first row. It returns a
// *FormatError if the file's method gives neither draws nor a point estimate, as
// diagnose and log_prob do, and for a diagnostic file, which holds unconstrained
// parameters.
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
	r := &CmdStanReader{file: f, path: path, lines: newLineReader(f)}
	if err := r.head(); err != nil {
		return nil, r.failed(err)
	}
	return r, nil
}

// Close closes the file.
func (r *CmdStanReader) Close() error { return r.file.Close() }

func (r *CmdStanReader) failed(err error) error {
	return &FormatError{Path: r.path, Line: r.lines.line, Err: err}
}

// Rows returns the draws, or the iterates of optimize. A row holds the coordinates
// of Header.Variables and then the values of Header.Stats, in their order. Rows
// skips saved warm-up and the mean of a variational approximation. All rows share
// one slice. An error ends the rows, such as that there are fewer of them than the
// file promises.
func (r *CmdStanReader) Rows() iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		n := 0
		for row, err := range r.all() {
			if n++; (err != nil || n > r.lead) && !yield(row, err) {
				return
			}
		}
	}
}

// all returns all rows.
func (r *CmdStanReader) all() iter.Seq2[[]float64, error] {
	return func(yield func([]float64, error) bool) {
		for n := 0; ; n++ {
			err := r.next()
			if err == io.EOF {
				if err := r.complete(n); err != nil {
					yield(nil, r.failed(err))
				}
				return
			}
			if err == nil && r.rows >= 0 && n >= r.rows {
				err = fmt.Errorf("there is a row beyond the %d that the file promises", r.rows)
			}
			if err != nil {
				yield(nil, r.failed(err))
				return
			}
			if !yield(r.row, nil) {
				return
			}
		}
	}
}

// next reads the next row into r.row.
func (r *CmdStanReader) next() error {
	for {
		text, err := r.lines.next(1<<16 + 64*len(r.columns))
		if err != nil {
			return err
		}
		if len(text) > 0 && text[0] == '#' {
			r.timed = r.timed || bytes.Contains(text, []byte("Elapsed Time"))
			continue
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		for i := range r.columns {
			part, rest, more := bytes.Cut(text, []byte{','})
			x, ok := parseStanNumber(part)
			if !ok {
				return fmt.Errorf("column %s holds %.40q; want a number", r.columns[i], part)
			}
			if more != (i < len(r.columns)-1) {
				return fmt.Errorf("%d values for %d columns", i+1+bytes.Count(rest, []byte{','})+min(len(rest), 1), len(r.columns))
			}
			text = rest
			if at := r.at[i]; at != noColumn {
				r.row[at] = x
			}
		}
		return validateValues(r.fields, r.row)
	}
}

// parseStanNumber parses a number as C and C++ write it, including -nan, nan(0x1),
// -nan(ind) and, from old Windows, 1.#QNAN and -1.#INF. There may be space around
// it. A number that is out of range gives ±Inf or 0.
func parseStanNumber(text []byte) (x float64, ok bool) {
	x, err := strconv.ParseFloat(string(text), 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return x, true
	}
	if trimmed := bytes.TrimSpace(text); len(trimmed) < len(text) {
		return parseStanNumber(trimmed)
	}
	s := strings.ToLower(string(text))
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 {
		return 0, false
	}
	if payload, ok := strings.CutPrefix(digits, "nan"); ok {
		return math.NaN(), payload == "" || payload[0] == '(' && strings.IndexByte(payload, ')') == len(payload)-1
	}
	word, ok := strings.CutPrefix(digits, "1.#")
	switch word = strings.TrimRight(word, "0"); {
	case !ok:
		return 0, false
	case word == "qnan" || word == "snan" || word == "ind":
		return math.NaN(), true
	case word == "inf" && s[0] == '-':
		return math.Inf(-1), true
	case word == "inf":
		return math.Inf(1), true
	}
	return 0, false
}

// ReadCmdStan reads chains from CmdStan's CSV files, one for each chain. The
// files must be of one method and have the same columns and as many draws.
// Indices count from 0 in what it returns, and statistics have ArviZ's names:
// lp__ is lp, divergent__ is diverging.
//
// Draws of variational, laplace and pathfinder are independent draws from an
// approximation of the posterior. Run.Sampler is then "cmdstan variational", for
// instance. The approximation's mean, which variational writes before them, is not
// among them; see ReadCmdStanPoint. ReadCmdStan refuses the output of optimize,
// which is a point and not draws.
func ReadCmdStan(paths ...string) (*Draws, error) {
	if len(paths) == 0 {
		return nil, check.Errorf("paths", "is empty; want a file for each chain")
	}
	d := new(Draws)
	var names []string
	for c, path := range paths {
		r, err := OpenCmdStan(path)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		bad := func(format string, values ...any) error {
			return &FormatError{Path: path, Err: fmt.Errorf(format, values...)}
		}
		switch {
		case r.Method == "optimize":
			return nil, bad("the method is optimize, whose output is a point estimate, not draws: ReadCmdStanPoint reads it")
		case c == 0:
			d.Header, names = r.Header, r.columns
			d.Chains = len(paths)
		case r.Header.Run.Sampler != d.Run.Sampler:
			return nil, bad("it is of %q, and %s of %q", r.Header.Run.Sampler, paths[0], d.Run.Sampler)
		case !slices.Equal(r.columns, names):
			return nil, bad("its columns are not those of %s", paths[0])
		}
		var rows []float64
		for row, err := range r.Rows() {
			if err != nil {
				return nil, err
			}
			rows = append(rows, row...)
		}
		n := len(rows) / len(r.row)
		if n == 0 {
			return nil, bad("it holds no draws")
		}
		if c > 0 {
			if first, _ := d.Values[0].Dims(); n != first {
				return nil, bad("%d draws, and %s has %d", n, paths[0], first)
			}
		}
		d.addChain(rows)
	}
	return d, nil
}

// A Point is one value of the variables: an optimum, or the mean of an
// approximation.
type Point struct {
	Header
	Values     []float64 // of Variables
	StatValues []float64 // of Stats
}

// ReadCmdStanPoint reads a point estimate. Of CmdStan's optimize it is the optimum,
// which is the last of the iterates if they were saved. Of variational it is the
// mean of the approximation; CmdStan writes zeros for its statistics.
func ReadCmdStanPoint(path string) (*Point, error) {
	r, err := OpenCmdStan(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if r.Method != "optimize" && r.Method != "variational" {
		return nil, &FormatError{Path: path, Err: fmt.Errorf("the method is %q; want optimize or variational, which have a point estimate", r.Method)}
	}
	p := &Point{Header: r.Header}
	for row, err := range r.all() {
		if err != nil {
			return nil, err
		}
		if p.Values == nil || r.Method == "optimize" {
			p.Values = append(p.Values[:0], row[:r.width]...)
			p.StatValues = append(p.StatValues[:0], row[r.width:]...)
		}
	}
	if p.Values == nil {
		return nil, &FormatError{Path: path, Err: errors.New("it holds no estimate")}
	}
	return p, nil
}
