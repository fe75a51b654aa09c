"""Ours beside other programs, in one run: numbers, networks and samplers.

scripts/bench runs this with the packages of bench.lock. Each round times every
program once, in turn, so that a slow moment of the machine meets all of them alike.
A table shows the least and the median of the rounds, and the ratio of the least
times: above 1 we are faster. Single threads, but for JAX's regressions, ours that say
"all processors", and the samplers, whose four chains run on all processors.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={os.cpu_count()}"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
CHAINS, WARMUP, DRAWS = 4, 1000, 2000
NETWORKS = [(10, 100), (20, 200), (64, 1280), (128, 2560)]
REGRESSIONS = [(1000, 5), (10_000, 5), (1000, 500), (1000, 1000)]


def output(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, cwd=ROOT, **options).stdout


def workforces(rows, columns):
    """How many processors our regression may use. A small one uses one in any case."""
    return [("one processor", 1)] + ([("all processors", os.cpu_count())] if rows * columns >= 1 << 15 else [])


def build(folder):
    """Our programs and the C++ ones. Without a C++ compiler there are none of those."""
    output("go", "build", "-o", f"{folder}/peers", "./scripts/peers")
    for package in ("stream", "spiking", "internal/portable"):
        output("go", "test", "-c", "-o", f"{folder}/{pathlib.Path(package).name}.test", f"./pkg/{package}")
    try:
        for name, real in (("balanced", "double"), ("balanced", "float"), ("metropolis", "double")):
            output("g++", "-O3", "-march=native", "-ffast-math", f"-DREAL={real}", HERE / "cpp" / f"{name}.cpp", "-o", f"{folder}/{name}-{real}")
        return True
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no C++ programs: {error}", file=sys.stderr)
        return False


def go_benchmarks(folder, package, pattern):
    """The ns of each Go benchmark, by name."""
    text = output(f"{folder}/{package}.test", "-test.run=^$", f"-test.bench={pattern}", "-test.benchtime=200ms", "-test.cpu=1")
    found = {}
    for line in text.splitlines():
        if m := re.match(r"Benchmark(\S+)\s+\d+(.*)", line):
            rates = dict((unit, float(value)) for value, unit in re.findall(r"([\d.e+-]+) (\S+)", m[2]))
            ns = next((v for unit, v in rates.items() if unit in ("ns/step", "ns/proposal", "ns/number", "ns/normal")), rates.get("ns/op"))
            found[m[1]] = ns
    return found


def fastest(times, name, ns):
    times[name] = min(ns, times.get(name, ns))


def ours(folder):
    """Our times in ns, by case."""
    times = {}
    for name, ns in go_benchmarks(folder, "spiking", "Balanced|Ensemble|Metropolis").items():
        times[f"spiking.{name}"] = ns
    for name, ns in go_benchmarks(folder, "stream", "Bulk/.*/(words|exponentials|normals=1000)$").items():
        fastest(times, "stream." + name.split("/")[-1], ns)  # of the levels of vector instructions
    for name, ns in go_benchmarks(folder, "portable", "Bulk").items():
        fastest(times, "portable." + name.split("/")[-2], ns)
    for rows, columns in REGRESSIONS:
        steps = max(20, int(2e8 / (rows * columns * 12)))
        for who, workers in workforces(rows, columns):
            report = json.loads(output(f"{folder}/peers", "ula", "-rows", rows, "-columns", columns, "-steps", steps, "-workers", workers,
                                       env={**os.environ, "GOMAXPROCS": str(workers)}))
            times[f"logistic ULA {rows}×{columns}, {who}"] = report["Seconds"] / steps * 1e9
    return times


def cpp(folder):
    times = {}
    for p, n in NETWORKS:
        steps = max(2000, int(2e8 / (p * n)))
        for real in ("double", "float"):
            m = re.search(r"([\d.]+) ns/step", output(f"{folder}/balanced-{real}", p, n, steps))
            times[f"balanced {p}×{n}, {real}"] = float(m[1])
    for p, n in ((10, 100), (128, 1280)):
        for natural in (1, 0):
            m = re.search(r"([\d.]+) ns/proposal", output(f"{folder}/metropolis-double", p, n, 10_000_000, natural))
            times[f"metropolis {p}×{n} {'natural' if natural else 'naive'}"] = float(m[1])
    return times


def generators():
    import numpy as np
    import randompack

    times, n = {}, 1 << 20
    x = np.empty(n)
    draw = randompack.Rng("x256++simd")
    numpy = np.random.Generator(np.random.SFC64(1))
    y = np.linspace(0.1, 700, 4096)
    out = np.empty_like(y)
    for name, f, count in (
        ("normal, Randompack", lambda: draw.normal(out=x), n),
        ("normal, NumPy", lambda: numpy.standard_normal(out=x), n),
        ("exp, NumPy", lambda: np.exp(y, out=out), y.size),
        ("log, NumPy", lambda: np.log(y, out=out), y.size),
    ):
        f()
        best = min(timed(f) for _ in range(20))
        times[name] = best / count * 1e9
    return times


def timed(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def jax_ula():
    """JAX's ULA on a logistic regression, on all processors."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    times = {}
    for rows, columns in REGRESSIONS:
        for kind, name in ((jnp.float64, "f64"), (jnp.float32, "f32")):
            steps = max(20, int(2e8 / (rows * columns * 12)))
            x = jax.random.normal(jax.random.key(1), (rows, columns), kind)
            y = jax.random.bernoulli(jax.random.key(2), 0.5, (rows,)).astype(kind)

            @jax.jit
            def run(beta, key):
                def step(carry, _):
                    beta, key = carry
                    key, use = jax.random.split(key)
                    score = x.T @ (y - jax.nn.sigmoid(x @ beta)) - beta
                    return (beta + kind(1e-4) * score + kind(2e-4**0.5) * jax.random.normal(use, beta.shape, kind), key), None

                return jax.lax.scan(step, (beta, key), None, length=steps)[0]

            beta, key = jnp.zeros(columns, kind), jax.random.key(3)
            jax.block_until_ready(run(beta, key))
            times[f"logistic ULA {rows}×{columns}, {name}"] = timed(lambda: jax.block_until_ready(run(beta, key))) / steps * 1e9
    return times


def brian():
    """The balanced network of 10 dimensions and 100 neurons in Brian2, ns a step. Brian2 has
    no rule that only the neuron furthest above its threshold spikes: all of those above do."""
    import brian2 as b
    import numpy as np

    p, n, rho, tau_m, tau_s, dt, steps = 10, 100, 0.8, 20e-3, 0.2e-3, 1e-4, 20_000
    rng = np.random.default_rng(1)
    gamma = rng.normal(size=(p, n))
    sigma = (1 - rho) * np.eye(p) + 3 * rho * np.ones((p, p))
    root = np.linalg.cholesky(sigma)
    with tempfile.TemporaryDirectory() as folder:
        b.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = 0
        b.defaultclock.dt = dt * b.second
        noise = b.NeuronGroup(p, "unit : 1")
        noise.run_regularly("unit = randn()")
        state = b.NeuronGroup(p, "du/dt = -u/taum + z*(1/taum - 1/taus) + 6/taus : 1\ndz/dt = -z/taum : 1\nkick : 1", method="euler",
                              namespace={"taum": tau_m * b.second, "taus": tau_s * b.second})
        mix = b.Synapses(noise, state, "w : 1\nkick_post = w*unit_pre : 1 (summed)")
        mix.connect()
        mix.w = (np.sqrt(2 * dt / tau_s) * root.T).ravel()
        state.run_regularly("u += kick")
        cells = b.NeuronGroup(n, "v : 1\ntheta : 1\ndr/dt = -r/taum : 1", threshold="v - lam*r > theta", reset="r += 1", method="euler",
                              namespace={"taum": tau_m * b.second, "lam": np.sqrt(n)})
        cells.theta = (np.sqrt(n) + (gamma**2).sum(axis=0)) / 2
        read = b.Synapses(state, cells, "g : 1\nv_post = g*u_pre : 1 (summed)")
        read.connect()
        read.g = gamma.ravel()
        back = b.Synapses(cells, state, "g : 1", on_pre="z_post += g\nu_post -= g")
        back.connect()
        back.g = gamma.T.ravel()
        network = b.Network(b.collect())
        network.run(steps * dt * b.second)
        b.device.build(directory=folder, compile=True, run=False, debug=False)
        start = time.perf_counter()
        subprocess.run(["./main", "--results_dir", "results/"], cwd=folder, check=True, capture_output=True)
        seconds = time.perf_counter() - start
        b.device.reinit()
    return {"balanced 10×100, Brian2": seconds / steps * 1e9}


def log_densities(folder):
    """Each target's log density in JAX, and its dimension."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    def data(name):
        return {k: np.array(v) for k, v in json.loads(output(f"{folder}/peers", "data", "-target", name)).items()}

    def schools(z):
        y = jnp.array([28.0, 8, -3, 7, -1, 1, 18, 12])
        sigma = jnp.array([15.0, 10, 16, 11, 9, 11, 10, 18])
        mu, log_tau, raw = z[0], z[1], z[2:]
        tau = jnp.exp(log_tau)
        return (-0.5 * (mu / 5) ** 2 - jnp.log1p((tau / 5) ** 2) + log_tau - 0.5 * jnp.sum(raw**2)
                - 0.5 * jnp.sum(((y - mu - tau * raw) / sigma) ** 2))

    cancer = data("logistic")
    y = jnp.array(cancer["y"])
    x = jnp.array(cancer["x"].reshape(y.size, -1))

    def logistic(beta):
        eta = x @ beta
        return jnp.sum(y * eta - jnp.logaddexp(0, eta)) - 0.5 * jnp.sum(beta**2)

    sigma = data("ill-conditioned")["sigma"].reshape(100, 100)
    precision = jnp.array(np.linalg.inv(sigma))
    gaussian = lambda z: -0.5 * z @ precision @ z

    answers = data("item response")
    student, question = answers["student"].astype(int), answers["question"].astype(int)
    correct = jnp.array(answers["y"])

    def items(z):
        eta = z[1:401][student] + z[0] - z[401:][question]
        return jnp.sum(correct * eta - jnp.logaddexp(0, eta)) - 0.5 * (z[0] - 0.75) ** 2 - 0.5 * jnp.sum(z[1:] ** 2)

    seen = data("Brownian motion")
    at, value = seen["times"].astype(int), jnp.array(seen["y"])

    def motion(z):
        path = z[2:]
        steps = jnp.diff(path, prepend=0.0)
        return (-(z[0] ** 2 + z[1] ** 2) / 8 - 30 * z[0] - value.size * z[1]
                - 0.5 * jnp.exp(-2 * z[0]) * jnp.sum(steps**2) - 0.5 * jnp.exp(-2 * z[1]) * jnp.sum((value - path[at]) ** 2))

    return {"eight schools": (schools, 10), "logistic": (logistic, x.shape[1]), "ill-conditioned": (gaussian, 100),
            "item response": (items, 501), "Brownian motion": (motion, 32)}


def run_natspike(folder, name, log_density, dim):
    used = lambda: resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    import numpy as np

    cpu = used()
    with tempfile.NamedTemporaryFile(suffix=".f64") as out:
        report = json.loads(output(f"{folder}/peers", "nuts", "-target", name, "-out", out.name, "-chains", CHAINS, "-warmup", WARMUP, "-draws", DRAWS))
        x = np.fromfile(out.name, dtype="<f8").reshape(CHAINS, DRAWS, -1)
    return x, report["Gradients"], report["Seconds"], used() - cpu


def run_blackjax(folder, name, log_density, dim):
    import blackjax
    import jax
    import numpy as np

    def chain(key, x0):
        warm, sample = jax.random.split(key)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density, target_acceptance_rate=0.8)
        (state, parameters), _ = adaptation.run(warm, x0, num_steps=WARMUP)
        step = blackjax.nuts(log_density, **parameters).step

        def one(state, key):
            state, info = step(key, state)
            return state, (state.position, info.num_integration_steps)

        _, (x, leaps) = jax.lax.scan(one, state, jax.random.split(sample, DRAWS))
        return x, leaps.sum()

    each = lambda keys, x0: jax.lax.map(lambda start: chain(*start), (keys, x0))
    run = jax.pmap(each)
    devices = jax.local_device_count()
    split = lambda a: a.reshape(devices, -1, *a.shape[1:])
    keys = split(jax.random.split(jax.random.key(1), CHAINS))
    x0 = split(jax.random.normal(jax.random.key(2), (CHAINS, dim)))
    jax.block_until_ready(run(keys, x0))
    start, cpu = time.perf_counter(), time.process_time()
    x, leaps = jax.block_until_ready(run(keys, x0))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return np.array(x).reshape(CHAINS, DRAWS, dim), int(leaps.sum()), seconds, cpu


def run_numpyro(folder, name, log_density, dim):
    import jax
    import numpy as np
    import numpyro
    from numpyro.infer import MCMC, NUTS

    kernel = NUTS(potential_fn=lambda z: -log_density(z), target_accept_prob=0.8)
    mcmc = MCMC(kernel, num_warmup=WARMUP, num_samples=DRAWS, num_chains=CHAINS, chain_method="vectorized", progress_bar=False)
    x0 = jax.random.normal(jax.random.key(2), (CHAINS, dim))
    mcmc.run(jax.random.key(1), init_params=x0, extra_fields=("num_steps",))
    start, cpu = time.perf_counter(), time.process_time()
    mcmc.run(jax.random.key(1), init_params=x0, extra_fields=("num_steps",))
    x = jax.block_until_ready(mcmc.get_samples(group_by_chain=True))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return np.array(x), int(mcmc.get_extra_fields()["num_steps"].sum()), seconds, cpu


def run_nutpie(folder, name, log_density, dim):
    import jax
    import numpy as np
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    both = jax.jit(jax.value_and_grad(log_density))
    both(np.zeros(dim))

    def logp():
        def f(x):
            value, grad = both(x)
            return float(value), np.asarray(grad)

        return f

    model = from_pyfunc(dim, logp, lambda *_: lambda x, **_: {"x": x}, [np.dtype("float64")], [(dim,)], ["x"])
    start, cpu = time.perf_counter(), time.process_time()
    trace = nutpie.sample(model, draws=DRAWS, tune=WARMUP, chains=CHAINS, seed=1, progress_bar=False, save_warmup=False)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return trace.posterior["x"].values, int(trace.sample_stats["n_steps"].sum()), seconds, cpu


SAMPLERS = {"natspike": run_natspike, "BlackJAX": run_blackjax, "NumPyro": run_numpyro, "nutpie": run_nutpie}


def samplers(folder, rounds):
    import arviz
    import jax

    jax.config.update("jax_enable_x64", True)
    rows = []
    for name, (log_density, dim) in log_densities(folder).items():
        for who, run in SAMPLERS.items():
            try:
                x, gradients, seconds, cpu = min((run(folder, name, log_density, dim) for _ in range(rounds)), key=lambda r: r[2])
            except Exception as error:
                print(f"{who} on {name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                continue
            data = arviz.convert_to_dataset({"x": x})
            ess, rhat = float(arviz.ess(data, method="bulk")["x"].min()), float(arviz.rhat(data)["x"].max())
            rows.append([name, who, f"{seconds:.2f}", f"{gradients}", f"{rhat:.3f}", f"{ess:.0f}", f"{ess / seconds:.3g}", f"{ess / cpu:.3g}", f"{1000 * ess / gradients:.2f}"])
            print(*rows[-1], file=sys.stderr, sep="\t")
    return rows


# The cases of the table: a label, our benchmark, theirs, and the names of theirs.
def cases():
    for p, n in NETWORKS:
        yield f"balanced step {p}×{n}, natural", f"spiking.Balanced/{p}x{n}/natural", [
            ("C++ f64", f"balanced {p}×{n}, double"), ("C++ f32", f"balanced {p}×{n}, float")] + ([("Brian2", "balanced 10×100, Brian2")] if p == 10 else [])
    for p, n in ((64, 1280), (128, 2560)):
        for k in (1, 2, 4):
            yield f"one of {k} that share a decoder {p}×{n}", f"spiking.Ensemble/{p}x{n}/{k}", [("C++ f64", f"balanced {p}×{n}, double"), ("C++ f32", f"balanced {p}×{n}, float")]
    for p, n in ((10, 100), (128, 1280)):
        for g in ("natural", "naive"):
            for how, name in (("Metropolis proposal", "Run"), ("the same, each by a call", "Step"), ("the same, by jumps", "Jump")):
                yield f"{how} {p}×{n}, {g}", f"spiking.Metropolis/{name}/{p}x{n}/{g}", [("C++ f64", f"metropolis {p}×{n} {g}")]
    yield "one normal number, in bulk", "stream.normals=1000", [("Randompack", "normal, Randompack"), ("NumPy", "normal, NumPy")]
    yield "exp of a number, in bulk", "portable.exp", [("NumPy", "exp, NumPy")]
    yield "log of a number, in bulk", "portable.log", [("NumPy", "log, NumPy")]
    for rows, columns in REGRESSIONS:
        name = f"logistic ULA {rows}×{columns}"
        for who, _ in workforces(rows, columns):
            yield f"{name}, {who}", f"{name}, {who}", [("JAX f64", f"{name}, f64"), ("JAX f32", f"{name}, f32")]


def scale(ns):
    return f"{ns:.2f} ns" if ns < 10 else f"{ns:.0f} ns" if ns < 1000 else f"{ns / 1e3:.1f} µs"


def table(heads, rows):
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)] + ["| " + " | ".join(r) + " |" for r in rows])


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            flags = pathlib.Path("/proc/cpuinfo").read_text()
            return f"{line.split(':')[1].strip()}, {os.cpu_count()} processors, {'AVX-512' if 'avx512f' in flags else 'AVX2' if 'avx2' in flags else 'no AVX2'}"
    return platform.processor()


def speed(folder, rounds, compiled):
    times = {}
    for r in range(rounds):
        parts = [lambda: ours(folder), generators, jax_ula] + ([lambda: cpp(folder)] if compiled else [])
        for part in parts:
            for name, ns in part().items():
                times.setdefault(name, []).append(ns)
        print(f"round {r + 1} of {rounds}", file=sys.stderr)
    try:
        times["balanced 10×100, Brian2"] = [brian()["balanced 10×100, Brian2"]]
    except Exception as error:
        print(f"Brian2: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)
    rows = []
    for label, mine, others in cases():
        if mine not in times:
            continue
        first = True
        for who, name in others:
            if name not in times:
                continue
            we, they = times[mine], times[name]
            rows.append([label if first else "", f"{scale(min(we))} ({scale(statistics.median(we))})" if first else "", who,
                         f"{scale(min(they))} ({scale(statistics.median(they))})", f"{min(they) / min(we):.2f}"])
            first = False
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program is timed")
    parser.add_argument("--only", choices=("speed", "samplers"), help="one of the two tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiled = build(folder)
        versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("jax", "blackjax", "numpyro", "nutpie", "brian2", "randompack", "numpy"))
        compiler = output("g++", "--version").splitlines()[0] if compiled else "no C++ compiler"
        print(f"{processor()}; {output('go', 'env', 'GOVERSION').strip()}; {compiler}; {versions}; load {os.getloadavg()[0]:.1f}; {options.rounds} rounds.\n")
        if options.only != "samplers":
            print("Time of one step, proposal or number: the least (the median).\n")
            print(table(["case", "ours", "other", "theirs", "theirs/ours"], speed(folder, options.rounds, compiled)), "\n")
        if options.only != "speed":
            print(f"NUTS: {CHAINS} chains of {WARMUP} steps of warm-up and {DRAWS} draws, diagonal metric, acceptance 0.8, double precision, without compilation. "
                  "ESS is ArviZ's, bulk, of the worst coordinate; gradients are those of sampling.\n")
            print(table(["target", "sampler", "seconds", "gradients", "R-hat", "ESS", "ESS/s", "ESS/CPU s", "ESS/1000 gradients"], samplers(folder, options.rounds)))


if __name__ == "__main__":
    main()
