//go:build !race

package referencetest

const underRace = false
