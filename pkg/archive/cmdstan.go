package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"natspike/pkg/internal/atomicfile"
)

// CmdStan's CSV: comments with the configuration, a line of column names, one
// line for each draw, and comments here and there:
// https://mc-stan.org/docs/cmdstan-guide/stan_csv_apdx.html.

// stanStats pairs CmdStan's names of statistics with ArviZ's.
var stanStats = []struct {
	stan, arviz string
	kind        Kind
}{
	{"lp__", "lp", Float64},
	{"accept_stat__", "acceptance_rate", Float64},
	{"stepsize__", "step_size", Float64},
	{"treedepth__", "tree_depth", Int64},
	{"n_leapfrog__", "n_steps", Int64},
	{"divergent__", "diverging", Bool},
	{"energy__", "energy", Float64},
	{"path__", "path", Int64}, // of pathfinder
}

var stanName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// stanHeader returns the names of all columns and the places of their values in a
// row, or noColumn. The column lp__ is the first, and other statistics come before
// the variables. Indices count from 1, and the first changes fastest.
func stanHeader(h *Header) (names []string, at []int, err error) {
	names, at = []string{"lp__"}, []int{noColumn}
	all, n := h.fields(), len(h.Variables)
	for _, f := range slices.Concat(all[n:], all[:n]) {
		name, shape := f.Name, f.Shape()
		if !stanName.MatchString(name) || strings.HasSuffix(name, "__") {
			return nil, nil, check.Errorf("variable", "has the name %q; CmdStan's have a letter first and then letters, digits and underscores, not two at the end", name)
		}
		if f.stat {
			name += "__"
			for _, s := range stanStats {
				if s.arviz == f.Name {
					name = s.stan
				}
			}
		}
		for k := range f.Size() {
			column, rest := name, k
			for _, n := range shape {
				column += "." + strconv.Itoa(rest%n+1)
				rest /= n
			}
			place := f.offset + rowMajor(k, shape)
			if column == "lp__" {
				at[0] = place
				continue
			}
			names, at = append(names, column), append(at, place)
		}
	}
	return names, at, distinct("column", names)
}

// noColumn is the place of a column that no variable has: lp__ of a sampler without
// log density, which is written as nan.
const noColumn = -1

// cmdStan writes one file for each chain.
type cmdStan struct {
	chains []stanChain
	at     []int // places of the columns; see stanHeader
}

type stanChain struct {
	file *atomicfile.File
	buf  *bufio.Writer
	line []byte
}

// stanHead comes before the number of draws. It is known only at the end, so that
// drawsWidth bytes are reserved for it.
const (
	stanHead   = "# model = natspike\n# method = sample (Default)\n#   sample\n#     num_samples = "
	drawsWidth = 20
)

func newCmdStan(path string, h *Header) (sink, error) {
	if err := h.fits(maxTextColumns); err != nil {
		return nil, err
	}
	names, at, err := stanHeader(h)
	if err != nil {
		return nil, err
	}
	described := h.describe()
	described.Observed = nil // the file has no place for their values
	text, err := json.Marshal(described)
	if err != nil {
		return nil, err
	}
	s := &cmdStan{at: at}
	for c := range h.Chains {
		name := stanPath(path, c)
		f, err := atomicfile.Create(name)
		if err != nil {
			s.discard()
			return nil, err
		}
		k := stanChain{file: f, buf: bufio.NewWriterSize(f, 1<<16)}
		// num_warmup is CmdStan's default, which fixed_param does not use. CmdStanPy refuses 0.
		fmt.Fprintf(k.buf, "%s%*s\n#     num_warmup = 1000 (Default)\n#     save_warmup = false (Default)\n#     thin = 1 (Default)\n"+
			"#     adapt\n#       engaged = false\n#     algorithm = fixed_param\n# id = %d\n# random\n#   seed = %d\n"+
			"# output\n#   file = %s\n# natspike = %s\n%s\n",
			stanHead, drawsWidth, "", c+1, h.Run.Seed, filepath.Base(name), text, strings.Join(names, ","))
		s.chains = append(s.chains, k)
	}
	return s, nil
}

// stanPath returns the path of the file of a chain.
func stanPath(path string, chain int) string {
	stem := len(path) - len(".stan.csv")
	return fmt.Sprintf("%s_%d%s", path[:stem], chain+1, path[stem:])
}

func (s *cmdStan) put(chain int, row []float64) error {
	k := &s.chains[chain]
	line := k.line[:0]
	for _, i := range s.at {
		v := math.NaN()
		if i != noColumn {
			v = row[i]
		}
		switch { // as C++ writes them
		case math.IsNaN(v):
			line = append(line, "nan"...)
		case math.IsInf(v, 1):
			line = append(line, "inf"...)
		case math.IsInf(v, -1):
			line = append(line, "-inf"...)
		default:
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		}
		line = append(line, ',')
	}
	line[len(line)-1] = '\n'
	k.line = line
	_, err := k.buf.Write(line)
	return err
}

func (s *cmdStan) close(draws int) error {
	var err error
	for i := range s.chains {
		k := &s.chains[i]
		k.buf.WriteString("# \n# complete\n")
		err = errors.Join(err, k.buf.Flush())
		_, werr := k.file.WriteAt(fmt.Appendf(nil, "%-*d", drawsWidth, draws), int64(len(stanHead)))
		err = errors.Join(err, werr, k.file.Sync())
	}
	for i := range s.chains { // after all files are on the disk
		if err == nil {
			err = s.chains[i].file.Commit()
		}
	}
	return err
}

func (s *cmdStan) discard() {
	for i := range s.chains {
		s.chains[i].file.Discard()
	}
}
