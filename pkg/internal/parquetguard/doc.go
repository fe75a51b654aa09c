// Package parquetguard checks a Parquet file before parquet-go decodes it.
//
// The decoder allocates what a file claims. Some of those claims cost nothing to
// make: 22 bytes can announce a list of 2³¹ columns, a run of six bytes stands
// for 2³¹ equal values, and a compressed page may be a million times larger than
// it is stored. None of this is an error to the decoder before it has allocated.
//
// [Footer] holds the claims of the metadata against the bytes that are there;
// call it before parquet.OpenFile. [Columns] does so for the pages of the columns
// that are going to be read, whose row groups are then read one at a time. It
// reads every page once, and decompresses it into a buffer of bounded size.
//
// What a file may make the decoder allocate is bounded for the whole file, by
// 256 MiB or 16 times the file's size. A file may hold 2²⁰ rows, or 4096 for
// each of its bytes.
//
// The formats are described in https://github.com/apache/parquet-format
// (README.md, Encodings.md and Compression.md), and the metadata's in
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
package parquetguard
