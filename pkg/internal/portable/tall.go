package portable

// A Tall matrix has at most eight columns. It is stored twice: row after row, and in
// tiles of eight rows, each column after column.
type Tall struct {
	rows, tiles []float64
	columns     int
}

// NewTall returns the matrix of the given rows, which it does not copy. It returns nil if
// there are more than eight columns, or if the processor has not the instructions that a
// Tall matrix is made for.
func NewTall(rows []float64, columns int) *Tall {
	if columns > group || !hasAVX512 {
		return nil
	}
	tile := group * columns // numbers
	tiles := make([]float64, len(rows)/tile*tile)
	for i := range tiles {
		column, row := i%tile/group, i%group
		tiles[i] = rows[i/tile*tile+row*columns+column]
	}
	return &Tall{rows, tiles, columns}
}

// AddScore adds the derivative by β of the log likelihood of labels y with log odds Xβ,
// Xᵀ[y − σ(Xβ)], to dst, and unless sum is nil, adds the labels to it. Their rows of X are
// those from the given one on, a multiple of eight. It gives the bits of MulVec, Add and
// AddMulTransVec.
func (x *Tall) AddScore(dst, y, beta []float64, from int, sum *Bernoulli) {
	const pair = 2 * group // rows of two tiles
	d := x.columns
	dst, beta = dst[:d], beta[:d]
	for to := from + len(y); from < to; {
		rows, y := x.rows[from*d:to*d], y[len(y)-(to-from):]
		n, done := len(y), 0
		var lanes *lanes
		if sum != nil {
			n, lanes = min(n, sum.room()), &sum.lanes
		}
		if n >= pair {
			done = scoreAVX512(&dst[0], &rows[0], &x.tiles[from*d], &y[0], &beta[0], n, d, lanes, &expConstants[0], &powers[0])
		}
		if sum != nil {
			sum.count += done
		}
		if done == 0 {
			done = min(len(y), pair)
			var buffer [pair]float64
			eta, to := buffer[:done], sum
			if to == nil {
				to = new(Bernoulli)
			}
			MulVec(eta, rows, beta)
			to.Add(eta, y) // eta is now y − σ(η)
			AddMulTransVec(dst, rows, eta)
		}
		from += done
	}
}
