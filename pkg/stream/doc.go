// Package stream gives every part of a computation its own random stream.
//
// A stream is a pure function of a Key: which seed, which cell of a sweep,
// which repeat, which chain, and what the numbers are for. It does not depend
// on the order in which streams are made, nor on who draws from them, so a
// run gives the same bytes on any number of workers. Normals is a standard
// normal generator whose results are the same bits on every architecture.
package stream
