// Package dataset has real data to fit: small public data sets, embedded, each
// with its own licence in the file LICENSE.
package dataset
