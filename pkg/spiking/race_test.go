//go:build race

package spiking

const underRace = true
