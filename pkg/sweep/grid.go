package sweep

// A Grid is the product of axes, each given by its number of values. Its cells
// are numbered with the last axis running fastest, as the digits of a number
// are.
type Grid []int

// Size returns the number of cells: the product of the axes' numbers, which is
// one for no axes.
func (g Grid) Size() int {
	size := 1
	for _, n := range g {
		size *= n
	}
	return size
}

// Index stores the position of a cell on each axis in dst, which must have the
// length of g, and returns it; a nil dst is allocated. It panics if there is no
// such cell.
func (g Grid) Index(dst []int, cell int) []int {
	if dst == nil {
		dst = make([]int, len(g))
	}
	if len(dst) != len(g) {
		panic("sweep: length of dst does not match the grid")
	}
	if cell < 0 || cell >= g.Size() {
		panic("sweep: no such cell in the grid")
	}
	for k := len(g) - 1; k >= 0; k-- {
		dst[k] = cell % g[k]
		cell /= g[k]
	}
	return dst
}
