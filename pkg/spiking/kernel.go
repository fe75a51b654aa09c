package spiking

import (
	"unsafe"

	"natspike/pkg/internal/portable"
)

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

// A motion is what moves in a step without a spike: the latent voltage u, and the estimate z
// with its drift, the flow. The vectors are padded with zeros to whole fours.
type motion struct {
	u     []float64 // V = Γᵀu − scale·q + offset
	flow  []float64 // Δt(I/τ_m − (D+S)Σ⁻¹/τ_s)z
	z     []float64 // the estimate
	kappa float64   // κ = 1 − Δt/τ_m
	noise float64   // √(2Δt/τ_s), or 1 if the covariance of the noise is in its root
}

func newMotion(p int) motion {
	return motion{u: padded(p), flow: padded(p), z: padded(p)}
}

// driveGo is drive in Go. drive moves u by a step, subtracts the reset that is due, and lets
// the estimate and the flow decay:
//
//	u ← κu + noise·x + (flow + input) − due,  flow ← κ·flow,  z ← κz.
//
// It returns |u|², and drive also rounds u for the search. input is padded as u is; x and
// due have n entries, as many as u has without its padding. due is a pointer since that to
// the column of a neuron is there some cycles before a slice of it would be, and all that
// follows waits for it.
func driveGo(m *motion, s *voltageSearch, input, x, due *float64, n int) (square float64) {
	inputs, noise, dues := unsafe.Slice(input, n), unsafe.Slice(x, n), unsafe.Slice(due, n)
	for d, v := range dues {
		m.u[d] = float64(m.kappa*m.u[d]) + float64(m.noise*noise[d]) + (m.flow[d] + inputs[d]) - v
		m.flow[d] *= m.kappa
		m.z[d] *= m.kappa
	}
	return portable.Dot(m.u, m.u)
}

// addSpikeGo is addSpike in Go. addSpike adds n entries of column, Γ_j, to the estimate, and
// of drift to the flow.
func addSpikeGo(m *motion, column, drift *float64, n int) {
	drifts := unsafe.Slice(drift, n)
	for d, v := range unsafe.Slice(column, n) {
		m.z[d] += v
		m.flow[d] += drifts[d]
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
