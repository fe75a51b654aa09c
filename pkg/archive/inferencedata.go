package archive

// inferenceData writes ArviZ's schema, https://python.arviz.org/projects/base:
// groups posterior, sample_stats and observed_data, arrays of shape
// (chain, draw, …).
type inferenceData struct {
	*chunker
	h     *Header
	store *zarrStore
}

func newInferenceData(path string, h *Header) (sink, error) {
	for _, group := range [][]Variable{h.Variables, h.Stats, observedVariables(h)} {
		if err := distinctFromDims(group); err != nil {
			return nil, err
		}
	}
	store, err := createZarr(path, 2)
	if err != nil {
		return nil, err
	}
	d := &inferenceData{h: h, store: store}
	d.chunker = newChunker(h, d.chunk)
	return d, nil
}

// distinctFromDims returns an error if a variable of a group has the name of one of
// the group's dimensions, which include chain and draw, or if a variable has a
// dimension chain or draw. Xarray can hold neither.
func distinctFromDims(vars []Variable) error {
	dims := map[string]bool{"chain": true, "draw": true}
	for _, v := range vars {
		for _, d := range v.Dims {
			if d.Name == "chain" || d.Name == "draw" {
				return check.Errorf("variable "+v.Name, "has a dimension called %s, which the draws themselves have in a .zarr file", d.Name)
			}
			dims[d.Name] = true
		}
	}
	for _, v := range vars {
		if dims[v.Name] {
			return check.Errorf("variable "+v.Name, "has the name of a dimension, which a .zarr file cannot hold")
		}
	}
	return nil
}

func observedVariables(h *Header) []Variable {
	vars := make([]Variable, len(h.Observed))
	for i, a := range h.Observed {
		vars[i] = a.Variable
	}
	return vars
}

func (d *inferenceData) chunk(f, chain, index int, data []byte) error {
	v := &d.fields[f]
	// In Zarr the last chunk is as long as the others, unless it is the only one.
	if full := v.draws * v.Size() * v.Kind.bytes(); index > 0 && len(data) < full {
		data = append(data, make([]byte, full-len(data))...)
	}
	return d.store.chunk(join(v.group(), v.Name), data, append([]int{chain, index}, make([]int, len(v.Dims))...)...)
}

func (d *inferenceData) close(draws int) error {
	if err := d.flushAll(); err != nil {
		return err
	}
	z, attrs := d.store, d.h.Run.attributes()
	z.group("", attrs)
	for _, g := range []struct {
		name string
		vars []Variable
	}{{"posterior", d.h.Variables}, {"sample_stats", d.h.Stats}} {
		if len(g.vars) > 0 {
			z.group(g.name, attrs)
			z.count(join(g.name, "chain"), "chain", d.h.Chains)
			z.count(join(g.name, "draw"), "draw", draws)
			z.coordinates(g.name, g.vars)
		}
	}
	for _, f := range d.fields {
		dims := []string{"chain", "draw"}
		for _, dim := range f.Dims {
			dims = append(dims, dim.Name)
		}
		z.array(join(f.group(), f.Name), zarrArray{
			kind:   f.Kind,
			shape:  append([]int{d.h.Chains, draws}, f.Shape()...),
			chunks: append([]int{1, min(draws, f.draws)}, f.Shape()...),
			dims:   dims,
		})
	}
	if len(d.h.Observed) > 0 {
		const group = "observed_data"
		z.group(group, attrs)
		for _, a := range d.h.Observed {
			z.values(join(group, a.Name), a.Variable, a.Data, nil)
		}
		z.coordinates(group, observedVariables(d.h))
	}
	return z.close()
}

func (d *inferenceData) discard() { d.store.dir.Discard() }
