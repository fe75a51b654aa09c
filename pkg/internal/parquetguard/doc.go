// Package parquetguard checks a Parquet file before parquet-go decodes it.
//
// The decoder allocates the sizes that a file claims, before it finds out whether the
// claims are true. A small file can claim much: 22 bytes can announce a list of 2³¹
// columns, a run of six bytes can stand for 2³¹ equal values, and a compressed page
// can expand to a million times its size.
//
// [Footer] compares the claims of the metadata with the size of the file; call it
// before parquet.OpenFile. [Columns] checks the pages of the columns that are going
// to be read, one row group at a time. It reads every page once, and decompresses it
// into a buffer of bounded size.
//
// The memory that the decoder may allocate for a whole file is the larger of 256 MiB
// and 16 times the file's size. A file may hold 2²⁰ rows, or 4096 for each of its
// bytes if that is more.
//
// The formats are described in https://github.com/apache/parquet-format
// (README.md, Encodings.md and Compression.md), and the metadata's in
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
package parquetguard
