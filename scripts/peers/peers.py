"""Our NUTS beside BlackJAX's: the same posteriors, data and diagnostics, one run.

    python -m venv peers && peers/bin/pip install -r scripts/peers/blackjax.txt
    peers/bin/python scripts/peers/peers.py

Both take 4 chains of 1000 steps of warm-up and 2000 draws, with a diagonal mass
matrix and a target acceptance of 0.8, in double precision. Seconds are those of
warm-up and sampling, without compilation: BlackJAX runs once to compile, and a
second time for the clock. It runs its chains in each of three ways - vectorised, one
after another, and one after another on each processor - and the fastest counts; so
does the fastest of three runs of ours. The effective sample size is ArviZ's, bulk, of the worst coordinate. Gradients are leapfrog steps while
sampling. CPU seconds, of all processors, do not depend on what else the machine does.
"""

import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time

os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={os.cpu_count()}"

import arviz
import blackjax
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "pkg" / "target" / "dataset" / "breastcancer.csv"
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
    table = np.genfromtxt(DATA, delimiter=",", skip_header=1, dtype=str)
    y, x = jnp.array(table[:, 0] == "M", dtype=float), table[:, 1:].astype(float)
    x = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    x = jnp.array(np.column_stack([np.ones(len(x)), x]))

    def log_density(beta):
        eta = x @ beta
        return jnp.sum(y * eta - jnp.logaddexp(0, eta)) - 0.5 * jnp.sum(beta**2)

    return log_density, x.shape[1]


def sampler(log_density, warmup, draws):
    """A function from a key and an initial position to a chain."""

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

    return chain


def ways(chain):
    """Functions from keys and initial positions to chains."""

    def each(keys, x0):
        return jax.lax.map(lambda start: chain(*start), (keys, x0))

    def processors(keys, x0):
        n = jax.local_device_count()
        split = lambda a: a.reshape(n, -1, *a.shape[1:])
        x, leaps = run(split(keys), split(x0))
        return x.reshape(-1, *x.shape[2:]), leaps

    run = jax.pmap(each)
    return {"vectorised": jax.jit(jax.vmap(chain)), "in turn": jax.jit(each), "by processor": processors}


def blackjax_run(log_density, dim, chains, warmup, draws, seed):
    keys = jax.random.split(jax.random.key(seed), chains)
    x0 = jax.random.normal(jax.random.key(seed + 1), (chains, dim))
    fastest = None
    for run in ways(sampler(log_density, warmup, draws)).values():
        jax.block_until_ready(run(keys, x0))
        start, cpu = time.perf_counter(), time.process_time()
        x, leaps = jax.block_until_ready(run(keys, x0))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        if fastest is None or seconds < fastest[2]:
            fastest = np.array(x), int(leaps.sum()), seconds, cpu
    return fastest


def natspike_run(binary, name):
    used = lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    cpu = used()
    with tempfile.NamedTemporaryFile(suffix=".f64") as out:
        report = subprocess.run(
            [binary, "-target", name, "-out", out.name]
            + ["-chains", str(CHAINS), "-warmup", str(WARMUP), "-draws", str(DRAWS)],
            check=True,
            capture_output=True,
            text=True,
        )
        report = json.loads(report.stdout)
        x = np.fromfile(out.name, dtype="<f8").reshape(CHAINS, DRAWS, -1)
    return x, report["Gradients"], report["Seconds"], used() - cpu


def compare():
    with tempfile.TemporaryDirectory() as folder:
        binary = f"{folder}/peers"
        subprocess.run(["go", "build", "-o", binary, "./scripts/peers"], check=True, cwd=ROOT)
        print(f"{'posterior':<14} {'sampler':<9} {'seconds':>8} {'CPU s':>7} {'gradients':>10} {'R-hat':>7} {'ESS':>7} {'ESS/s':>8} {'ESS/CPU s':>10} {'ESS/gradient':>13}")
        for name, (log_density, dim) in {"eight schools": eight_schools(), "logistic": logistic()}.items():
            for who, (x, gradients, seconds, cpu) in {
                "natspike": min((natspike_run(binary, name) for _ in range(3)), key=lambda run: run[2]),
                "BlackJAX": blackjax_run(log_density, dim, CHAINS, WARMUP, DRAWS, 1),
            }.items():
                data = arviz.convert_to_dataset({"x": x})
                ess = float(arviz.ess(data, method="bulk")["x"].min())
                rhat = float(arviz.rhat(data)["x"].max())
                print(f"{name:<14} {who:<9} {seconds:8.3f} {cpu:7.2f} {gradients:10d} {rhat:7.4f} {ess:7.0f} {ess / seconds:8.0f} {ess / cpu:10.0f} {ess / gradients:13.4f}")


if __name__ == "__main__":
    compare()
