package archive

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"natspike/pkg/arg"
)

// A Kind is the type that values have in a file. In memory all are float64.
type Kind uint8

const (
	Float64 Kind = iota
	Int64        // whole numbers below 2⁵³ in size
	Bool         // 0 or 1
)

var kindNames = [...]string{Float64: "float64", Int64: "int64", Bool: "bool"}

// String returns NumPy's name of the type.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// MarshalText returns NumPy's name of the type.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText accepts what MarshalText returns.
func (k *Kind) UnmarshalText(text []byte) error {
	if i := slices.Index(kindNames[:], string(text)); i >= 0 {
		*k = Kind(i)
		return nil
	}
	return fmt.Errorf("kind %q is none of float64, int64, bool", text)
}

// bytes returns the size of one value in a file.
func (k Kind) bytes() int {
	if k == Bool {
		return 1
	}
	return 8
}

// A Dim is a named dimension. Its coordinates are 0, 1, 2 … unless it has Labels
// or Values.
type Dim struct {
	Name   string    `json:"name"`
	Size   int       `json:"size"`
	Labels []string  `json:"labels,omitempty"` // nil, or Size of them
	Values []float64 `json:"values,omitempty"` // nil, or Size of them
}

// A Variable is a named quantity. Without dimensions it is a scalar, otherwise
// an array whose elements are in row-major order.
type Variable struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Dims []Dim  `json:"dims,omitempty"`
}

// Scalar returns a real variable without dimensions.
func Scalar(name string) Variable { return Variable{Name: name} }

// Vector returns a real variable of n elements. Its dimension is called
// name_dim_0, as by ArviZ.
func Vector(name string, n int) Variable { return shaped(name, Float64, []int{n}) }

func shaped(name string, kind Kind, shape []int) Variable {
	v := Variable{Name: name, Kind: kind}
	for i, n := range shape {
		v.Dims = append(v.Dims, Dim{Name: name + "_dim_" + strconv.Itoa(i), Size: n})
	}
	return v
}

// Size returns the number of elements.
func (v Variable) Size() int {
	n := 1
	for _, d := range v.Dims {
		n *= d.Size
	}
	return n
}

// Shape returns the sizes of the dimensions.
func (v Variable) Shape() []int {
	s := make([]int, len(v.Dims))
	for i, d := range v.Dims {
		s[i] = d.Size
	}
	return s
}

// Names returns a name for each element, as ArviZ writes them: mu,
// theta[0], theta[Choate], a[1, 2].
func (v Variable) Names() []string {
	if len(v.Dims) == 0 {
		return []string{v.Name}
	}
	names := make([]string, v.Size())
	var b strings.Builder
	for i := range names {
		b.Reset()
		b.WriteString(v.Name)
		block := len(names) // elements that share the indices so far
		for k, d := range v.Dims {
			block /= d.Size
			index := i / block % d.Size
			b.WriteString([]string{"[", ", "}[min(k, 1)])
			switch {
			case d.Labels != nil:
				b.WriteString(d.Labels[index])
			case d.Values != nil:
				b.WriteString(strconv.FormatFloat(d.Values[index], 'g', -1, 64))
			default:
				b.WriteString(strconv.Itoa(index))
			}
		}
		b.WriteByte(']')
		names[i] = b.String()
	}
	return names
}

// rowMajor returns the place in row-major order of element k of an array in
// column-major order, in which the first index changes fastest.
func rowMajor(k int, shape []int) (at int) {
	for _, n := range shape {
		at = at*n + k%n
		k /= n
	}
	return at
}

// Limits of a variable. Sizes in bytes must not overflow. With the dimensions chain
// and draw, a variable must have at most 64 dimensions, which is NumPy's limit.
const (
	maxSize = math.MaxInt32 // elements
	maxDims = 62
)

// validate returns an error if the variable cannot be written. The word is "variable",
// "statistic" or "observed data".
func (v Variable) validate(word string) error {
	if err := validateName(word, v.Name); err != nil {
		return err
	}
	name := word + " " + v.Name
	if int(v.Kind) >= len(kindNames) {
		return check.Errorf(name, "is of %v; want Float64, Int64 or Bool", v.Kind)
	}
	if len(v.Dims) > maxDims {
		return check.Errorf(name, "has %d dimensions; want at most %d", len(v.Dims), maxDims)
	}
	size := 1
	for i, d := range v.Dims {
		if err := validateName("dimension", d.Name); err != nil {
			return err
		}
		switch {
		case d.Size < 1 || d.Size > maxSize/size:
			return check.Errorf(name, "has a dimension %s of size %d; want at least 1, and at most %d elements in all", d.Name, d.Size, maxSize)
		case d.Labels != nil && len(d.Labels) != d.Size:
			return check.Errorf(name, "has a dimension %s of size %d with %d labels", d.Name, d.Size, len(d.Labels))
		case d.Values != nil && len(d.Values) != d.Size:
			return check.Errorf(name, "has a dimension %s of size %d with %d values", d.Name, d.Size, len(d.Values))
		case d.Labels != nil && d.Values != nil:
			return check.Errorf(name, "has a dimension %s with both labels and values; want one of them", d.Name)
		}
		if slices.ContainsFunc(v.Dims[:i], func(e Dim) bool { return e.Name == d.Name }) {
			return check.Errorf(name, "has two dimensions called %s", d.Name)
		}
		for _, l := range d.Labels {
			if err := validateText(l); err != nil {
				return check.Errorf(name, "has a dimension %s with a label that is not allowed: %v", d.Name, err)
			}
		}
		if k := arg.FirstNonFinite(d.Values); k >= 0 {
			return check.Errorf(name, "has a dimension %s with the coordinate %v; want finite values", d.Name, d.Values[k])
		}
		size *= d.Size
	}
	return nil
}

// validateName returns an error unless every format allows the name, some of them as
// the name of a file.
func validateName(word, name string) error {
	bad := func(r rune) bool {
		return r == '/' || r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r)
	}
	if name == "" || name[0] == '.' || len(name) > 200 || strings.HasPrefix(name, "__") || strings.ContainsFunc(name, bad) {
		return check.Errorf(word, "has the name %q; want 1 to 200 bytes of printable text without a slash, not led by a dot or two underscores", name)
	}
	return nil
}

// validateAll returns an error if a variable of a group cannot be written, if
// two have one name, or if dimensions that share a name differ.
func validateAll(word string, vars []Variable) error {
	var names []string
	dims := make(map[string]Dim)
	for _, v := range vars {
		if err := v.validate(word); err != nil {
			return err
		}
		names = append(names, v.Name)
		for _, d := range v.Dims {
			if e, ok := dims[d.Name]; ok && !e.equal(d) {
				return check.Errorf(word+" "+v.Name, "has a dimension %s that is not the same as in a variable before it", d.Name)
			}
			dims[d.Name] = d
		}
	}
	return distinct(word, names)
}

// distinct returns an error if two names are the same. The word for their owners, such
// as "column", is part of the error.
func distinct(word string, names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return check.Errorf(word+" "+name, "is there twice")
		}
		seen[name] = true
	}
	return nil
}

func (d Dim) equal(e Dim) bool {
	return d.Size == e.Size && slices.Equal(d.Labels, e.Labels) && slices.Equal(d.Values, e.Values)
}

// columns returns the number of values of all variables together.
func columns(vars []Variable) int {
	n := 0
	for _, v := range vars {
		n += v.Size()
	}
	return n
}

// validateValues returns an error if a value is not of the variable's kind.
func (v *Variable) validateValues(values []float64) error {
	if v.Kind == Float64 {
		return nil
	}
	for _, x := range values {
		switch {
		case v.Kind == Int64 && (x != math.Trunc(x) || math.Abs(x) >= 1<<53):
			return fmt.Errorf("%s is %v; want a whole number below 2⁵³ in size, for it is of kind int64", v.Name, x)
		case v.Kind == Bool && x != 0 && x != 1:
			return fmt.Errorf("%s is %v; want 0 or 1, for it is of kind bool", v.Name, x)
		}
	}
	return nil
}

// appendValues appends values, which are of the variable's kind, in little-endian
// order.
func (v *Variable) appendValues(b []byte, values []float64) []byte {
	for _, x := range values {
		switch v.Kind {
		case Float64:
			b = binary.LittleEndian.AppendUint64(b, float64bits(x))
		case Int64:
			b = binary.LittleEndian.AppendUint64(b, uint64(int64(x)))
		case Bool:
			b = append(b, byte(x))
		}
	}
	return b
}

// float64bits returns the bits of x. All NaN have the same bits, because arithmetic
// gives a NaN another sign on amd64 than on arm64.
func float64bits(x float64) uint64 {
	if math.IsNaN(x) {
		x = math.NaN()
	}
	return math.Float64bits(x)
}
