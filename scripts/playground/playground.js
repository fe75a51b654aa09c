"use strict";
// The page of a running network: see index.html. The parameters are in the address, under the names that a sweep gives them.
const $ = id => document.getElementById(id);
const root = document.documentElement;
const WINDOW = { balanced: 0.4, metropolis: 0.1 }; // s of network time that are shown

// A knob with options is a menu, one with a range a slider. A factor multiplies what the network has by default.
const KNOBS = [
  { key: "network", label: "network", options: [["balanced", "balanced"], ["metropolis", "probabilistic (Metropolis)"]], resets: true },
  { key: "geometry", label: "geometry", options: [["naive", "naive: D = I"], ["0.5", "halfway: D = √Σ"], ["natural", "natural: D = Σ"]] },
  { key: "rho", label: "correlation ρ of the target", min: 0, max: 0.99, step: 0.01 },
  { key: "n_p", label: "dimensions p", min: 1, max: 20, step: 1, resets: true },
  { key: "k", label: "neurons per dimension", min: 2, max: 32, step: 2, resets: true },
  { key: "scale", label: "size of a spike (× usual)", min: -3, max: 3, step: 0.25, factor: v => 2 ** v, knob: f => Math.log2(f) },
  { key: "lambda", label: "quadratic price of firing (× usual)", min: 0, max: 3, step: 0.1, factor: v => v, knob: f => f, only: "balanced" },
  { key: "alpha", label: "linear price of firing (× usual)", min: 0, max: 3, step: 0.1, factor: v => v, knob: f => f, only: "balanced" },
];
const speed = { key: "speed", label: "speed (network time per time)", min: -3, max: 0, step: 0.25 };

let query = new URLSearchParams(location.search), facts, usual = {}, paused = false, last, debt = 0, spikes = [], path = [], moved = false;
if (query.has("model")) { query.set("network", query.get("model")); query.delete("model"); }
if (!query.has("network")) query.set("network", "balanced");

const short = x => Number.isFinite(x) ? String(+x.toPrecision(3)).replace("-", "−") : "";
const reply = text => JSON.parse(text);

// build makes the controls, once.
function build() {
  for (const k of [...KNOBS, speed]) {
    const label = document.createElement("label"), control = document.createElement(k.options ? "select" : "input");
    label.append(k.label);
    if (k.options) for (const [value, name] of k.options) control.add(new Option(name, value));
    else {
      Object.assign(control, { type: "range", min: k.min, max: k.max, step: k.step });
      k.output = document.createElement("output");
      label.append(k.output);
    }
    k.control = control;
    label.append(control);
    $("knobs").append(label);
    if (k === speed) { control.value = -1; control.oninput = showSpeed; showSpeed(); continue; }
    control.addEventListener("input", () => {
      const v = k.factor ? k.factor(+control.value) * usual[k.key] : control.value;
      query.set(k.key, String(v));
      if (k.resets) for (const r of ["scale", "lambda", "alpha"]) query.delete(r);
      clearTimeout(build.timer);
      build.timer = setTimeout(start, 60);
    });
  }
}
function showSpeed() { speed.output.value = "1/" + short(10 ** -speed.control.value); }

// start begins the network of the query anew.
function start() {
  const plain = new URLSearchParams(query);
  for (const r of ["scale", "lambda", "alpha"]) plain.delete(r);
  const base = reply(natspike.start(plain.toString()));
  usual = base.values || {};
  facts = query.toString() === plain.toString() ? base : reply(natspike.start(query.toString()));
  $("problem").hidden = !facts.error;
  $("problem").textContent = facts.error || "";
  if (facts.error) { root.dataset.digest = ""; return; }
  try { history.replaceState(null, "", "?" + query); } catch (_) { /* some browsers refuse it for files */ }
  spikes = []; path = []; debt = 0; moved = false;
  for (const k of KNOBS) {
    k.control.parentNode.hidden = !!k.only && k.only !== query.get("network");
    const v = k.key === "network" ? query.get("network") : facts.values[k.key];
    if (k.options) k.control.value = v;
    else if (k.factor) { k.control.value = k.knob(v / usual[k.key]); k.output.value = short(v / usual[k.key]); }
    else { k.control.value = v; k.output.value = short(v); }
  }
  $("t0").textContent = short(facts.mean); $("t1").textContent = short(facts.variance); $("t2").textContent = short(facts.covariance);
  $("cell").textContent = facts.cell; $("file").textContent = facts.file;
  $("command").textContent = `go run ./scripts/playground '${query}'`;
  $("digest").textContent = root.dataset.digest = facts.digest;
}

// advance runs the network for what the last frame owes, at most 12 ms.
function advance(now) {
  debt = Math.min(debt + (now - last) / 1000 * 10 ** speed.control.value / facts.dt, 0.1 / facts.dt);
  const end = performance.now() + 12;
  while (debt >= 1 && performance.now() < end) {
    const steps = Math.min(Math.floor(debt), 200);
    const x = new Float64Array(natspike.run(steps).buffer);
    const ns = x[0], np = x[1];
    for (let i = 0; i < ns; i++) spikes.push([x[2 + 2 * i], x[3 + 2 * i]]);
    for (let i = 0, o = 2 + 2 * ns; i < np; i++, o += 4) path.push([x[o], x[o + 1], x[o + 2], x[o + 3]]);
    debt -= steps;
  }
  const from = (path.length ? path[path.length - 1][0] : 0) - WINDOW[query.get("network")];
  const old = list => { let i = 0; while (i < list.length && list[i][0] < from) i++; list.splice(0, i); };
  old(spikes); old(path);
}

// canvas clears a canvas and returns its context, in CSS pixels.
function canvas(id) {
  const c = $(id), r = devicePixelRatio || 1, w = c.clientWidth, h = c.clientHeight;
  if (c.width !== Math.round(w * r) || c.height !== Math.round(h * r)) { c.width = Math.round(w * r); c.height = Math.round(h * r); }
  const g = c.getContext("2d");
  g.setTransform(r, 0, 0, r, 0, 0);
  g.clearRect(0, 0, w, h);
  return [g, w, h];
}
function ellipse(g, x, y, [a, b, c], mx, my, dashed) {
  // Two standard deviations: the Cholesky factor of the covariance times a circle.
  const l = Math.sqrt(a), m = b / l, n = Math.sqrt(Math.max(0, c - m * m));
  g.setLineDash(dashed ? [5, 4] : []);
  g.beginPath();
  for (let i = 0; i <= 80; i++) {
    const u = Math.cos(i * Math.PI / 40), v = Math.sin(i * Math.PI / 40);
    g.lineTo(x(mx + 2 * l * u), y(my + 2 * (m * u + n * v)));
  }
  g.stroke();
  g.setLineDash([]);
}

function draw(s) {
  const style = getComputedStyle(root), ink = style.getPropertyValue("--ink"), line = style.getPropertyValue("--line");
  const colour = style.getPropertyValue({ naive: "--naive", natural: "--natural" }[query.get("geometry") || "natural"] || "--accent");
  const end = path.length ? path[path.length - 1][0] : 0, span = WINDOW[query.get("network")];
  let [g, w, h] = canvas("raster");
  const at = t => w * (1 - (end - t) / span);
  g.fillStyle = colour;
  const size = Math.max(1.5, h / facts.neurons);
  for (const [t, j] of spikes) g.fillRect(at(t), h * (1 - (j + 1) / facts.neurons), 1.5, size);

  const sd = Math.sqrt(facts.variance), centre = s.target, reach = Math.max(4 * sd, 1.3 * Math.abs(s.target));
  [g, w, h] = canvas("mean");
  const up = v => h / 2 - (v - s.target / 2) / (reach + Math.abs(s.target) / 2) * h / 2;
  g.strokeStyle = ink; g.setLineDash([5, 4]);
  g.beginPath(); g.moveTo(0, up(centre)); g.lineTo(w, up(centre)); g.stroke(); g.setLineDash([]);
  g.strokeStyle = colour; g.lineWidth = 1.5; g.beginPath();
  for (const [t, m] of path) g.lineTo(at(t), up(m));
  g.stroke();

  [g, w, h] = canvas("cloud");
  const unit = Math.min(w, h) / 2 / Math.max(reach, 4 * sd), x = v => w / 2 + (v - centre) * unit, y = v => h / 2 - (v - centre) * unit;
  g.fillStyle = colour; g.globalAlpha = 0.35;
  for (const p of path) g.fillRect(x(p[2]) - 1, y(p[3]) - 1, 2, 2);
  g.globalAlpha = 1; g.lineWidth = 1.5;
  g.strokeStyle = ink;
  ellipse(g, x, y, facts.dims > 1 ? [facts.variance, facts.covariance, facts.variance] : [facts.variance, facts.variance, facts.variance], centre, centre, true);
  g.strokeStyle = colour;
  if (s.ellipse && s.ellipse[0] > 0) ellipse(g, x, y, s.ellipse, s.centre[0], s.centre[1], false);

  [g, w, h] = canvas("rates");
  const rates = s.rates.slice().sort((a, b) => b - a), top = Math.max(rates[0], 1);
  g.fillStyle = colour;
  rates.forEach((r, i) => g.fillRect(i * w / rates.length, h - (h - 16) * r / top, Math.max(1, w / rates.length - 1), (h - 16) * r / top));
  g.fillStyle = ink; g.font = "12px sans-serif"; g.fillText(short(top) + "/s", 4, 12);
  g.strokeStyle = line; g.strokeRect(0.5, 0.5, w - 1, h - 1);
}

// words lists what the network warns of, and how far what was seen is from the target.
function words(s) {
  $("t0").textContent = short(s.target);
  $("n0").textContent = short(s.mean); $("n1").textContent = short(s.variance); $("n2").textContent = short(s.covariance);
  const silent = s.rates.filter(r => r === 0).length, list = [...s.warnings];
  if (s.seen > 0.02 && silent === s.rates.length) list.unshift(`No neuron has fired in ${short(s.seen)} s: the network is silent.`);
  else if (s.seen > 0.1 && silent > s.rates.length / 2) list.unshift(`${silent} of ${s.rates.length} neurons have not fired.`);
  if (!list.length) list.push("The network has no warning.");
  list.push(`Seen: ${short(s.seen)} s of network time since the target moved.`);
  $("words").replaceChildren(...list.map(t => Object.assign(document.createElement("li"), { textContent: t })));
  root.dataset.seen = s.seen;
}

let told = 0, state;
function frame(now) {
  if (!facts.error) {
    if (!paused && last !== undefined) advance(now);
    if (!state || now - told > 400) { state = reply(natspike.state()); words(state); told = now; }
    draw(state);
  }
  last = now;
  requestAnimationFrame(frame);
}

$("pause").onclick = () => { paused = !paused; $("pause").textContent = paused ? "Go on" : "Pause"; };
$("move").onclick = () => { moved = !moved; natspike.move(moved ? 0 : facts.mean); state = undefined; };
$("again").onclick = () => { query.set("seed", String(1 + +(query.get("seed") || 1))); start(); state = undefined; };

(async () => {
  const packed = Uint8Array.from(atob(natspikeWasm), c => c.charCodeAt(0));
  const bytes = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const go = new Go(), { instance } = await WebAssembly.instantiate(bytes, go.importObject);
  go.run(instance);
  build();
  start();
  requestAnimationFrame(frame);
})().catch(e => { $("problem").hidden = false; $("problem").textContent = "The network cannot run in this browser: " + e.message; });
