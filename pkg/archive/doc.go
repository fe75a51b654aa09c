// Package archive writes runs to files that other programs of the field open,
// and reads theirs.
//
//   - Draws with their sampler statistics go to a Zarr store that is an ArviZ
//     InferenceData, to CmdStan's CSV files, to NumPy's .npz, and to tables in
//     Parquet and CSV. See [Create], which also tells what call of ArviZ opens
//     which file, [Save], and [FromChains] for what package mcmc returns.
//   - [Load] reads draws that this package or another program wrote; the end of the
//     file's name chooses the format. [ReadCmdStan] reads several files of CmdStan,
//     [ReadCmdStanPoint] a point estimate.
//   - Tables of rows go to Parquet and CSV, and come back from Parquet. See
//     [SaveTable] and [Rows] for rows that are structs, and [Records] for rows
//     whose columns are known when the program runs.
//   - Spike trains go to Neurodata Without Borders. See [CreateNWB].
//
// Every format that provides for it stores the [Run]: seed, sampler, version and
// parameters, enough to repeat it. The bytes are a function of the run alone: no
// clock is read, and they do not depend on the number of goroutines that append.
//
// # Files
//
// A file takes its name only when it is complete and on the disk, so that readers
// never see a part of it, even after a crash. The files that a killed process leaves
// are hidden, and the next process that writes the same file removes them. Writers
// stream: they hold one chunk for each variable and chain in memory.
//
// # Errors
//
// An argument that is not allowed gives an *arg.Error, before any work is done.
// A file that is damaged, cut short, foreign or hostile gives a [*FormatError],
// which names the file, the place and the problem. The memory that a reader
// allocates for a whole file is bounded by a multiple of the file's size. Errors of
// the system, such as fs.ErrNotExist, are wrapped.
//
// # Formats
//
// InferenceData is Zarr format 2, uncompressed. ArviZ 0.23, ArviZ 1, zarr 2,
// zarr 3 and netCDF-C open it. In it a bool is a byte and text is bytes, with the
// attributes of xarray, since netCDF-C does not read NumPy's bool and text. NWB is
// Zarr format 3 as written by hdmf-zarr 0.14, whose NWBZarrIO and
// pynwb's read_nwb and validate accept it; NWB's other backend, HDF5, needs
// object references and scalars that no Go module writes. CmdStan files name
// their algorithm fixed_param, because Stan's adaptive HMC did not draw what they
// hold. Parquet is written in pages of the first version, plainly encoded, which
// every reader knows, and compressed by Gzip, whose encoder gives the same bytes
// on every architecture. It is read in all encodings and in all
// compressions but LZ4.
package archive
