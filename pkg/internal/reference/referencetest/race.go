//go:build race

package referencetest

const underRace = true
