"""Opens a file of ours in the program it was written for, and prints what that
program sees, exactly: floats in hexadecimal.

    python open.py arviz run.zarr | zarr run.zarr | cmdstanpy run_1.csv run_2.csv … | numpy run.npz
    python open.py pyarrow table.parquet | pandas table.parquet … | polars table.parquet … | pynwb spikes.nwb.zarr
    python open.py savez foreign.npz | to_parquet foreign.parquet      write what readers must cope with
"""

import json
import sys
import warnings

import numpy as np


def plain(a):
    a = np.asarray(a)
    kind = a.dtype.kind
    flat = a.ravel(order="C").tolist()
    values = [float.hex(v) for v in flat] if kind == "f" else [str(v) for v in flat]
    return {"Type": "str" if kind in "UTO" else a.dtype.name, "Shape": list(a.shape), "Values": values}


def tree(data):
    arrays, attrs = {}, {}
    for group in data.children:
        ds = data[group].to_dataset()
        attrs[group] = dict(ds.attrs)
        for name, v in ds.variables.items():
            arrays[f"{group}/{name}"] = plain(v.values) | {"Dims": list(v.dims)}
    return {"Arrays": arrays, "Attrs": attrs}


def open_arviz(path):
    import arviz as az

    data = az.from_zarr(path)
    seen = tree(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there are infinities among the draws
        seen["Summary"] = list(az.summary(data, kind="stats").index)
    return seen


def open_zarr(path):
    import zarr

    root = zarr.open(path, mode="r")
    return {"Arrays": {f"posterior/{name}": plain(a[...]) for name, a in root["posterior"].arrays()}}


def open_cmdstanpy(*paths):
    import logging

    import cmdstanpy
    from arviz_base import from_cmdstanpy

    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    fit = cmdstanpy.from_csv(list(paths), method="sample")
    seen = tree(from_cmdstanpy(fit))
    seen["Arrays"]["draws"] = plain(fit.draws())
    seen["Columns"] = list(fit.column_names)
    return seen


def open_numpy(path):
    with np.load(path) as z:
        arrays = {k: plain(z[k]) for k in z.files if not k.endswith(".json")}
        return {"Arrays": arrays, "Run": json.loads(z["natspike.json"])["run"]}


def open_pyarrow(path):
    import pyarrow.parquet as pq

    t = pq.read_table(path)
    arrays = {c: plain(t[c].to_numpy()) for c in t.column_names}
    return {"Arrays": arrays, "Run": json.loads(t.schema.metadata[b"natspike"])["run"], "Groups": pq.ParquetFile(path).num_row_groups}


def open_pandas(*paths):
    import pandas as pd

    t = pd.concat(map(pd.read_parquet, paths))
    return {"Arrays": {c: plain(t[c].to_numpy()) for c in t.columns}}


def open_polars(*paths):
    import polars as pl

    t = pl.read_parquet(list(paths))
    return {"Arrays": {c: plain(t[c].to_numpy()) for c in t.columns}}


def open_pynwb(path):
    import pynwb
    from hdmf_zarr import NWBZarrIO

    # The schema is pynwb's own; a copy in the file is optional.
    warnings.filterwarnings("ignore", message="No cached namespaces")
    with NWBZarrIO(path, "r") as io:
        complaints = [str(e) for e in pynwb.validate(io=io)]
    f = pynwb.read_nwb(path)
    arrays = {}
    for i in range(len(f.units)):
        arrays[f"spike_times/{i}"] = plain(f.units.get_unit_spike_times(i))
        arrays[f"obs_intervals/{i}"] = plain(f.units.get_unit_obs_intervals(i))
    arrays["id"] = plain(f.units.id[:])
    return {
        "Arrays": arrays,
        "Complaints": complaints,
        "Resolution": f.units.resolution,
        "Run": json.loads(f.notes),
        "Start": f.session_start_time.isoformat(),
        "Description": f.session_description,
    }


def open_savez(path):
    """Chains as other Python programs save them, in NumPy's many types and orders."""
    x = np.arange(2 * 3 * 2 * 2, dtype=float).reshape(2, 3, 2, 2) / 8
    np.savez_compressed(
        path,
        c=x,
        fortran=np.asfortranarray(x),
        big=x.astype(">f8"),
        single=x.astype("<f4"),
        small=np.array([[1, -2, 3], [4, 5, -128]], dtype=np.int8),
        unsigned=np.array([[1, 2, 65535], [4, 5, 6]], dtype=">u2"),
        flag=np.array([[True, False, True], [False, False, True]]),
        **{"sample_stats/lp": -x[:, :, 0, 0], "observed_data/y": np.array([1, 2, 3])},
    )
    return {}


def open_to_parquet(path):
    """A table as pandas saves it, every column nullable, in several row groups."""
    import pandas as pd

    n = 1000
    t = pd.DataFrame(
        {
            "x": np.sqrt(np.arange(n)),
            "i": np.arange(n, dtype=np.int32) - 5,
            "u": np.arange(n, dtype=np.uint64) + np.uint64(2**63),
            "flag": np.arange(n) % 3 == 0,
            "name": ["a", "bc", "é"] * (n // 3) + ["end"],
            "day": pd.date_range("2022-11-28", periods=n),
        }
    )
    t.to_parquet(path, compression=None if path.endswith("plain.parquet") else "zstd", row_group_size=300)
    return {}


if __name__ == "__main__":
    warnings.simplefilter("error")
    for noise in (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning):
        warnings.filterwarnings("ignore", category=noise)
    json.dump(globals()["open_" + sys.argv[1]](*sys.argv[2:]), sys.stdout, default=str)
