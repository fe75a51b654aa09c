// Package dataset has data to fit: small public data sets, embedded, each with its
// own licence in the file LICENSE, and some that are simulated from a fixed seed.
package dataset
