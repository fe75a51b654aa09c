// Package archive writes runs to files that other programs of the field open,
// and reads theirs.
//
//   - Draws with their sampler statistics go to a Zarr store that is an ArviZ
//     InferenceData, to CmdStan's CSV files, and to NumPy's .npz: see [Create]
//     and [Save]. [ReadCmdStan] and [ReadNPZ] read chains, whoever made them.
//   - Tables, the rows of a struct, go to Parquet and to .npz, and come back:
//     see [SaveTable] and [Rows].
//   - Spike trains go to Neurodata Without Borders: see [CreateNWB].
//
// Everything carries its [Run]: seed, sampler, version and parameters, enough
// to run it again. The bytes are a function of the run alone: no clock is read,
// and it does not matter how many workers append.
//
// # Files
//
// What is written takes its name only when it is complete and on the disk, so
// that no reader and no crash ever meets a part of it. Writers stream: beyond
// one block for each variable and chain, nothing is held in memory. A file that
// is cut short, foreign or hostile gets an error that names the file, the place
// and what is wrong; what a reader allocates is bounded by a multiple of what
// is really on the disk.
//
// # Formats
//
// InferenceData is Zarr format 2, which every ArviZ reads, uncompressed. NWB is
// Zarr format 3 as written by hdmf-zarr 0.14, whose NWBZarrIO and pynwb's
// read_nwb and validate accept it; NWB's other backend, HDF5, needs object
// references and scalars that no Go module writes. CmdStan files name their
// algorithm fixed_param, because what they hold was not drawn by Stan's
// adaptive HMC.
package archive
