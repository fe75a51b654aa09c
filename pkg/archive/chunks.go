package archive

import "slices"

// chunkBytes is the size of a chunk, of one variable of one chain, which is gathered
// in memory before it is written. Chunks are smaller where all together would take
// more than chunksBytes.
const (
	chunkBytes  = 1 << 18
	chunksBytes = 1 << 30
)

// A field is a variable or a statistic with its place in a row, which holds the
// values of a draw: those of the variables and then those of the statistics.
type field struct {
	Variable
	stat   bool
	offset int // of its first value
	draws  int // in one chunk; see newChunker
}

// group returns ArviZ's name of the group that the field belongs to.
func (f *field) group() string {
	if f.stat {
		return "sample_stats"
	}
	return "posterior"
}

// in returns the field's values in a row.
func (f *field) in(row []float64) []float64 { return row[f.offset : f.offset+f.Size()] }

// fields returns the variables and then the statistics.
func (h *Header) fields() (all []field) {
	offset := 0
	for i, v := range slices.Concat(h.Variables, h.Stats) {
		all = append(all, field{Variable: v, stat: i >= len(h.Variables), offset: offset})
		offset += v.Size()
	}
	return all
}

// validateValues returns an error if a value of a row is not of its variable's kind.
func validateValues(fields []field, row []float64) error {
	for i := range fields {
		f := &fields[i]
		if err := f.validateValues(f.in(row)); err != nil {
			return err
		}
	}
	return nil
}

// A chunker gathers draws into chunks. Each is of one variable of one chain.
type chunker struct {
	fields []field
	chains [][]chunk // by chain and field
	write  func(field, chain, index int, data []byte) error
}

type chunk struct {
	data  []byte
	draws int // in data
	index int // number of the chunk, from 0
}

func newChunker(h *Header, write func(field, chain, index int, data []byte) error) *chunker {
	c := &chunker{fields: h.fields(), write: write, chains: make([][]chunk, h.Chains)}
	size := min(chunkBytes, max(chunksBytes/(h.Chains*len(c.fields)), 1<<10)) // bytes of a chunk
	for i := range c.fields {
		f := &c.fields[i]
		f.draws = max(1, size/(f.Size()*f.Kind.bytes()))
	}
	for i := range c.chains {
		c.chains[i] = make([]chunk, len(c.fields))
	}
	return c
}

func (c *chunker) put(chain int, row []float64) error {
	for i := range c.fields {
		f, k := &c.fields[i], &c.chains[chain][i]
		k.data = f.appendValues(k.data, f.in(row))
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
