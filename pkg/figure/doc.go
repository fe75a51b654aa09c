// Package figure draws figures in one theme, on the canvases of gonum/plot. The
// theme is made for a notebook 700 pixels wide, for print, and for readers without
// full colour vision.
//
// A figure is built from layers on a Panel and panels in a grid:
//
//	p := figure.New("How the mean relaxes", "time (τ)", "mean").
//		Line("natural", t, natural, figure.Natural).
//		Line("naive", t, naive, figure.Naive).
//		HLine("truth", 6)
//	err := figure.Row(p, q).Letters().Save("mean.pdf")
//
// Ready-made figures are functions: Trace, Marginals, Autocorrelation,
// CovarianceHeatMap and others. Those of one panel return it, so that layers can
// be added; the others return a Figure. A panel can be saved and shown as it is.
//
// # Styles
//
// Naive (orange), Natural (purple) and Truth (dark, dashed) mean the same in
// every figure; StyleOf gives the style of any metric.Geometry. A series without
// a Style takes the next colour of Cycle. The zero value of every field of a
// Style is the theme's choice. Where a panel has more than four lines, or sets of
// points, that only colour tells apart, they get dashes and shapes.
//
// # Text
//
// Labels are plain text with mathematical signs: "ΓᵀΣ⁻¹Γ", "⟨z₁²⟩", "√n", "μ̂".
// Signs that the font lacks are composed of those that it has. Letters are drawn
// as outlines, so a figure looks the same wherever it is opened. A figure carries a
// text for readers who do not see it: that of Alt, or else its titles, axes, ranges
// and series. The text is the description of the SVG and the subject of the PDF,
// and fmt.Println prints it.
//
// # Errors
//
// Methods that add a layer return the panel, not an error. The first argument
// that is not allowed (a value that is not finite, series of different lengths)
// is kept as an *arg.Error with the name of the series and the index, and
// returned by Err and by every method that writes the picture. Any finite data
// give a picture or such an error, in bounded time and memory: axes of nearly
// equal numbers are labelled by their differences, long series are thinned to
// what can be seen, and sizes that would not fit in memory are refused.
//
// # Determinism
//
// The same calls give the same bytes of SVG, PNG, PDF and GIF.
package figure
