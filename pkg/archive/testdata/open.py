"""Opens a file of ours in the program it was written for, and prints what that
program sees, exactly: floats in hexadecimal.

    python open.py PROGRAM FILE …

The programs are the functions open_… below. Some write what readers must cope with.
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
        if "energy" in data.sample_stats:
            seen["Bfmi"] = plain(az.bfmi(data)["energy"].values)
    return seen


def open_arviz0(path):
    """ArviZ before 1.0."""
    import arviz as az

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        data = az.from_zarr(path)
        arrays, attrs = {}, {}
        for group in data.groups():
            attrs[group] = dict(data[group].attrs)
            for name, v in data[group].variables.items():
                arrays[f"{group}/{name}"] = plain(v.values) | {"Dims": list(v.dims)}
        return {"Arrays": arrays, "Attrs": attrs, "Summary": list(az.summary(data, kind="stats").index)}


def open_arviz_table(path):
    """A table of draws, by the call in the documentation of Create."""
    import arviz as az
    import pandas as pd

    table = pd.read_parquet(path) if path.endswith("parquet") else pd.read_csv(path, float_precision="round_trip")
    return tree(az.convert_to_datatree(table.set_index(["chain", "draw"]).to_xarray()))


def open_arviz_npz(path):
    import arviz as az

    z = np.load(path)
    names = [n for n in z.files if n.endswith(".json") is False]
    stats = {n.removeprefix("sample_stats/"): z[n] for n in names if n.startswith("sample_stats/")}
    return tree(az.from_dict({"posterior": {n: z[n] for n in names if "/" not in n}, "sample_stats": stats}))


def open_netcdf(path):
    import netCDF4

    seen = {}
    with netCDF4.Dataset(f"file://{path}#mode=zarr,file") as root:
        for group, g in root.groups.items():
            for name, v in g.variables.items():
                seen[f"{group}/{name}"] = plain(v[...]) | {"Dims": list(v.dimensions)}
    return {"Arrays": seen}


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


def columns(table):
    return {"Arrays": {c: plain(table[c].to_numpy()) for c in table.columns}}


def open_fastparquet(path):
    import fastparquet

    return columns(fastparquet.ParquetFile(path).to_pandas())


def open_duckdb(path):
    import duckdb

    return columns(duckdb.sql(f"select * from '{path}'").df())


def open_pandas_csv(path):
    import pandas as pd

    return columns(pd.read_csv(path, float_precision="round_trip"))


def open_polars_csv(path):
    import polars as pl

    return columns(pl.read_csv(path))


def open_empty(folder):
    """Tables without rows."""
    import duckdb
    import fastparquet
    import pandas as pd
    import polars as pl

    t = pd.DataFrame({"x": np.array([], float), "i": np.array([], np.int64), "name": np.array([], object)})
    t.to_parquet(f"{folder}/pandas.parquet", engine="pyarrow")
    t.to_parquet(f"{folder}/plain.parquet", engine="pyarrow", compression=None)
    fastparquet.write(f"{folder}/fastparquet.parquet", t)
    pl.DataFrame({"x": [1.5], "i": [1], "name": ["a"]}).head(0).write_parquet(f"{folder}/polars.parquet")
    duckdb.sql("select 1.5::double x, 1 i, 'a' as name limit 0").write_parquet(f"{folder}/duckdb.parquet")
    return {}


def open_codecs(folder):
    """The same table by several writers, in every compression, encoding and version of pages."""
    import duckdb
    import fastparquet
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = 5000
    t = pd.DataFrame({"x": np.sqrt(np.arange(n)), "i": np.arange(n) ** 2 % 1000, "flag": np.arange(n) % 3 == 0, "name": [f"row {k // 7}" for k in range(n)]})
    table = pa.Table.from_pandas(t)
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        for version in ["1.0", "2.0"]:
            for dictionary in [True, False]:
                encodings = None if dictionary else {"x": "BYTE_STREAM_SPLIT", "i": "DELTA_BINARY_PACKED", "flag": "RLE", "name": "DELTA_BYTE_ARRAY" if version == "2.0" else "DELTA_LENGTH_BYTE_ARRAY"}
                pq.write_table(table, f"{folder}/{codec}-{version}-{dictionary}.parquet", compression=codec, data_page_version=version,
                               use_dictionary=dictionary, column_encoding=encodings, row_group_size=2000, data_page_size=4096)
    pl.from_pandas(t).write_parquet(f"{folder}/polars.parquet")
    fastparquet.write(f"{folder}/fastparquet.parquet", t)
    duckdb.sql("select * from t").write_parquet(f"{folder}/duckdb.parquet")
    return {}


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
        bytes=np.array([[2, 0, 255], [0, 1, 0]], dtype="u1").view("?"),
        half=x.astype("<f2"),
        big_half=np.asfortranarray(x.astype(">f2")),
        **{f"{order}{kind}".replace("<", "little_").replace(">", "big_"): np.array([[0, 1, 100], [7, 8, 127]], dtype=order + kind)
           for order in "<>" for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")},
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
