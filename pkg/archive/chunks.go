package archive

// chunkBytes is how many bytes of one variable of one chain are gathered before
// they are written, unless there are so many that they would take more than
// chunksBytes together.
const (
	chunkBytes  = 1 << 18
	chunksBytes = 1 << 30
)

// A field is a variable with its place among the values of a draw.
type field struct {
	Variable
	stat   bool
	offset int // of its first value, among the coordinates or the statistics
	draws  int // in one chunk
}

// group returns ArviZ's name of the group that the field belongs to.
func (f *field) group() string {
	if f.stat {
		return "sample_stats"
	}
	return "posterior"
}

// in returns the field's values of a draw.
func (f *field) in(x, stats []float64) []float64 {
	if f.stat {
		x = stats
	}
	return x[f.offset : f.offset+f.Size()]
}

// fields returns the variables and then the statistics.
func fields(h *Header) []field {
	var all []field
	bytes := min(chunkBytes, max(chunksBytes/(h.Chains*(len(h.Variables)+len(h.Stats))), 1<<10))
	for _, part := range []struct {
		vars []Variable
		stat bool
	}{{h.Variables, false}, {h.Stats, true}} {
		offset := 0
		for _, v := range part.vars {
			all = append(all, field{v, part.stat, offset, max(1, bytes/(v.Size()*v.Kind.bytes()))})
			offset += v.Size()
		}
	}
	return all
}

// A chunker gathers draws into chunks. Each is of one variable of one chain.
type chunker struct {
	fields []field
	chains [][]chunk // of each chain and field
	write  func(field, chain, index int, data []byte) error
}

type chunk struct {
	data  []byte
	draws int // in data
	index int // number of the chunk
}

func newChunker(h *Header, write func(field, chain, index int, data []byte) error) *chunker {
	c := &chunker{fields: fields(h), write: write, chains: make([][]chunk, h.Chains)}
	for i := range c.chains {
		c.chains[i] = make([]chunk, len(c.fields))
	}
	return c
}

func (c *chunker) put(chain int, x, stats []float64) error {
	for i := range c.fields {
		f, k := &c.fields[i], &c.chains[chain][i]
		var err error
		if k.data, err = f.appendValues(k.data, f.in(x, stats)); err != nil {
			return err
		}
		if k.draws++; k.draws == f.draws {
			if err := c.flush(i, chain); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *chunker) flush(field, chain int) error {
	k := &c.chains[chain][field]
	err := c.write(field, chain, k.index, k.data)
	k.data, k.draws = k.data[:0], 0
	k.index++
	return err
}

// flushAll writes the chunks that are not full.
func (c *chunker) flushAll() error {
	for chain := range c.chains {
		for field := range c.fields {
			if c.chains[chain][field].draws > 0 {
				if err := c.flush(field, chain); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
