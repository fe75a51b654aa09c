package archive

// blockBytes is how much of one variable of one chain is gathered before it is written.
const blockBytes = 1 << 18

// A field is a variable among the values of a draw.
type field struct {
	Variable
	stat   bool
	offset int // of its first value, among x or among stats
	block  int // draws in one block
}

// group is ArviZ's name of the group that the field belongs to.
func (f *field) group() string {
	if f.stat {
		return "sample_stats"
	}
	return "posterior"
}

func fields(h Header) []field {
	var all []field
	for _, part := range []struct {
		vars []Variable
		stat bool
	}{{h.Variables, false}, {h.Stats, true}} {
		offset := 0
		for _, v := range part.vars {
			all = append(all, field{v, part.stat, offset, max(1, blockBytes/(v.Size()*v.Kind.bytes()))})
			offset += v.Size()
		}
	}
	return all
}

// blocks gathers draws into blocks, each of one variable of one chain.
type blocks struct {
	fields []field
	chains [][]block
	flush  func(f, chain, index int, data []byte) error
}

type block struct {
	data  []byte
	draws int // in data
	index int // of the block
}

func newBlocks(h Header, flush func(f, chain, index int, data []byte) error) *blocks {
	b := &blocks{fields: fields(h), flush: flush, chains: make([][]block, h.Chains)}
	for c := range b.chains {
		b.chains[c] = make([]block, len(b.fields))
	}
	return b
}

func (b *blocks) put(chain int, x, stats []float64) error {
	for i := range b.fields {
		f, k := &b.fields[i], &b.chains[chain][i]
		values := x
		if f.stat {
			values = stats
		}
		var err error
		if k.data, err = f.appendValues(k.data, values[f.offset:f.offset+f.Size()]); err != nil {
			return err
		}
		if k.draws++; k.draws == f.block {
			if err := b.write(i, chain); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *blocks) write(f, chain int) error {
	k := &b.chains[chain][f]
	err := b.flush(f, chain, k.index, k.data)
	k.data, k.draws = k.data[:0], 0
	k.index++
	return err
}

// rest writes the blocks that are not full.
func (b *blocks) rest() error {
	for c := range b.chains {
		for f := range b.fields {
			if b.chains[c][f].draws > 0 {
				if err := b.write(f, c); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
