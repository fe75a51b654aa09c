//go:build !amd64

package portable

func expGroups(dst, x *float64, n int) int                 { return 0 }
func logGroups(dst, x *float64, n int) int                 { return 0 }
func log1pExpGroups(dst, x *float64, n int) int            { return 0 }
func bernoulliGroups(eta, y *float64, n int, a *lanes) int { return 0 }
