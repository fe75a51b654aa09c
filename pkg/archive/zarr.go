package archive

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"natspike/pkg/internal/atomicfile"
)

// zarrStore is a Zarr hierarchy in a directory, of format 2 or 3, uncompressed; see
// https://zarr-specs.readthedocs.io. Only the method chunk may be called from
// several goroutines, and returns its error. The other methods keep their first
// error and do nothing after it, and close returns it.
type zarrStore struct {
	dir    *atomicfile.Dir
	format int
	meta   map[string]json.RawMessage // content of .zmetadata, in format 2
	err    error
}

// Kinds of arrays in a store that no variable has.
const (
	uint64Kind Kind = 254 - iota
	textKind
)

// zarrArray is the metadata of an array.
type zarrArray struct {
	kind          Kind
	shape, chunks []int
	dims          []string
	longest       int // bytes of the longest string, in format 2
	attrs         map[string]any
}

// zarrTypes are the names of types in format 2 and in format 3. NetCDF-C does
// not open a store of format 2 that has NumPy's bool or Unicode text. In format 2
// a bool is therefore a byte and text is bytes, with the attributes by which xarray
// recognises them.
var zarrTypes = map[Kind][2]string{
	Float64: {"<f8", "float64"}, Int64: {"<i8", "int64"}, Bool: {"|i1", "bool"}, uint64Kind: {"<u8", "uint64"}, textKind: {"|S", "string"},
}

func createZarr(path string, format int) (*zarrStore, error) {
	mark := ".zgroup"
	if format == 3 {
		mark = "zarr.json"
	}
	dir, err := atomicfile.CreateDir(path, mark)
	return &zarrStore{dir: dir, format: format, meta: make(map[string]json.RawMessage)}, err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// document writes a JSON document.
func (z *zarrStore) document(key string, content any) {
	text, err := plainJSON(content)
	if z.err == nil && err == nil {
		z.meta[key] = text
		err = z.dir.WriteFile(key, text)
	}
	z.err = cmp.Or(z.err, err)
}

// plainJSON encodes content without Go's escapes of <, > and &. NetCDF-C does
// not know the type "\u003cf8".
func plainJSON(content any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(content)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}

// group adds a group; path "" is the root.
func (z *zarrStore) group(path string, attrs map[string]any) {
	if attrs == nil {
		attrs = map[string]any{}
	}
	if z.format == 3 {
		z.document(join(path, "zarr.json"), map[string]any{"zarr_format": 3, "node_type": "group", "attributes": attrs})
		return
	}
	z.document(join(path, ".zgroup"), map[string]any{"zarr_format": 2})
	z.document(join(path, ".zattrs"), attrs)
}

// array adds the metadata of an array, whose data the method chunk writes.
func (z *zarrStore) array(path string, a zarrArray) {
	attrs := make(map[string]any)
	maps.Copy(attrs, a.attrs)
	if a.dims != nil {
		attrs["_ARRAY_DIMENSIONS"] = a.dims
	}
	if z.format == 3 {
		var fill any = 0
		codec := map[string]any{"name": "bytes", "configuration": map[string]any{"endian": "little"}}
		switch a.kind {
		case Bool:
			fill = false
		case textKind:
			fill, codec = "", map[string]any{"name": "vlen-utf8", "configuration": struct{}{}}
		}
		z.document(path+"/zarr.json", map[string]any{
			"zarr_format": 3, "node_type": "array", "shape": a.shape, "data_type": zarrTypes[a.kind][1],
			"chunk_grid":         map[string]any{"name": "regular", "configuration": map[string]any{"chunk_shape": a.chunks}},
			"chunk_key_encoding": map[string]any{"name": "default", "configuration": map[string]any{"separator": "/"}},
			"fill_value":         fill, "codecs": []any{codec}, "attributes": attrs, "storage_transformers": []any{},
		})
		return
	}
	dtype := zarrTypes[a.kind][0]
	switch a.kind {
	case Bool:
		attrs["dtype"] = "bool"
	case textKind:
		dtype += strconv.Itoa(a.longest)
		attrs["_Encoding"] = "utf-8"
	}
	z.document(path+"/.zarray", map[string]any{
		"zarr_format": 2, "shape": a.shape, "chunks": a.chunks, "dtype": dtype, "order": "C",
		// Xarray takes the fill value for missing, so that zeros would be NaN.
		"fill_value": nil, "compressor": nil, "filters": nil, "dimension_separator": ".",
	})
	z.document(path+"/.zattrs", attrs)
}

// chunk writes one chunk of an array. Those at the edge are of full size too.
func (z *zarrStore) chunk(path string, data []byte, index ...int) error {
	parts := make([]string, len(index))
	for k, i := range index {
		parts[k] = strconv.Itoa(i)
	}
	name := cmp.Or(strings.Join(parts, "."), "0")
	if z.format == 3 {
		name = strings.Join(append([]string{"c"}, parts...), "/")
	}
	return z.dir.WriteFile(path+"/"+name, data)
}

// data writes a chunk and keeps its error.
func (z *zarrStore) data(path string, data []byte, index ...int) {
	if z.err == nil {
		z.err = z.chunk(path, data, index...)
	}
}

// values adds an array that is in memory.
func (z *zarrStore) values(path string, v Variable, data []float64, attrs map[string]any) {
	dims := make([]string, len(v.Dims))
	for i, d := range v.Dims {
		dims[i] = d.Name
	}
	shape := v.Shape()
	z.array(path, zarrArray{kind: v.Kind, shape: shape, chunks: shape, dims: dims, attrs: attrs})
	z.data(path, v.appendValues(nil, data), make([]int, len(shape))...)
}

// count adds the array 0, 1, … n−1 along a dimension of its name.
func (z *zarrStore) count(path, dim string, n int) {
	const most = chunkBytes / 8
	per := min(n, most)
	z.array(path, zarrArray{kind: Int64, shape: []int{n}, chunks: []int{per}, dims: []string{dim}})
	data := make([]byte, 8*per)
	for i := range (n + per - 1) / per {
		for j := range per {
			binary.LittleEndian.PutUint64(data[8*j:], uint64(i*per+j))
		}
		z.data(path, data, i)
	}
}

// text adds an array of strings, which is one string if it has no dimensions.
func (z *zarrStore) text(path string, dims []string, shape []int, s []string, attrs map[string]any) {
	a := zarrArray{kind: textKind, shape: append([]int{}, shape...), dims: dims, attrs: attrs, longest: 1}
	a.chunks = a.shape
	for _, t := range s {
		a.longest = max(a.longest, len(t))
	}
	z.array(path, a)
	var data []byte
	if z.format == 3 {
		data = binary.LittleEndian.AppendUint32(data, uint32(len(s)))
		for _, t := range s {
			data = binary.LittleEndian.AppendUint32(data, uint32(len(t)))
			data = append(data, t...)
		}
	} else {
		for _, t := range s {
			data = append(append(data, t...), make([]byte, a.longest-len(t))...)
		}
	}
	z.data(path, data, make([]int, len(a.shape))...)
}

// coordinates adds the coordinates of the variables' dimensions, each once.
func (z *zarrStore) coordinates(group string, vars []Variable) {
	var seen []string
	for _, v := range vars {
		for _, d := range v.Dims {
			if slices.Contains(seen, d.Name) {
				continue
			}
			seen = append(seen, d.Name)
			path := join(group, d.Name)
			switch {
			case d.Labels != nil:
				z.text(path, []string{d.Name}, []int{d.Size}, d.Labels, nil)
			case d.Values != nil:
				z.values(path, Variable{Name: d.Name, Dims: []Dim{d}}, d.Values, nil)
			default:
				z.count(path, d.Name, d.Size)
			}
		}
	}
}

// close completes the store.
func (z *zarrStore) close() error {
	if z.format == 2 { // xarray looks for all metadata in one file
		z.document(".zmetadata", map[string]any{"zarr_consolidated_format": 1, "metadata": z.meta})
	}
	if z.err != nil {
		return z.err
	}
	return z.dir.Commit()
}
