package figure

// PDF returns the figure as a one-page PDF document.
func (f *Figure) PDF() ([]byte, error) { return nil, nil }
