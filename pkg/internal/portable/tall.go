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

// AddScore is Add with the log odds Xβ of labels y, whose rows of X are those from the
// given one on, a multiple of eight. It also adds the derivative of their log likelihood
// by β, Xᵀ[y − σ(Xβ)], to dst. It gives the bits of MulVec, Add and AddMulTransVec.
func (b *Bernoulli) AddScore(dst []float64, x *Tall, y, beta []float64, from int) {
	const pair = 2 * group // rows of two tiles
	d := x.columns
	dst, beta = dst[:d], beta[:d]
	for to := from + len(y); from < to; {
		rows, y := x.rows[from*d:to*d], y[len(y)-(to-from):]
		done := 0
		if n := min(to-from, b.room()); n >= pair {
			done = scoreAVX512(&dst[0], &rows[0], &x.tiles[from*d], &y[0], &beta[0], n, d, &b.lanes, &expConstants[0], &powers[0])
			b.count += done
		}
		if done == 0 {
			done = min(to-from, pair)
			var buffer [pair]float64
			eta := buffer[:done]
			MulVec(eta, rows, beta)
			b.Add(eta, y) // eta is now y − σ(η)
			AddMulTransVec(dst, rows, eta)
		}
		from += done
	}
}
