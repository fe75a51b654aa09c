package parquetguard

import "encoding/binary"

// checkHybrid returns an error if data in the RLE/bit-packing hybrid encoding are cut
// short or hold more than n values.
func checkHybrid(data []byte, bitWidth, n int) error {
	values, most := uint64(0), uint64(n)+slackValues
	for len(data) > 0 {
		u, k := binary.Uvarint(data)
		if k <= 0 {
			return errPage
		}
		data = data[k:]
		count := u >> 1
		if count == 0 {
			continue
		}
		bytes := uint64(bitWidth+7) / 8 // of the value of a run
		if u&1 == 1 {                   // groups of 8 values
			if count > most {
				return errPage
			}
			bytes, count = count*uint64(bitWidth), 8*count
		}
		if count > most-values || bytes > uint64(len(data)) {
			return errPage
		}
		values += count
		data = data[bytes:]
	}
	return nil
}

// A deltaHeader is the header of values in a delta encoding.
type deltaHeader struct {
	block, miniblocks, values uint64
	rest                      []byte
}

func readDeltaHeader(data []byte) (h deltaHeader, err error) {
	var first uint64
	for _, into := range []*uint64{&h.block, &h.miniblocks, &h.values, &first} {
		u, k := binary.Uvarint(data)
		if k <= 0 {
			return h, errPage
		}
		*into, data = u, data[k:]
	}
	h.rest = data
	if h.block == 0 || h.block > 1<<16 || h.miniblocks == 0 || h.miniblocks > h.block || h.block%h.miniblocks != 0 {
		return h, errPage
	}
	return h, nil
}

// checkDelta returns an error if data in a delta encoding claim more than n values.
func checkDelta(data []byte, n int) error {
	if len(data) == 0 {
		return nil
	}
	h, err := readDeltaHeader(data)
	if err == nil && h.values > uint64(n) {
		err = errPage
	}
	return err
}

// skipDelta returns the data after values in a delta encoding.
func skipDelta(data []byte) ([]byte, error) {
	h, err := readDeltaHeader(data)
	if err != nil {
		return nil, err
	}
	data = h.rest
	per := h.block / h.miniblocks
	for left := h.values; left > 1; {
		_, k := binary.Uvarint(data)
		if k <= 0 || uint64(len(data)-k) < h.miniblocks {
			return nil, errPage
		}
		widths := data[k : k+int(h.miniblocks)]
		data = data[k+int(h.miniblocks):]
		for _, width := range widths {
			if left <= 1 {
				break // the rest of the widths belong to no values
			}
			bytes := per * uint64(width) / 8
			if bytes > uint64(len(data)) {
				return nil, errPage
			}
			data = data[bytes:]
			left -= min(per, left-1)
		}
	}
	return data, nil
}
