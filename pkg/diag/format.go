package diag

import (
	"math"
	"strconv"
	"strings"
)

// decimals returns how many digits after the point give se two significant
// digits. It is negative for a large se, and 3 if se is 0 or not finite.
func decimals(se float64) int {
	if !(se > 0) || math.IsInf(se, 0) {
		return 3
	}
	_, e, _ := strings.Cut(strconv.FormatFloat(se, 'e', 1, 64), "e")
	exponent, _ := strconv.Atoi(e)
	return 1 - exponent
}

// fixed returns v rounded to the given digit after the point. Numbers of a million
// or more, and those with more than six decimals, have an exponent.
func fixed(v float64, decimals int) string {
	if v == 0 || v-v != 0 {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	if math.Abs(v) < 1e6 && decimals <= 6 {
		return strconv.FormatFloat(v, 'f', max(decimals, 0), 64)
	}
	_, e, _ := strings.Cut(strconv.FormatFloat(v, 'e', 0, 64), "e")
	exponent, _ := strconv.Atoi(e)
	return strconv.FormatFloat(v, 'e', min(max(exponent+decimals, 0), 16), 64)
}
