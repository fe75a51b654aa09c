package parquetguard

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// decompress returns the decompressed data, which must have at most the given size.
// The slice is valid until the next call.
func (c *chunk) decompress(data []byte, size int) ([]byte, error) {
	if c.meta.Codec == format.Uncompressed {
		return data, nil
	}
	if len(data) == 0 && size == 0 {
		return nil, nil
	}
	if len(c.buf) <= size {
		c.buf = make([]byte, size+1)
	}
	out, err := expand(c.meta.Codec, c.buf[:size+1], data)
	if err != nil {
		return nil, fmt.Errorf("a page of %d bytes, compressed by %v, is not the %d bytes that it claims to be: %w", len(data), c.meta.Codec, size, err)
	}
	return out, nil
}

// expand decompresses data into buf. It returns an error unless a byte of buf is left.
func expand(codec format.CompressionCodec, buf, data []byte) ([]byte, error) {
	switch codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(data)
		if err == nil && n >= len(buf) {
			err = io.ErrShortBuffer
		}
		if err != nil {
			return nil, err
		}
		return snappy.Decode(buf, data)
	case format.Gzip:
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return readInto(buf, r)
	case format.Brotli:
		return readInto(buf, brotli.NewReader(bytes.NewReader(data)))
	case format.Zstd:
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(math.MaxInt32))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		return d.DecodeAll(data, buf[:0:len(buf)-1])
	}
	// Of pages compressed by LZ4_RAW parquet-go 0.32 returns what was in the buffer
	// before, if a page is more than a third of its size when it is compressed.
	return nil, fmt.Errorf("compression by %v is not supported; want SNAPPY, GZIP, BROTLI, ZSTD or none", codec)
}

// readInto reads r to its end into buf. It returns an error unless a byte of buf is
// left.
func readInto(buf []byte, r io.Reader) ([]byte, error) {
	switch n, err := io.ReadFull(r, buf); err {
	case io.EOF, io.ErrUnexpectedEOF:
		return buf[:n], nil
	case nil:
		return nil, io.ErrShortBuffer
	default:
		return nil, err
	}
}
