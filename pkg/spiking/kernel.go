package spiking

import "natspike/pkg/internal/portable"

// lanes is the number of neurons in a tile. A tile's running sums fit the
// vector registers of a processor, and n is rounded up to whole tiles.
const lanes = 16

// tiles holds a p×n matrix G for products Gᵀu, n neurons of p entries each, in
// tiles of neurons: entry (d, j) is at g[((j/lanes)·p + d)·lanes + j%lanes], so
// that a product reads memory once and in order. The neurons that fill the last
// tile have zero entries.
type tiles struct {
	p     int
	count int
	g     []float64
}

// newTiles copies rows, n×p and row-major: row j is column j of G.
func newTiles(rows []float64, n, p int) *tiles {
	t := &tiles{p: p, count: (n + lanes - 1) / lanes}
	t.g = make([]float64, t.count*p*lanes)
	for j := range n {
		for d := range p {
			t.g[((j/lanes)*p+d)*lanes+j%lanes] = rows[j*p+d]
		}
	}
	return t
}

// width returns n rounded up to whole tiles, the length of the vectors over
// neurons that the kernels take.
func (t *tiles) width() int { return t.count * lanes }

// mul stores Gᵀu in v. For each neuron the products are rounded and then added in
// the order of d, on every architecture.
func (t *tiles) mul(v, u []float64) {
	if len(u) != t.p || len(v) != t.width() {
		panic(badLength)
	}
	mulTiles(v, t.g, u, t.count)
}

// drive moves the latent voltage u by a step, subtracts the reset that is due, and
// lets the estimate z and the flow decay:
//
//	u ← κu + noise·x + (flow + input) − due,  flow ← κ·flow,  z ← κz.
//
// All are padded with zeros to whole fours, but due may not be. drive returns |u|².
func drive(u, x, flow, input, z, due []float64, kappa, noise float64) (square float64) {
	n := len(u)
	x, flow, input, z = x[:n], flow[:n], input[:n], z[:n]
	if due = due[:min(len(due), n)]; hasAVX2 && len(due) > n-4 {
		return driveAVX2(&u[0], &x[0], &flow[0], &input[0], &z[0], &due[0], len(due), kappa, noise)
	}
	for d, v := range due {
		u[d] = float64(kappa*u[d]) + float64(noise*x[d]) + (flow[d] + input[d]) - v
		flow[d] *= kappa
		z[d] *= kappa
	}
	return portable.Dot(u, u)
}

// add adds a to y and b to z. y and z are padded with zeros to whole fours; a and b need
// not be.
func add(y, a, z, b []float64) {
	b, y, z = b[:len(a)], y[:(len(a)+3)/4*4], z[:(len(a)+3)/4*4]
	if hasAVX2 {
		addAVX2(&y[0], &a[0], &z[0], &b[0], len(a))
		return
	}
	for d, v := range a {
		y[d] += v
		z[d] += b[d]
	}
}

// mulTilesGo is mulTiles in Go.
func mulTilesGo(v, g, u []float64, count int) {
	const half = lanes / 2 // as many running sums as scalar registers hold
	for k := range count {
		tile := g[k*len(u)*lanes : (k+1)*len(u)*lanes]
		for h := 0; h < lanes; h += half {
			from := k*lanes + h
			var s0, s1, s2, s3, s4, s5, s6, s7 float64
			at := h
			for _, x := range u {
				row := (*[half]float64)(tile[at : at+half])
				s0 += float64(x * row[0])
				s1 += float64(x * row[1])
				s2 += float64(x * row[2])
				s3 += float64(x * row[3])
				s4 += float64(x * row[4])
				s5 += float64(x * row[5])
				s6 += float64(x * row[6])
				s7 += float64(x * row[7])
				at += lanes
			}
			*(*[half]float64)(v[from : from+half]) = [half]float64{s0, s1, s2, s3, s4, s5, s6, s7}
		}
	}
}
