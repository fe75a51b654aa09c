package trial

import "iter"

// Segments returns the segments of a window, in order.
func (r *Recording) Segments(w Window) (iter.Seq[Segment], error) {
	from, to, err := r.Steps(w)
	if err != nil {
		return nil, err
	}
	return r.replay(from, to), nil
}
