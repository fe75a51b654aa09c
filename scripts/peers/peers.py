"""Our NUTS beside BlackJAX's: the same posteriors, data and diagnostics, one run.

    python -m venv peers && peers/bin/pip install -r scripts/peers/requirements.txt
    peers/bin/python scripts/peers/peers.py               # prints the comparison
    peers/bin/python scripts/peers/peers.py --reference   # remakes the test's reference

Both take 4 chains of 1000 steps of warm-up and 2000 draws, with a diagonal mass
matrix and a target acceptance of 0.8, in double precision. Seconds are those of
warm-up and sampling, without compilation: BlackJAX runs once to compile, and a
second time for the clock, all chains in one vectorised call. The effective sample
size is ArviZ's, bulk, of the worst coordinate. Gradients are leapfrog steps while
sampling.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import arviz
import blackjax
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "pkg" / "mcmc" / "testdata"
CHAINS, WARMUP, DRAWS = 4, 1000, 2000


def eight_schools():
    y = jnp.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    sigma = jnp.array([15.0, 10, 16, 11, 9, 11, 10, 18])

    def log_density(z):
        mu, log_tau, raw = z[0], z[1], z[2:]
        tau = jnp.exp(log_tau)
        return (
            -0.5 * (mu / 5) ** 2
            - jnp.log1p((tau / 5) ** 2)
            + log_tau
            - 0.5 * jnp.sum(raw**2)
            - 0.5 * jnp.sum(((y - mu - tau * raw) / sigma) ** 2)
        )

    return log_density, 10


def logistic():
    table = np.loadtxt(DATA / "wdbc.csv", delimiter=",", skiprows=1)
    y, x = jnp.array(table[:, 0]), table[:, 1:]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    x = jnp.array(np.column_stack([np.ones(len(x)), x]))

    def log_density(beta):
        eta = x @ beta
        return jnp.sum(y * eta - jnp.logaddexp(0, eta)) - 0.5 * jnp.sum((beta / 2.5) ** 2)

    return log_density, x.shape[1]


def sampler(log_density, warmup, draws):
    """A jitted function from a key and an initial position to a chain."""

    def chain(key, x0):
        warm, sample = jax.random.split(key)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density, target_acceptance_rate=0.8)
        (state, parameters), _ = adaptation.run(warm, x0, num_steps=warmup)
        step = blackjax.nuts(log_density, **parameters).step

        def one(state, key):
            state, info = step(key, state)
            return state, (state.position, info.num_integration_steps)

        _, (x, leaps) = jax.lax.scan(one, state, jax.random.split(sample, draws))
        return x, leaps.sum()

    return jax.jit(jax.vmap(chain))


def blackjax_run(log_density, dim, chains, warmup, draws, seed):
    run = sampler(log_density, warmup, draws)
    keys = jax.random.split(jax.random.key(seed), chains)
    x0 = jax.random.normal(jax.random.key(seed + 1), (chains, dim))
    jax.block_until_ready(run(keys, x0))
    start = time.perf_counter()
    x, leaps = jax.block_until_ready(run(keys, x0))
    return np.array(x), int(leaps.sum()), time.perf_counter() - start


def natspike_run(binary, name):
    with tempfile.NamedTemporaryFile(suffix=".f64") as out:
        report = subprocess.run(
            [binary, "-target", name, "-data", DATA / "wdbc.csv", "-out", out.name]
            + ["-chains", str(CHAINS), "-warmup", str(WARMUP), "-draws", str(DRAWS)],
            check=True,
            capture_output=True,
            text=True,
        )
        report = json.loads(report.stdout)
        x = np.fromfile(out.name, dtype="<f8").reshape(CHAINS, DRAWS, -1)
    return x, report["Gradients"], report["Seconds"]


def compare():
    with tempfile.TemporaryDirectory() as folder:
        binary = f"{folder}/peers"
        subprocess.run(["go", "build", "-o", binary, "./scripts/peers"], check=True, cwd=ROOT)
        print(f"{'posterior':<14} {'sampler':<9} {'seconds':>8} {'gradients':>10} {'R-hat':>7} {'ESS':>7} {'ESS/s':>9} {'ESS/gradient':>13}")
        for name, (log_density, dim) in {"eight schools": eight_schools(), "logistic": logistic()}.items():
            for who, (x, gradients, seconds) in {
                "natspike": natspike_run(binary, name),
                "BlackJAX": blackjax_run(log_density, dim, CHAINS, WARMUP, DRAWS, 1),
            }.items():
                data = arviz.convert_to_dataset({"x": x})
                ess = float(arviz.ess(data, method="bulk")["x"].min())
                rhat = float(arviz.rhat(data)["x"].max())
                print(f"{name:<14} {who:<9} {seconds:8.3f} {gradients:10d} {rhat:7.4f} {ess:7.0f} {ess / seconds:9.0f} {ess / gradients:13.4f}")


def reference():
    log_density, dim = logistic()
    keys = jax.random.split(jax.random.key(7), 4)
    x0 = jax.random.normal(jax.random.key(8), (4, dim))
    x = np.array(sampler(log_density, 1000, 30_000)(keys, x0)[0])
    data = arviz.convert_to_dataset({"x": x})
    rhat = float(arviz.rhat(data)["x"].max())
    assert rhat < 1.001, rhat
    summary = {
        "Mean": x.mean(axis=(0, 1)).tolist(),
        "SD": x.std(axis=(0, 1)).tolist(),
        "MeanError": arviz.mcse(data, method="mean")["x"].values.tolist(),
        "SDError": arviz.mcse(data, method="sd")["x"].values.tolist(),
    }
    (DATA / "wdbc_reference.json").write_text(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", action="store_true", help="remake the reference of the logistic regression")
    reference() if parser.parse_args().reference else compare()
