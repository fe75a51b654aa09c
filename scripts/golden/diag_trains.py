"""Reference values for pkg/diag's spike-train statistics, from Elephant.

    pip install elephant==1.2.1
    python scripts/golden/diag_trains.py --make   pkg/diag/testdata/trains.json
    python scripts/golden/diag_trains.py          pkg/diag/testdata/trains.json > pkg/diag/testdata/trains_elephant.json

With --make the trains are drawn, and rounded to six decimals so that the text
is exact; without it Elephant's answers for the trains in the file are printed.
TestTrainsMatchElephant compares with the committed answers, and where Elephant
is installed with answers computed afresh.
"""

import json
import logging
import platform
import sys
import warnings


def make():
    import numpy as np

    rng = np.random.default_rng(20221129)

    def renewal(draw, start, stop):
        t = start + np.cumsum(draw(4000))
        return t[t < stop]

    def case(trains, start, stop, width, lag):
        trains = [sorted(np.round(t, 6).tolist()) for t in trains]
        return {"start": start, "stop": stop, "width": width, "lag": lag, "trains": trains}

    poisson = lambda rate: lambda n: rng.exponential(1 / rate, n)
    gamma = lambda rate, k: lambda n: rng.gamma(k, 1 / (rate * k), n)
    refractory = lambda rate, r: lambda n: r + rng.exponential(1 / rate - r, n)

    mother = renewal(poisson(60), 0, 4)
    shared = [mother[rng.random(len(mother)) < 0.4] for _ in range(3)]
    cell = renewal(poisson(30), 0, 4)
    follower = cell[:-1] + 0.003 + 0.001 * rng.random(len(cell) - 1)
    grid = [np.flatnonzero(rng.random(20000) < p) * 1e-4 for p in (0.004, 0.006, 0.01)]
    return {
        "poisson": case([renewal(poisson(20), 0, 10) for _ in range(5)], 0, 10, 0.01, 20),
        "gamma": case([renewal(gamma(15, 4), -1, 9) for _ in range(4)], -1, 9, 0.05, 10),
        "refractory": case([renewal(refractory(80, 0.004), 0, 3) for _ in range(3)], 0, 3, 0.002, 15),
        "shared": case(shared, 0, 4, 0.02, 8),
        "delayed": case([cell, follower], 0, 4, 0.001, 12),
        "on a grid of time steps": case(grid, 0, 2, 0.001, 30),
        "window not whole": case([renewal(poisson(25), 0.5, 3.33) for _ in range(2)], 0.5, 3.33, 0.1, 5),
    }


def answers(c):
    import numpy as np
    import quantities as pq
    from elephant import statistics as es
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient, cross_correlation_histogram
    from neo import SpikeTrain

    start, stop, width = c["start"] * pq.s, c["stop"] * pq.s, c["width"] * pq.s
    trains = [SpikeTrain(t, units="s", t_start=start, t_stop=stop) for t in c["trains"]]
    out = {}
    for i, t in enumerate(trains):
        isi = es.isi(t)
        out[f"rate {i}"] = es.mean_firing_rate(t).rescale("Hz").item()
        out[f"cv {i}"] = es.cv(isi.magnitude)
        out[f"cv2 {i}"] = es.cv2(isi)
        out[f"lv {i}"] = es.lv(isi)
        for r in (0.0, 0.002, 0.005):
            out[f"lvr {i} {r}"] = es.lvr(isi, R=r * pq.s)
    out["fano"] = es.fanofactor(trains)
    psth = es.time_histogram(trains, bin_size=width, output="rate").rescale("Hz").magnitude.ravel()
    out["psth bins"] = len(psth)
    for k in sorted({0, 1, 7, len(psth) // 2, len(psth) - 1} & set(range(len(psth)))):
        out[f"psth {k}"] = psth[k]
    binned = BinnedSpikeTrain(trains, bin_size=width)
    r = np.atleast_2d(correlation_coefficient(binned))
    for i in range(len(trains)):
        for j in range(i):
            out[f"correlation {i} {j}"] = r[i, j]
    pair = [BinnedSpikeTrain(t, bin_size=width) for t in trains[:2]]
    lag = c["lag"]
    count, _ = cross_correlation_histogram(*pair, window=[-lag, lag])
    rho, _ = cross_correlation_histogram(
        *pair, window=[-lag, lag], border_correction=True, cross_correlation_coefficient=True)
    for k in range(2 * lag + 1):
        out[f"correlogram {k}"] = count.magnitude.ravel()[k]
        out[f"cross-correlation {k}"] = rho.magnitude.ravel()[k]
    return {k: float(v) for k, v in out.items()}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    path = sys.argv[-1]
    if "--make" in sys.argv:
        with open(path, "w") as f:
            f.write("{\n")
            f.write(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in make().items()))
            f.write("\n}\n")
        return
    import elephant, neo, numpy, scipy

    with open(path) as f:
        cases = json.load(f)
    print(json.dumps({
        "provenance": {
            "script": "scripts/golden/diag_trains.py",
            "python": platform.python_version(),
            "elephant": elephant.__version__,
            "neo": neo.__version__,
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
        },
        "answers": {name: answers(c) for name, c in cases.items()},
    }, indent=1))


if __name__ == "__main__":
    main()
