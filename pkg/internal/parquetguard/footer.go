package parquetguard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	maxGroups = 1000 // largest number of groups of columns

	// A file may have freeStructs structs in its metadata, and one more for each
	// structBytes of its size. The decoder allocates about 500 bytes for each.
	freeStructs = 1 << 18
	structBytes = 16
)

// Footer returns an error if the metadata at the end of a file claim more than the
// file can hold.
func Footer(f io.ReaderAt, size int64) error {
	const magic = "PAR1"
	begin, end := make([]byte, 4), make([]byte, 8)
	if _, err := f.ReadAt(begin, 0); err != nil || string(begin) != magic {
		return errors.New("this is not a Parquet file: it does not begin with PAR1")
	}
	if _, err := f.ReadAt(end, size-8); err != nil || string(end[4:]) != magic || size < 12 {
		return errors.New("it does not end with PAR1: it is cut short")
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > size-12 {
		return errClaims
	}
	footer := make([]byte, length)
	if _, err := f.ReadAt(footer, size-8-length); err != nil {
		return err
	}
	groups := 0
	_, structs, err := walk(footer, func(path []int, value int64) {
		// The schema is field 2 of the metadata, a list of structs whose field 5
		// is the number of children.
		if len(path) == 3 && path[0] == 2 && path[2] == 5 && value > 0 {
			groups++
		}
	})
	if err != nil {
		return err
	}
	if groups > maxGroups {
		return fmt.Errorf("its schema has %d groups of columns; want at most %d", groups, maxGroups)
	}
	if most := freeStructs + size/structBytes; int64(structs) > most {
		return fmt.Errorf("its metadata have %d parts; want at most %d in a file of %d bytes", structs, most, size)
	}
	return nil
}
