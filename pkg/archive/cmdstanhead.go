package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Limits of the head of a file. CmdStan's files are far from them.
const (
	maxHeadLine = 1 << 25 // bytes of a comment or of the line of column names
	maxKey      = 200     // bytes of the name of a setting
	maxDepth    = 16      // settings within settings
)

// A stanConfig holds CmdStan's settings by their full names, such as
// method.sample.num_warmup.
type stanConfig map[string]string

// setting returns a setting of the method. Some versions of CmdStan indent the
// settings below the line of method, others do not.
func (c stanConfig) setting(method, name string) string {
	if v, ok := c["method."+method+"."+name]; ok {
		return v
	}
	return c[method+"."+name]
}

// count returns a setting that is a whole number ≥ 0, or the given default if the
// file does not have it.
func (c stanConfig) count(method, name string, otherwise int) (int, error) {
	text := c.setting(method, name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is %.40q; want a whole number", name, text)
	}
	return n, nil
}

// enabled reports whether a setting is 1 or true.
func (c stanConfig) enabled(method, name string) bool {
	v := c.setting(method, name)
	return v == "1" || v == "true"
}

// head reads the file up to its line of column names, and describes its rows.
func (r *CmdStanReader) head() error {
	type level struct {
		indent int
		key    string
	}
	var levels []level
	var ours *description
	r.config = make(stanConfig)
	for {
		text, err := r.lines.next(maxHeadLine)
		if err == io.EOF {
			if m := r.config["method"]; noRows[m] != "" {
				return fmt.Errorf("the method is %s, whose output is %s; want draws", m, noRows[m])
			}
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
			for name := range strings.SplitSeq(string(text), ",") {
				r.columns = append(r.columns, strings.TrimSpace(name))
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
		left, right, _ := bytes.Cut(comment, []byte("="))
		key := bytes.TrimSpace(left)
		if len(key) == 0 || len(key) > maxKey {
			continue
		}
		for len(levels) > 0 && levels[len(levels)-1].indent >= indent {
			levels = levels[:len(levels)-1]
		}
		if len(levels) == maxDepth {
			return fmt.Errorf("settings nested more than %d deep, which CmdStan does not write", maxDepth)
		}
		levels = append(levels, level{indent, string(key)})
		if value := bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(right), []byte("(Default)"))); len(value) > 0 {
			names := make([]string, len(levels))
			for i, l := range levels {
				names[i] = l.key
			}
			r.config[strings.Join(names, ".")] = string(value)
		}
	}
	r.Method = r.config["method"]
	h := &r.Header
	h.Chains = 1
	var err error
	if ours != nil {
		h.Run, h.Variables, h.Stats = ours.Run, ours.Variables, ours.Stats
		err = r.described()
	} else if err = r.foreign(); err == nil {
		err = r.infer()
	}
	if err != nil {
		return err
	}
	r.width, r.fields = columns(h.Variables), h.fields()
	r.row = make([]float64, h.width())
	return r.count()
}

// described returns an error unless the columns of a file of this package are those
// of its description.
func (r *CmdStanReader) described() error {
	h := &r.Header
	if err := h.validate(); err != nil {
		return fmt.Errorf("the description after “natspike =”: %w", withoutPackage(err))
	}
	if n := h.width(); n > len(r.columns) {
		return fmt.Errorf("the description after “natspike =” has %d columns and the file %d", n, len(r.columns))
	}
	names, at, err := stanHeader(h)
	if err != nil {
		return withoutPackage(err)
	}
	if !slices.Equal(names, r.columns) {
		return errors.New("the column names are not those of the description after “natspike =”")
	}
	r.at = at
	return nil
}

// foreign makes the Run of a file of CmdStan from its configuration.
func (r *CmdStanReader) foreign() error {
	run := &r.Header.Run
	run.Seed, _ = strconv.ParseUint(r.config["random.seed"], 10, 64)
	if r.Method != "" {
		run.Sampler = "cmdstan " + r.Method
	}
	if len(r.config) == 0 {
		return nil
	}
	text, err := json.Marshal(r.config)
	run.Parameters = json.RawMessage(text)
	return err
}

// infer finds the variables and statistics by the names of the columns, such as
// theta.2.1.
func (r *CmdStanReader) infer() error {
	if len(r.columns) > 1 && r.Method == "" && r.columns[0] == "chain" && r.columns[1] == "draw" {
		return errors.New("this is a table of draws, not CmdStan's CSV: its columns begin with chain and draw")
	}
	h := &r.Header
	r.at = make([]int, len(r.columns))
	width, statWidth := 0, 0
	var statColumns []int
	for i := 0; i < len(r.columns); {
		base, first := splitIndices(r.columns[i])
		switch {
		case base == "":
			return fmt.Errorf("column %d has no name", i+1)
		case len(first) > maxDims:
			return fmt.Errorf("column %d has %d indices; want at most %d", i+1, len(first), maxDims)
		case base == "lp__" && r.Method == "variational": // always 0; log_p__ is the log density
			r.at[i] = noColumn
			i++
			continue
		}
		indices := [][]int{first}
		j := i + 1
		for ; j < len(r.columns); j++ {
			b, index := splitIndices(r.columns[j])
			if b != base || len(index) != len(first) || len(first) == 0 {
				break
			}
			indices = append(indices, index)
		}
		shape := indices[len(indices)-1]
		name, kind, stat := base, Float64, false
		if name, stat = strings.CutSuffix(base, "__"); stat {
			for _, s := range stanStats {
				if s.stan == base {
					name, kind = s.arviz, s.kind
				}
			}
		}
		vars, offset := &h.Variables, &width
		if stat {
			vars, offset = &h.Stats, &statWidth
		}
		for k, index := range indices {
			rest, fits := k, true // the first index changes fastest
			for d, n := range shape {
				fits = fits && index[d] == rest%n+1
				rest /= n
			}
			if !fits || rest > 0 {
				return fmt.Errorf("column %s: %s has %d columns that do not make up an array of shape %v", r.columns[i+k], base, j-i, shape)
			}
			r.at[i+k] = *offset + rowMajor(k, shape)
			if stat {
				statColumns = append(statColumns, i+k)
			}
		}
		*vars = append(*vars, shaped(name, kind, shape))
		*offset += len(indices)
		i = j
	}
	if err := h.validate(); err != nil {
		return withoutPackage(err)
	}
	for _, i := range statColumns { // after the variables
		r.at[i] += width
	}
	if r.config["output.diagnostic_file"] != "" && withMomenta(h.Variables) {
		return errors.New("this is a diagnostic file: it holds unconstrained parameters, momenta and gradients, not draws")
	}
	return nil
}

// splitIndices splits theta.2.1 into theta and 2, 1.
func splitIndices(column string) (base string, index []int) {
	for len(index) <= maxDims {
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

// withMomenta reports whether the variables are x, p_x and g_x, as in CmdStan's
// diagnostic files.
func withMomenta(vars []Variable) bool {
	n := len(vars) / 3
	if 3*n != len(vars) {
		return false
	}
	for i, v := range vars[:n] {
		if vars[n+i].Name != "p_"+v.Name || vars[2*n+i].Name != "g_"+v.Name {
			return false
		}
	}
	return true
}

// noRows describes the output of the methods that give neither draws nor an
// estimate.
var noRows = map[string]string{
	"diagnose": "a comparison of gradients",
	"log_prob": "log densities and gradients of given parameters",
}

// count sets the number of rows that the file should hold. For the methods see
// https://mc-stan.org/docs/cmdstan-guide/stan_csv_apdx.html.
func (r *CmdStanReader) count() (err error) {
	m := r.Method
	set := func(into *int, name string, otherwise int) {
		if err == nil {
			*into, err = r.config.count(m, name, otherwise)
		}
	}
	r.rows = -1
	switch m {
	case "": // a table without CmdStan's comments
	case "sample":
		warmup, thin := 0, 1
		set(&r.rows, "num_samples", -1)
		set(&warmup, "num_warmup", 0)
		set(&thin, "thin", 1)
		thin = max(thin, 1)
		thinned := func(n int) int { return n/thin + min(n%thin, 1) }
		// With fixed parameters, which a model without parameters always has,
		// there is no warm-up, and no step size.
		if r.config.enabled(m, "save_warmup") && slices.Contains(r.columns, "stepsize__") {
			r.lead = thinned(warmup)
		}
		if r.rows >= 0 {
			r.rows = r.lead + thinned(r.rows)
		}
	case "variational": // the mean of the approximation, then draws from it
		r.lead = 1
		if set(&r.rows, "output_samples", -1); r.rows >= 0 {
			r.rows++
		}
	case "laplace":
		set(&r.rows, "draws", -1)
	case "pathfinder": // see complete
		set(&r.single, "num_draws", -1)
		set(&r.psis, "num_psis_draws", -1)
	case "optimize":
		if s := r.config.setting(m, "save_iterations"); s == "0" || s == "false" {
			r.rows = 1
		}
	case "generate_quantities": // as many as there were draws
	default:
		if noRows[m] != "" {
			return fmt.Errorf("the method is %s, whose output is %s; want draws", m, noRows[m])
		}
		return fmt.Errorf("the method is %.40q; want sample, variational, laplace, pathfinder, generate_quantities or optimize", m)
	}
	return err
}

// complete returns an error unless the file should hold n rows.
func (r *CmdStanReader) complete(n int) error {
	switch {
	case r.rows >= 0 && n != r.rows:
		return fmt.Errorf("the file ends after %d of %d rows: it is cut short", n, r.rows)
	case n < r.lead:
		return errors.New("the file ends before its first row: it is cut short")
	case r.Method == "pathfinder" && !r.timed && n != r.psis && (r.single <= 0 || n%r.single != 0):
		// One file may be of a single path, of several, or resampled from all.
		return fmt.Errorf("the file ends after %d rows, neither %d nor a multiple of %d: it is cut short", n, r.psis, r.single)
	}
	return nil
}
