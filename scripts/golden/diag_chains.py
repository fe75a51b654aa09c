"""Reference values for pkg/diag's convergence diagnostics, from ArviZ 0.23 or 1.

    pip install arviz==0.23.4
    python scripts/golden/diag_chains.py --make   pkg/diag/testdata/chains.json
    python scripts/golden/diag_chains.py          pkg/diag/testdata/chains.json > pkg/diag/testdata/chains_arviz.json

With --make the arrays are drawn, and rounded to six decimals so that the text
is exact; without it ArviZ's answers for the arrays in the file are printed.
TestChainsMatchArviZ compares with the committed answers, and where ArviZ is
installed with answers computed afresh.
"""

import json
import platform
import sys
import warnings


def make():
    import numpy as np

    rng = np.random.default_rng(20221128)

    def ar(phi, m, n):
        x = np.empty((m, n))
        x[:, 0] = rng.normal(size=m)
        for t in range(1, n):
            x[:, t] = phi * x[:, t - 1] + np.sqrt(1 - phi**2) * rng.normal(size=m)
        return x

    iid = rng.normal(size=(4, 250))
    shifted = rng.normal(size=(4, 150))
    shifted[2] += 1.5
    scaled = rng.normal(size=(4, 150))
    scaled[1] *= 4
    one_stuck = ar(0.5, 4, 120)
    one_stuck[3] = 0.25
    trend = rng.normal(size=(2, 200)) + np.linspace(-2, 2, 200)
    cases = {
        "independent": iid,
        "autoregressive": ar(0.9, 4, 300),
        "antithetic": ar(-0.7, 2, 300),
        "strongly antithetic": ar(-0.97, 2, 100),
        "slow": ar(0.995, 3, 80),
        "shifted": shifted,
        "scaled": scaled,
        "heavy tails": rng.standard_cauchy(size=(4, 200)),
        "odd length": ar(0.3, 3, 101),
        "counts": rng.poisson(2.0, size=(3, 120)),
        "binary": (rng.random((2, 100)) < 0.5) * 1.0,
        "rare": (rng.random((2, 100)) < 0.02) * 1.0,
        "far from zero": 1e6 + rng.normal(size=(2, 120)),
        "small": rng.normal(size=(2, 120)) * 0.01,
        "one stuck": one_stuck,
        "trend": trend,
        "one chain": ar(0.6, 1, 200),
        "four draws": rng.normal(size=(2, 4)),
        "five draws": rng.normal(size=(2, 5)),
        "six draws": rng.normal(size=(3, 6)),
        "seven draws": rng.normal(size=(2, 7)),
        "eight draws": rng.normal(size=(1, 8)),
        "nine draws": rng.normal(size=(4, 9)),
        "ten draws": ar(0.9, 2, 10),
        "eleven draws": ar(-0.5, 2, 11),
        "twelve draws": ar(0.95, 2, 12),
        "thirteen draws": ar(-0.9, 2, 13),
        # Geyer's sum meets the end of these at an even lag that is negative.
        "negative at the end": np.array([
            [0.31, -0.61, -0.57, -0.61, -2.3, 0.11, -1.26, -0.11, 1.45, -0.52],
            [-0.54, 1.36, 0.55, 0.98, -0.36, 0.75, -0.69, -0.68, 0.6, -0.6],
        ]),
    }
    return {name: np.round(x, 6).tolist() for name, x in cases.items()}


def answers(chains):
    import arviz as az
    import numpy as np

    if hasattr(az, "autocorr"):
        autocorr = az.autocorr
    else:  # ArviZ 1 has it elsewhere
        from arviz_stats.base import array_stats

        autocorr = array_stats.autocorr
    x = np.asarray(chains)
    out = {
        "ess mean": az.ess(x, method="mean"),
        "ess bulk": az.ess(x, method="bulk"),
        "ess tail": az.ess(x, method="tail", prob=(0.05, 0.95)),  # ArviZ 1 defaults to other tails
        "ess sd": az.ess(x, method="sd"),
        "ess identity": az.ess(x, method="identity"),
        "mcse mean": az.mcse(x, method="mean"),
        "mcse sd": az.mcse(x, method="sd"),
        "autocorrelation 1": autocorr(x[0])[1],
        "autocorrelation 3": autocorr(x[0])[3],
    }
    if az.__version__.startswith("0."):  # ArviZ 1 takes no arrays here
        out["bfmi"] = az.bfmi(x)[0]
    if len(x) > 1:
        out["rhat rank"] = az.rhat(x, method="rank")
        out["rhat split"] = az.rhat(x, method="split")
    for p in (0.05, 0.25, 0.5, 0.9):
        out[f"ess quantile {p}"] = az.ess(x, method="quantile", prob=p)
        out[f"mcse quantile {p}"] = az.mcse(x, method="quantile", prob=p)
    for lo, hi in ((0.0, 0.05), (0.05, 0.1), (0.45, 0.5), (0.9, 1.0)):
        out[f"ess local {lo} {hi}"] = az.ess(x, method="local", prob=(lo, hi))
    return {k: float(v) if np.isfinite(v) else str(float(v)) for k, v in out.items()}


def main():
    warnings.simplefilter("ignore")
    path = sys.argv[-1]
    if "--make" in sys.argv:
        with open(path, "w") as f:
            f.write("{\n")
            f.write(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in make().items()))
            f.write("\n}\n")
        return
    import arviz, numpy, scipy

    with open(path) as f:
        cases = json.load(f)
    print(json.dumps({
        "provenance": {
            "script": "scripts/golden/diag_chains.py",
            "python": platform.python_version(),
            "arviz": arviz.__version__,
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
        },
        "answers": {name: answers(x) for name, x in cases.items()},
    }, indent=1))


if __name__ == "__main__":
    main()
