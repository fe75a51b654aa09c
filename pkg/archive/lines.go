package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
)

// A lineReader reads a text file line by line, in bounded memory.
type lineReader struct {
	*bufio.Scanner
	line  int // number of the last line read, from 1
	limit int // bytes of a line
}

func newLineReader(r io.Reader) *lineReader {
	l := &lineReader{Scanner: bufio.NewScanner(r)}
	l.Buffer(make([]byte, 1<<16), maxHeadLine+1)
	l.Split(l.split)
	return l
}

// next returns a line of at most limit bytes, without its end. The slice is
// valid until the next call. The error at the end of the file is io.EOF.
func (r *lineReader) next(limit int) ([]byte, error) {
	r.limit = limit
	if r.Scan() {
		return r.Bytes(), nil
	}
	return nil, cmp.Or(r.Err(), io.EOF)
}

// split is a bufio.SplitFunc.
func (r *lineReader) split(data []byte, atEOF bool) (advance int, line []byte, err error) {
	end := bytes.IndexByte(data, '\n')
	switch {
	case end >= r.limit || end < 0 && len(data) > r.limit:
		err = fmt.Errorf("it is longer than %d bytes, and does not look like CmdStan's", r.limit)
	case end < 0 && (!atEOF || len(data) == 0):
		return 0, nil, nil
	case end < 0:
		err = errors.New("the file ends within the line: it is cut short")
	}
	r.line++
	return end + 1, bytes.TrimSuffix(data[:max(end, 0)], []byte{'\r'}), err
}
