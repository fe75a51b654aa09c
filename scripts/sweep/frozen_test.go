package main

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"natspike/pkg/archive"
)

// What `sweep run` writes for testdata/frozen.toml: digests of the numbers as CSV
// and of the Parquet file, and the version of natspike that is in the file.
const (
	frozenVersion = "0.3.0"
	frozenCSV     = "124687c6d202e2d7"
	frozenParquet = "10e4f0a657a15bb5"
)

// TestFrozenTable wants the same bytes with any number of shards and workers, on
// any processor. The grid has both models, every rule for spikes, and runs that
// fail.
func TestFrozenTable(t *testing.T) {
	digest := func(path string) string {
		sum := sha256.Sum256(read(t, path))
		return hex.EncodeToString(sum[:8])
	}
	for _, c := range []struct{ shards, workers string }{{"1", "1"}, {"7", "3"}} {
		dir := t.TempDir()
		call(t, 0, "run", "-spec", "testdata/frozen.toml", "-dir", dir, "-shards", c.shards, "-workers", c.workers)
		call(t, 0, "merge", "-spec", "testdata/frozen.toml", "-dir", dir, "-out", dir+"/table.csv")
		run, err := archive.ReadRun(dir + "/merged.parquet")
		if err != nil {
			t.Fatal(err)
		}
		csv, parquet := digest(dir+"/table.csv"), digest(dir+"/merged.parquet")
		switch {
		case csv != frozenCSV && run.Version == frozenVersion:
			t.Errorf("%s shards, %s workers: the numbers have the digest %s, frozen %s: mend this, or say why and raise the version", c.shards, c.workers, csv, frozenCSV)
		case csv != frozenCSV || parquet != frozenParquet || run.Version != frozenVersion:
			t.Errorf("%s shards, %s workers: digests %s and %s of version %s, frozen %s and %s of %s: freeze them", c.shards, c.workers, csv, parquet, run.Version, frozenCSV, frozenParquet, frozenVersion)
		}
	}
}
