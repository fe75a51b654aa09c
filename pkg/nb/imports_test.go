package nb

// What a notebook may import besides this module's own packages: named here,
// go.mod and go.sum hold all that they need, so that no cell has to download.
import (
	_ "github.com/janpfeifer/gonb/cache"
	_ "github.com/janpfeifer/gonb/gonbui/widgets"
	_ "gonum.org/v1/gonum/integrate/quad"
	_ "gonum.org/v1/gonum/stat/distmv"
	_ "gonum.org/v1/gonum/stat/distuv"
	_ "gonum.org/v1/plot/palette/moreland"
	_ "gonum.org/v1/plot/plotter"
	_ "gonum.org/v1/plot/vg/vgimg"
	_ "gonum.org/v1/plot/vg/vgpdf"
	_ "gonum.org/v1/plot/vg/vgsvg"
)
