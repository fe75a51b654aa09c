// Package stream gives every part of a computation its own random stream.
//
// A stream is a pure function of a Key: which seed, which cell of a sweep,
// which repeat, which chain, and what the numbers are for. It does not depend
// on the order in which streams are made, nor on who draws from them, so a
// run gives the same bytes on any number of workers.
//
// Words, Uniforms, Normals and Exponentials fill a slice. They give the numbers
// that as many single calls would give, and use up as many words of the stream;
// the bits are the same on every architecture, with and without vector
// instructions. They read the words of a Source, which is what Key.Rand draws
// from, many at a time. From a rand.Rand with another source they give the
// numbers of that source, one word after the other.
package stream
