package parquetguard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// The decoder may allocate freeMemory, or expansion times the size of the file if
	// that is more.
	freeMemory = 1 << 28 // bytes
	expansion  = 16

	// A file may hold freeRows rows, or rowsPerByte for each of its bytes if that is
	// more.
	freeRows    = 1 << 20
	rowsPerByte = 1 << 12

	maxPageHeader = 1 << 20 // bytes; statistics of long strings are in it
	perValue      = 16      // bytes that the decoder takes for a value beside the page
	slackValues   = 1 << 9  // values that a writer may add to fill its last group of packed bits
)

// Columns returns an error if a page of the leaf columns with the given indices claims
// more than it holds, or if one of the columns is repeated.
func Columns(f io.ReaderAt, size int64, p *parquet.File, columns []int) error {
	limit := max(freeMemory, expansion*size)
	if most := max(freeRows, rowsPerByte*size); p.NumRows() < 0 || p.NumRows() > most {
		return fmt.Errorf("it claims %d rows in %d bytes; want at most %d", p.NumRows(), size, most)
	}
	leaves := leavesOf(p.Root(), nil)
	total := int64(0)
	for g := range p.Metadata().RowGroups {
		group := &p.Metadata().RowGroups[g]
		if group.NumRows < 0 || group.NumRows > p.NumRows()-total {
			return errClaims
		}
		total += group.NumRows
		memory := int64(0)
		for _, k := range columns {
			if k < 0 || k >= len(group.Columns) || k >= len(leaves) {
				return errClaims
			}
			if group.NumRows == 0 {
				continue // the decoder is not asked for its pages
			}
			c := &chunk{file: f, meta: &group.Columns[k].MetaData, leaf: leaves[k], rows: group.NumRows, limit: limit - memory}
			if err := c.check(size); err != nil {
				return fmt.Errorf("column %s: %w", strings.Join(leaves[k].Path(), "."), err)
			}
			memory += c.dictionary + c.largest
		}
	}
	return nil
}

// leavesOf appends the leaf columns, in the order of their indices.
func leavesOf(c *parquet.Column, leaves []*parquet.Column) []*parquet.Column {
	if c.Leaf() {
		return append(leaves, c)
	}
	for _, child := range c.Columns() {
		leaves = leavesOf(child, leaves)
	}
	return leaves
}

// A chunk is one column in one row group.
type chunk struct {
	file  io.ReaderAt
	meta  *format.ColumnMetaData
	leaf  *parquet.Column
	rows  int64 // largest number of rows
	limit int64 // largest number of bytes that the decoder may allocate

	dictionary, largest int64  // bytes for the dictionary, and for the largest page
	buf                 []byte // holds a decompressed page
}

// check returns an error if a page of the chunk is damaged or claims too much.
func (c *chunk) check(size int64) error {
	if c.leaf.MaxRepetitionLevel() > 0 {
		return errors.New("it may have several values in a row; want one")
	}
	// The decoder uses the codec of the first row group for all.
	if first := c.leaf.Compression().CompressionCodec(); first != c.meta.Codec {
		return fmt.Errorf("it is compressed by %v and by %v; want one of them", first, c.meta.Codec)
	}
	at := c.meta.DataPageOffset
	if c.meta.DictionaryPageOffset != 0 {
		at = c.meta.DictionaryPageOffset // where the decoder begins
	}
	if at < 4 || c.meta.TotalCompressedSize < 0 || at > size || c.meta.TotalCompressedSize > size-at {
		return errClaims
	}
	values := int64(0)
	for end := at + c.meta.TotalCompressedSize; at < end; {
		header, n, err := c.header(at, end)
		if err != nil {
			return err
		}
		at += n
		stored, whole := int64(header.CompressedPageSize), int64(header.UncompressedPageSize)
		if stored < 0 || stored > end-at || whole < 0 {
			return errClaims
		}
		count := int64(0)
		switch {
		case header.DataPageHeader.Valid:
			count = int64(header.DataPageHeader.V.NumValues)
		case header.DataPageHeaderV2.Valid:
			count = int64(header.DataPageHeaderV2.V.NumValues)
		case header.DictionaryPageHeader.Valid:
			count = int64(header.DictionaryPageHeader.V.NumValues)
		}
		if count < 0 {
			return errClaims
		}
		memory := max(whole, stored) + perValue*count
		if memory > c.limit-c.dictionary {
			return fmt.Errorf("a page of %d bytes claims %d values in %d bytes, which is more memory than a file of this size may ask for", stored, count, whole)
		}
		if header.Type == format.DictionaryPage {
			c.dictionary += memory
		} else {
			c.largest = max(c.largest, memory)
			if values += count; values > c.rows {
				return fmt.Errorf("its pages claim more than its %d rows", c.rows)
			}
		}
		data := make([]byte, stored)
		if _, err := c.file.ReadAt(data, at); err != nil {
			return err
		}
		if err := c.page(header, data); err != nil {
			return err
		}
		at += stored
	}
	return nil
}

// header reads the page header at an offset, and returns its length.
func (c *chunk) header(at, end int64) (*format.PageHeader, int64, error) {
	for size := int64(1 << 10); ; size *= 4 {
		buf := make([]byte, min(size, end-at))
		if _, err := c.file.ReadAt(buf, at); err != nil {
			return nil, 0, err
		}
		n, _, err := walk(buf, nil)
		if err != nil {
			if int64(len(buf)) == end-at || size >= maxPageHeader {
				return nil, 0, err
			}
			continue // it may be longer
		}
		header := new(format.PageHeader)
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), buf[:n], header); err != nil {
			return nil, 0, fmt.Errorf("a page header is damaged: %w", err)
		}
		return header, int64(n), nil
	}
}

// page returns an error if the data of a page do not fit its header.
func (c *chunk) page(header *format.PageHeader, data []byte) (err error) {
	whole := int(header.UncompressedPageSize)
	var levels []byte
	var encoding format.Encoding
	var n int // values
	switch {
	case header.Type == format.DictionaryPage && header.DictionaryPageHeader.Valid:
		_, err = c.decompress(data, whole) // plain values, whose number the decoder compares
		return err
	case header.Type == format.DataPage && header.DataPageHeader.Valid:
		h := &header.DataPageHeader.V
		encoding, n = h.Encoding, int(h.NumValues)
		if data, err = c.decompress(data, whole); err != nil {
			return err
		}
		if c.leaf.MaxDefinitionLevel() > 0 {
			if levels, data, err = cutPrefixed(data); err != nil {
				return err
			}
			if h.DefinitionLevelEncoding != format.RLE {
				return fmt.Errorf("definition levels are encoded as %v; want RLE", h.DefinitionLevelEncoding)
			}
		}
	case header.Type == format.DataPageV2 && header.DataPageHeaderV2.Valid:
		h := &header.DataPageHeaderV2.V
		encoding, n = h.Encoding, int(h.NumValues)
		r, d := int64(h.RepetitionLevelsByteLength), int64(h.DefinitionLevelsByteLength)
		if r < 0 || d < 0 || r+d > int64(len(data)) || h.NumNulls < 0 || h.NumNulls > h.NumValues {
			return errClaims
		}
		levels, data = data[r:r+d], data[r+d:]
		if h.IsCompressed.V || !h.IsCompressed.Valid {
			if data, err = c.decompress(data, whole); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("a page of type %v", header.Type)
	}
	if most := c.leaf.MaxDefinitionLevel(); most > 0 {
		if err := checkHybrid(levels, bits.Len(uint(most)), n); err != nil {
			return err
		}
	}
	return checkValues(encoding, c.leaf.Type().Kind(), data, n, c.limit)
}

// cutPrefixed cuts data that begin with a length of four bytes into the bytes of that
// length and the rest.
func cutPrefixed(data []byte) (inside, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errPage
	}
	n, data := int64(binary.LittleEndian.Uint32(data)), data[4:]
	if n > int64(len(data)) {
		return nil, nil, errPage
	}
	return data[:n], data[n:], nil
}

var errPage = errors.New("a page is damaged: it holds less than it claims")

// checkValues returns an error if the encoded values of a data page are more than n,
// or if they would take more than limit bytes.
func checkValues(encoding format.Encoding, kind parquet.Kind, data []byte, n int, limit int64) error {
	switch encoding {
	case format.Plain, format.ByteStreamSplit:
		return nil // the decoded values are as long as the data
	//lint:ignore SA1019 old writers use it
	case format.PlainDictionary, format.RLEDictionary:
		if len(data) == 0 {
			return nil
		}
		if data[0] > 32 {
			return errPage
		}
		return checkHybrid(data[1:], int(data[0]), n)
	case format.RLE:
		runs, _, err := cutPrefixed(data)
		if err != nil || kind != parquet.Boolean {
			return errPage
		}
		return checkHybrid(runs, 1, n)
	case format.DeltaBinaryPacked, format.DeltaLengthByteArray:
		return checkDelta(data, n)
	case format.DeltaByteArray:
		// Each value repeats the beginning of the one before, so that the values
		// together can be much longer than the data.
		if err := checkDelta(data, n); err != nil {
			return err
		}
		prefixes, err := new(delta.BinaryPackedEncoding).DecodeInt32(nil, data)
		if err != nil {
			return err
		}
		total := int64(len(data))
		for _, p := range prefixes {
			total += int64(max(p, 0))
		}
		if total > limit {
			return fmt.Errorf("a page of %d bytes stands for %d bytes of text", len(data), total)
		}
		suffixes, err := skipDelta(data)
		if err != nil {
			return err
		}
		return checkDelta(suffixes, n)
	}
	return fmt.Errorf("values are encoded as %v, which is not supported", encoding)
}
