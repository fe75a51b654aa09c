package parquetguard

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"natspike/pkg/racetest"
)

// check does what a reader does before it reads the first column.
func check(data []byte) error {
	f, size := bytes.NewReader(data), int64(len(data))
	if err := Footer(f, size); err != nil {
		return err
	}
	p, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	return Columns(f, size, p, []int{0})
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A page is one of a file that is made by hand.
type page struct {
	header format.PageHeader
	data   []byte
}

// v1 returns a data page of the first version, and v2 one of the second.
func v1(e format.Encoding, values, whole int, data []byte) page {
	h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(whole), CompressedPageSize: int32(len(data))}
	h.DataPageHeader.Set(format.DataPageHeader{NumValues: int32(values), Encoding: e, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})
	return page{h, data}
}

func v2(e format.Encoding, values, whole, levels int, data []byte) page {
	h := format.PageHeader{Type: format.DataPageV2, UncompressedPageSize: int32(whole), CompressedPageSize: int32(len(data))}
	h.DataPageHeaderV2.Set(format.DataPageHeaderV2{NumValues: int32(values), NumRows: int32(values), Encoding: e, DefinitionLevelsByteLength: int32(levels)})
	return page{h, data}
}

func dictionary(values, whole int, data []byte) page {
	h := format.PageHeader{Type: format.DictionaryPage, UncompressedPageSize: int32(whole), CompressedPageSize: int32(len(data))}
	h.DictionaryPageHeader.Set(format.DictionaryPageHeader{NumValues: int32(values), Encoding: format.Plain})
	return page{h, data}
}

// A column describes the one column of such a file.
type column struct {
	kind     format.Type
	codec    format.CompressionCodec
	optional bool
	rows     int64
	groups   int // row groups, all of the same pages
}

func file(t testing.TB, c column, pages ...page) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := []byte("PAR1")
	meta := format.ColumnMetaData{Type: c.kind, Codec: c.codec, PathInSchema: []string{"x"}, NumValues: c.rows}
	for _, p := range pages {
		if p.header.Type == format.DictionaryPage {
			meta.DictionaryPageOffset = int64(len(b))
		} else if meta.DataPageOffset == 0 {
			meta.DataPageOffset = int64(len(b))
		}
		b = append(append(b, marshal(&p.header)...), p.data...)
	}
	meta.TotalCompressedSize = int64(len(b)) - 4
	leaf := format.SchemaElement{Name: "x"}
	leaf.Type.Set(c.kind)
	leaf.RepetitionType.Set(format.Required)
	if c.optional {
		leaf.RepetitionType.Set(format.Optional)
	}
	root := format.SchemaElement{Name: "schema"}
	root.NumChildren.Set(1)
	m := format.FileMetaData{Version: 1, Schema: []format.SchemaElement{root, leaf}}
	for range max(c.groups, 1) {
		m.NumRows += c.rows
		m.RowGroups = append(m.RowGroups, format.RowGroup{NumRows: c.rows, Columns: []format.ColumnChunk{{MetaData: meta}}})
	}
	footer := marshal(&m)
	b = append(b, footer...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(footer)))
	return append(b, "PAR1"...)
}

// run encodes a run of n equal values, of a byte each.
func run(n uint64, value byte) []byte { return append(binary.AppendUvarint(nil, n<<1), value) }

func withLength(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

func deltas(block, miniblocks, values, first uint64, rest ...byte) []byte {
	var b []byte
	for _, u := range []uint64{block, miniblocks, values, first} {
		b = binary.AppendUvarint(b, u)
	}
	return append(b, rest...)
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func brotlied(data []byte) []byte {
	var b bytes.Buffer
	w := brotli.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstandard(data []byte) []byte {
	w, _ := zstd.NewWriter(nil)
	return w.EncodeAll(data, nil)
}

// Pages that claim more than they hold, or hold more than they claim, are
// refused, and little is allocated to find out.
func TestPageBombs(t *testing.T) {
	racetest.Sequential(t)
	doubles := column{kind: format.Double, rows: 10}
	optional := column{kind: format.Double, rows: 10, optional: true}
	texts := column{kind: format.ByteArray, rows: 10}
	compressed := func(codec format.CompressionCodec) column {
		return column{kind: format.Double, rows: 10, codec: codec}
	}
	ten := make([]byte, 80)
	zeros := make([]byte, 32<<20)
	long := append(append(deltas(128, 4, 2, 0, 0, 0, 0, 0, 0), deltas(128, 4, 2, 2<<20, 0, 0, 0, 0, 0)...), zeros[:1<<20]...)
	// ten values, of which each repeats the 2³⁰ bytes before it
	prefixes := deltas(128, 4, 10, 0, 0x80, 0x80, 0x80, 0x80, 0x08, 0, 0, 0, 0)
	for name, c := range map[string]struct {
		data  []byte
		wants string
	}{
		"a dictionary of 2³¹ values":       {file(t, texts, dictionary(1<<31-1, 8, ten[:8]), v1(format.RLEDictionary, 10, 3, run(10, 0))), "claims 2147483647 values"},
		"a dictionary of 2 GB":             {file(t, compressed(format.Snappy), dictionary(1, 1<<31-1, ten[:8])), "claims 1 values in 2147483647 bytes"},
		"a page of 2³¹ values":             {file(t, column{kind: format.Boolean, rows: 1<<31 - 1}, v1(format.RLE, 1<<31-1, 7, withLength(run(1<<31-1, 1)))), "claims 2147483647 rows"},
		"a page of more values than rows":  {file(t, doubles, v1(format.Plain, 1000, 80, ten)), "more than its 10 rows"},
		"pages of more values than rows":   {file(t, doubles, v1(format.Plain, 6, 48, ten[:48]), v1(format.Plain, 6, 48, ten[:48])), "more than its 10 rows"},
		"a run of indices":                 {file(t, doubles, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 8, append([]byte{8}, run(1<<31-1, 0)...))), "damaged"},
		"runs of indices":                  {file(t, doubles, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 99, append([]byte{8}, bytes.Repeat(run(1<<20, 0), 1000)...))), "damaged"},
		"indices of 255 bits":              {file(t, doubles, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 3, []byte{255, 20, 0})), "damaged"},
		"groups of no bits":                {file(t, doubles, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 6, append([]byte{0}, binary.AppendUvarint(nil, 1<<31-1)...))), "damaged"},
		"a run of levels":                  {file(t, optional, v1(format.Plain, 10, 91, append(withLength(run(1<<31-1, 1)), ten...))), "damaged"},
		"a run of levels, version 2":       {file(t, optional, v2(format.Plain, 10, 86, 6, append(run(1<<31-1, 1), ten...))), "damaged"},
		"more levels than there are bytes": {file(t, optional, v2(format.Plain, 10, 80, 1<<20, ten)), "claim more"},
		"a run of booleans":                {file(t, column{kind: format.Boolean, rows: 10}, v1(format.RLE, 10, 10, withLength(run(1<<31-1, 1)))), "damaged"},
		"2³¹ differences":                  {file(t, column{kind: format.Int64, rows: 10}, v1(format.DeltaBinaryPacked, 10, 9, deltas(128, 4, 1<<31-1, 0, 0, 0, 0, 0, 0))), "damaged"},
		"a block of 2³¹ differences":       {file(t, column{kind: format.Int64, rows: 10}, v1(format.DeltaBinaryPacked, 10, 9, deltas(1<<31-1, 1, 10, 0, 0, 0))), "damaged"},
		"2³¹ lengths":                      {file(t, texts, v1(format.DeltaLengthByteArray, 10, 9, deltas(128, 4, 1<<31-1, 0, 0, 0, 0, 0, 0))), "damaged"},
		"prefixes":                         {file(t, texts, v1(format.DeltaByteArray, 10, len(prefixes), prefixes)), "bytes of text"},
		"2³¹ suffixes":                     {file(t, texts, v1(format.DeltaByteArray, 10, 18, append(deltas(128, 4, 1, 0), deltas(128, 4, 1<<31-1, 0)...))), "damaged"},
		"snappy of 4 GB":                   {file(t, compressed(format.Snappy), v1(format.Plain, 10, 80, []byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0})), "SNAPPY"},
		"snappy of more than it claims":    {file(t, compressed(format.Snappy), v1(format.Plain, 10, 80, snappy.Encode(nil, zeros[:1<<20]))), "SNAPPY"},
		"gzip of more than it claims":      {file(t, compressed(format.Gzip), v1(format.Plain, 10, 80, gzipped(zeros))), "GZIP"},
		"brotli of more than it claims":    {file(t, compressed(format.Brotli), v1(format.Plain, 10, 80, brotlied(zeros))), "BROTLI"},
		"zstd of more than it claims":      {file(t, compressed(format.Zstd), v1(format.Plain, 10, 80, zstandard(zeros))), "ZSTD"},
		"zstd, version 2":                  {file(t, compressed(format.Zstd), v2(format.Plain, 10, 80, 0, zstandard(zeros))), "ZSTD"},
		"LZ4":                              {file(t, compressed(format.Lz4Raw), v1(format.Plain, 10, 80, []byte{0xf0, 0xff, 0xff, 0xff})), "LZ4_RAW is not supported"},
		"LZ4 with a frame":                 {file(t, compressed(format.Lz4), v1(format.Plain, 10, 80, ten)), "not supported"},
		"a page beyond its column":         {file(t, doubles, page{v1(format.Plain, 10, 80, nil).header, nil}, page{format.PageHeader{CompressedPageSize: 1 << 30}, nil}), "claim more"},
		"row groups of the same pages":     {file(t, column{kind: format.Double, rows: 1 << 18, groups: 1000}, v1(format.RLEDictionary, 1<<18, 5, append([]byte{1}, run(1<<18, 0)...))), "claims 262144000 rows"},
		"an index page":                    {file(t, doubles, page{format.PageHeader{Type: format.IndexPage}, nil}), "a page of type"},
	} {
		var err error
		const most = 16 << 20
		if got := allocated(func() { err = check(c.data) }); got > most {
			t.Errorf("%s: %d bytes of memory, more than %d, for a file of %d", name, got, most, len(c.data))
		}
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: want an error with %q, got %v", name, c.wants, err)
		}
	}
	// The files are refused for what is in them, not for how they are made.
	for name, data := range map[string][]byte{
		"plain":                   file(t, doubles, v1(format.Plain, 10, 80, ten)),
		"optional":                file(t, optional, v1(format.Plain, 10, 87, append(withLength(run(10, 1)), ten...))),
		"dictionary":              file(t, doubles, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 3, append([]byte{1}, run(10, 0)...))),
		"long text from prefixes": file(t, texts, v1(format.DeltaByteArray, 2, len(long), long)),
		"gzip":                    file(t, compressed(format.Gzip), v1(format.Plain, 10, 80, gzipped(ten))),
		"zstd, version 2":         file(t, compressed(format.Zstd), v2(format.Plain, 10, 80, 0, zstandard(ten))),
		"no rows":                 file(t, column{kind: format.Double}),
	} {
		if err := check(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Metadata that claim very much are refused before anything is allocated.
func TestFooterBombs(t *testing.T) {
	wrap := func(footer []byte) []byte {
		b := append([]byte("PAR1"), footer...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(footer)))
		return append(b, "PAR1"...)
	}
	groups := format.FileMetaData{Schema: make([]format.SchemaElement, maxGroups+1)}
	for i := range groups.Schema {
		groups.Schema[i].Name = "g"
		groups.Schema[i].NumChildren.Set(1)
	}
	nested, err := thrift.Marshal(new(thrift.CompactProtocol), &groups)
	if err != nil {
		t.Fatal(err)
	}
	keys := binary.AppendUvarint([]byte{0x59, 0xfc}, 1<<20) // field 5, key–value pairs
	keys = append(keys, bytes.Repeat([]byte{0x18, 0, 0}, 1<<20)...)
	for name, c := range map[string]struct {
		data  []byte
		wants string
	}{
		"nothing":                    {nil, "begin with PAR1"},
		"four bytes":                 {[]byte("PAR1"), "end with PAR1"},
		"another file":               {[]byte("PK\x03\x04, a zip archive"), "begin with PAR1"},
		"no end":                     {[]byte("PAR1 and no more than this"), "end with PAR1"},
		"a footer longer than it is": {append(binary.LittleEndian.AppendUint32([]byte("PAR1"), 1<<31), "PAR1"...), "claim more"},
		"a schema of 2³¹ columns":    {wrap([]byte{0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00}), "claim more"},
		"structs within structs":     {wrap(bytes.Repeat([]byte{0x1c}, 1<<20)), "claim more"},
		"lists within lists":         {wrap(append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 1<<20)...)), "claim more"},
		"text of 2³¹ bytes":          {wrap([]byte{0x18, 0xff, 0xff, 0xff, 0xff, 0x07}), "claim more"},
		"a map of 2³¹ pairs":         {wrap([]byte{0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x88}), "claim more"},
		"a kind that there is not":   {wrap([]byte{0x1e, 0x00}), "claim more"},
		"empty structs":              {wrap(append(binary.AppendUvarint([]byte{0x29, 0xfc}, 1<<20), make([]byte, 1<<20)...)), "claim more"},
		"very many parts":            {wrap(append(keys, 0)), "parts; want at most"},
		"very many groups":           {wrap(nested), "groups of columns"},
	} {
		var err error
		most := uint64(1<<20 + 2*len(c.data))
		if got := allocated(func() { err = check(c.data) }); got > most {
			t.Errorf("%s: %d bytes of memory, more than %d, for a file of %d", name, got, most, len(c.data))
		}
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: want an error with %q, got %v", name, c.wants, err)
		}
	}
}

// What parquet-go writes is not refused, however it is encoded and compressed.
func TestAccepts(t *testing.T) {
	racetest.Sequential(t)
	const rows = 30000
	nodes := map[string][]encoding.Encoding{
		"double": {&parquet.Plain, &parquet.RLEDictionary, &parquet.ByteStreamSplit},
		"int":    {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaBinaryPacked},
		"bool":   {&parquet.Plain, &parquet.RLE},
		"text":   {&parquet.Plain, &parquet.RLEDictionary, &parquet.DeltaLengthByteArray, &parquet.DeltaByteArray},
	}
	value := func(kind string, i int) parquet.Value {
		switch kind {
		case "double":
			return parquet.DoubleValue(float64(i%100) / 3)
		case "int":
			return parquet.Int64Value(int64(i*i%1000 - i))
		case "bool":
			return parquet.BooleanValue(i%3 == 0)
		}
		return parquet.ByteArrayValue(fmt.Appendf(nil, "row %d of %d", i/7, rows))
	}
	leaf := map[string]parquet.Node{"double": parquet.Leaf(parquet.DoubleType), "int": parquet.Leaf(parquet.Int64Type), "bool": parquet.Leaf(parquet.BooleanType), "text": parquet.String()}
	for kind, encodings := range nodes {
		for _, e := range encodings {
			for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd} {
				for _, version := range []int{1, 2} {
					for _, optional := range []bool{false, true} {
						node := parquet.Compressed(parquet.Encoded(leaf[kind], e), codec)
						if optional {
							node = parquet.Optional(node)
						}
						var b bytes.Buffer
						w := parquet.NewWriter(&b, parquet.NewSchema("t", parquet.Group{"x": node}), parquet.DataPageVersion(version), parquet.MaxRowsPerRowGroup(rows/2+1))
						for i := range rows {
							v := value(kind, i).Level(0, 0, 0)
							if optional && i%5 > 0 {
								v = v.Level(0, 1, 0)
							} else if optional {
								v = parquet.NullValue().Level(0, 0, 0)
							}
							if _, err := w.WriteRows([]parquet.Row{{v}}); err != nil {
								t.Fatal(err)
							}
						}
						if err := w.Close(); err != nil {
							t.Fatal(err)
						}
						if err := check(b.Bytes()); err != nil {
							t.Errorf("%s, %v, %v, version %d, optional %v: %v", kind, e, codec, version, optional, err)
						}
					}
				}
			}
		}
	}
}

// damaged is check without the panics of the decoder of the metadata, from which
// its caller recovers.
func damaged(t *testing.T, data []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if !bytes.Contains(debug.Stack(), []byte("parquet-go.OpenFile")) {
				t.Fatal(p)
			}
			err = fmt.Errorf("%v", p)
		}
	}()
	return check(data)
}

// Of a file in which any one byte is another, little is allocated; and cut short
// it is refused.
func TestDamage(t *testing.T) {
	racetest.Sequential(t)
	ten := make([]byte, 80)
	prefixes := append(deltas(128, 4, 10, 0, 0, 0, 0, 0, 0), append(deltas(128, 4, 10, 2, 0, 1, 1, 1, 1), ten...)...)
	for name, data := range map[string][]byte{
		"optional":           file(t, column{kind: format.Double, rows: 10, optional: true}, v1(format.Plain, 10, 87, append(withLength(run(10, 1)), ten...))),
		"optional version 2": file(t, column{kind: format.Double, rows: 10, optional: true, codec: format.Gzip}, v2(format.Plain, 10, 83, 2, append(run(10, 1), gzipped(ten)...))),
		"dictionary":         file(t, column{kind: format.Double, rows: 10, codec: format.Snappy}, dictionary(1, 8, snappy.Encode(nil, ten[:8])), v1(format.RLEDictionary, 10, 3, snappy.Encode(nil, append([]byte{1}, run(10, 0)...)))),
		"brotli":             file(t, column{kind: format.Double, rows: 10, codec: format.Brotli}, v1(format.Plain, 10, 80, brotlied(ten))),
		"booleans":           file(t, column{kind: format.Boolean, rows: 10, codec: format.Zstd}, v2(format.RLE, 10, 6, 0, zstandard(withLength(run(10, 1))))),
		"differences":        file(t, column{kind: format.Int64, rows: 10}, v1(format.DeltaBinaryPacked, 10, 9, deltas(128, 4, 10, 0, 0, 0, 0, 0, 0))),
		"prefixes":           file(t, column{kind: format.ByteArray, rows: 10}, v1(format.DeltaByteArray, 10, len(prefixes), prefixes)),
	} {
		if err := check(data); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		const most = 1 << 25
		for i := range data {
			if err := damaged(t, data[:i]); err == nil {
				t.Errorf("%s: cut to %d of %d bytes it is taken", name, i, len(data))
			}
			for _, change := range []byte{1, 2, 8, 0x10, 0x40, 0x7f, 0x80, 0xff} {
				other := bytes.Clone(data)
				other[i] ^= change
				if got := allocated(func() { _ = damaged(t, other) }); got > most {
					t.Errorf("%s: byte %d as %#x: %d bytes of memory", name, i, other[i], got)
				}
			}
		}
	}
}

// A page header may be longer than what is read of it at first.
func TestLongPageHeader(t *testing.T) {
	p := v1(format.Plain, 10, 80, make([]byte, 80))
	p.header.DataPageHeader.V.Statistics.MaxValue = make([]byte, 1<<14)
	if err := check(file(t, column{kind: format.Double, rows: 10}, p)); err != nil {
		t.Error(err)
	}
	p.header.DataPageHeader.V.Statistics.MaxValue = make([]byte, 5<<20)
	if err := check(file(t, column{kind: format.Double, rows: 10}, p)); err == nil {
		t.Error("a page header of 5 MB is taken")
	}
}

func FuzzColumns(f *testing.F) {
	ten := make([]byte, 80)
	for _, data := range [][]byte{
		file(f, column{kind: format.Double, rows: 10, optional: true}, v1(format.Plain, 10, 87, append(withLength(run(10, 1)), ten...))),
		file(f, column{kind: format.Double, rows: 10}, dictionary(1, 8, ten[:8]), v1(format.RLEDictionary, 10, 3, append([]byte{1}, run(10, 0)...))),
		file(f, column{kind: format.Double, rows: 10, codec: format.Zstd}, v2(format.Plain, 10, 80, 0, zstandard(ten))),
		file(f, column{kind: format.Int64, rows: 10}, v1(format.DeltaBinaryPacked, 10, 9, deltas(128, 4, 10, 0, 0, 0, 0, 0, 0))),
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		most := uint64(expansion*len(data) + 2*freeMemory)
		if got := allocated(func() { _ = damaged(t, data) }); got > most {
			t.Errorf("%d bytes of memory for a file of %d", got, len(data))
		}
	})
}
