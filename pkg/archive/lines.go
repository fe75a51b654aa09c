package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A lineReader reads a text file line by line, in bounded memory.
type lineReader struct {
	buf  *bufio.Reader
	line int    // number of the last line read, from 1
	long []byte // holds a line that does not fit buf
}

func newLineReader(r io.Reader) lineReader {
	return lineReader{buf: bufio.NewReaderSize(r, 1<<16)}
}

// next returns a line of at most limit bytes, without its end. The slice is
// valid until the next call. The error at the end of the file is io.EOF.
func (r *lineReader) next(limit int) ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.buf.ReadSlice('\n')
		whole := part
		if len(r.long) > 0 || err != nil {
			r.long = append(r.long, part...)
			whole = r.long
		}
		switch {
		case err == io.EOF && len(whole) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF && err != bufio.ErrBufferFull:
			return nil, err
		case len(whole) > limit:
			r.line++
			return nil, fmt.Errorf("it is longer than %d bytes, and does not look like CmdStan's", limit)
		case err == io.EOF:
			r.line++
			return nil, errors.New("the file ends within the line: it is cut short")
		case err == nil:
			r.line++
			return bytes.TrimSuffix(whole[:len(whole)-1], []byte{'\r'}), nil
		}
	}
}
