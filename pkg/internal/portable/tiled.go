package portable

// A Tiled matrix is stored twice: row after row, and in tiles. A tile is eight rows, column
// after column. Up to seven rows at the end are in no tile.
type Tiled struct {
	rows, tiles []float64
	columns     int
}

// NewTiled returns the matrix of the given rows, which it does not copy. It returns nil if
// tiles would save no time: if the processor does not have AVX-512, if there are more than
// 32 columns, or if there are more than eight columns and both copies together are too
// large for the second cache.
func NewTiled(rows []float64, columns int) *Tiled {
	const many, large = 32, 1 << 16 // columns, numbers
	if !hasAVX512 || columns > many || columns > group && len(rows) > large {
		return nil
	}
	tile := group * columns // numbers
	tiles := make([]float64, len(rows)/tile*tile)
	for t := 0; t < len(tiles); t += tile {
		for i := range tile {
			tiles[t+i] = rows[t+i%group*columns+i/group]
		}
	}
	return &Tiled{rows, tiles, columns}
}

// pair is the number of rows of two tiles, which a kernel computes at once.
const pair = 2 * group

// AddScore adds labels y with log odds Xβ to sum, unless sum is nil. It adds the derivative
// of their log likelihood by β, Xᵀ[y − σ(Xβ)], to dst, unless dst is nil. The first label
// is that of the row from, a multiple of eight. It gives the bits of MulVec, Add and
// AddMulTransVec.
func (x *Tiled) AddScore(dst, y, beta []float64, from int, sum *Bernoulli) {
	const block = 64 // rows, both copies of which stay in the first cache
	d := x.columns
	beta = beta[:d]
	for to := from + len(y); from < to; {
		rows, y := x.rows[from*d:to*d], y[len(y)-(to-from):]
		done := 0
		if dst != nil && d <= group {
			done = x.addScore(dst[:d], y, beta, from, sum)
		}
		if done == 0 {
			done = min(len(y), block)
			var buffer [block]float64
			eta, sum := buffer[:done], sum
			if sum == nil {
				sum = new(Bernoulli)
			}
			x.mulVec(eta, beta, from)
			sum.Add(eta, y) // eta is now y − σ(η)
			if dst != nil {
				AddMulTransVec(dst, rows, eta)
			}
		}
		from += done
	}
}

// addScore is AddScore for at most eight columns. It adds pairs of tiles until the lanes of
// sum are full, fewer rows are left, or a log odds is not between −707 and 707. It returns
// the number of rows that it has added.
func (x *Tiled) addScore(dst, y, beta []float64, from int, sum *Bernoulli) (done int) {
	n := len(y)
	var to *lanes
	if sum != nil {
		n, to = min(n, sum.room()), &sum.lanes
	}
	if n >= pair {
		at := from * x.columns
		done = scoreAVX512(&dst[0], &x.rows[at], &x.tiles[at], &y[0], &beta[0], n, x.columns, to, &expConstants[0], &powers[0])
	}
	if sum != nil {
		sum.count += done
	}
	return done
}

// mulVec stores the product of the rows from the given one on, a multiple of eight, and
// beta in dst.
func (x *Tiled) mulVec(dst, beta []float64, from int) {
	at, n := from*x.columns, len(dst)&^(pair-1)
	if n > 0 {
		mulTilesAVX512(&dst[0], &x.tiles[at], &beta[0], n, x.columns)
	}
	MulVec(dst[n:], x.rows[at+n*x.columns:], beta)
}
