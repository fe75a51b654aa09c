package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"iter"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"natspike/pkg/internal/atomicfile"
)

// tableDraws writes draws as a table, with a row for each draw, chain by chain.
// The columns are chain, draw, the coordinates and the statistics. Until close the
// rows of each chain are in a part file, as float64.
type tableDraws struct {
	path    string
	h       *Header
	columns []column
	parts   *atomicfile.Scratch
	rows    [][]byte // of each chain; those that are not yet in its part file
}

// maxTextColumns is the most columns that a text file of draws may have. Their
// names then take some tens of megabytes.
const maxTextColumns = 1 << 22

// fits returns an error if there are more coordinates and statistics than most.
func (h *Header) fits(most int) error {
	if n := h.width(); n > most {
		return check.Errorf("Header", "has %d coordinates and statistics; a file of this format holds at most %d", n, most)
	}
	return nil
}

// kindTypes are the types of values in a table, by their kinds.
var kindTypes = map[Kind]reflect.Type{Float64: reflect.TypeFor[float64](), Int64: reflect.TypeFor[int64](), Bool: reflect.TypeFor[bool]()}

func newTableDraws(path string, h *Header) (sink, error) {
	most := maxTextColumns
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		most = parquet.MaxColumnIndex - 2
	}
	if err := h.fits(most); err != nil {
		return nil, err
	}
	d := &tableDraws{path: path, h: h, rows: make([][]byte, h.Chains)}
	var names []string
	for _, f := range append([]field{{Variable: Variable{Name: "chain", Kind: Int64}}, {Variable: Variable{Name: "draw", Kind: Int64}}}, h.fields()...) {
		for _, name := range f.Names() {
			names = append(names, name)
			d.columns = append(d.columns, newColumn(name, kindTypes[f.Kind]))
		}
	}
	err := distinct("column", names)
	if err != nil {
		return nil, err
	}
	d.parts, err = atomicfile.NewScratch(path)
	return d, err
}

func (d *tableDraws) put(chain int, row []float64) error {
	for _, v := range row {
		d.rows[chain] = binary.LittleEndian.AppendUint64(d.rows[chain], float64bits(v))
	}
	if len(d.rows[chain]) < chunkBytes {
		return nil
	}
	return d.flush(chain)
}

// flush writes the rows of a chain that are in memory.
func (d *tableDraws) flush(chain int) error {
	err := d.parts.Append(strconv.Itoa(chain), d.rows[chain])
	d.rows[chain] = d.rows[chain][:0]
	return err
}

// groupBytes bounds the memory for a row group.
const groupBytes = 1 << 22

func (d *tableDraws) close(draws int) error {
	about := d.h.describe()
	about.Observed = nil // the table has no place for their values
	perGroup := min(max(groupBytes/(8*len(d.columns)), 1<<10), groupRows)
	file := tableFile{path: d.path, name: "draws", about: about, columns: d.columns, perGroup: perGroup}
	err := file.save(func(yield func(error) bool) {
		for chain := range d.rows {
			for err := range d.chain(chain, draws) {
				if !yield(err) {
					return
				}
			}
		}
	})
	return errors.Join(err, d.parts.Discard())
}

// chain reads the rows of a chain into the columns, one by one.
func (d *tableDraws) chain(chain, draws int) iter.Seq[error] {
	return func(yield func(error) bool) {
		var f *os.File
		err := d.flush(chain)
		if err == nil {
			f, err = os.Open(d.parts.Path(strconv.Itoa(chain)))
		}
		if err != nil {
			yield(err)
			return
		}
		defer f.Close()
		r, row := bufio.NewReaderSize(f, chunkBytes), make([]byte, 8*(len(d.columns)-2))
		d.columns[0].value.SetInt(int64(chain))
		for draw := range draws {
			err := readFull(r, row)
			d.columns[1].value.SetInt(int64(draw))
			for i, c := range d.columns[2:] {
				switch x := math.Float64frombits(binary.LittleEndian.Uint64(row[8*i:])); c.value.Kind() {
				case reflect.Float64:
					c.value.SetFloat(x)
				case reflect.Int64:
					c.value.SetInt(int64(x))
				case reflect.Bool:
					c.value.SetBool(x == 1)
				}
			}
			if !yield(err) {
				return
			}
		}
	}
}

func (d *tableDraws) discard() { d.parts.Discard() }
