// Speed reference: one efficient-balanced-network step, natural geometry, in the low-rank form V = G'u - lambda r - alpha part.
// Counts the noise (ziggurat normals), the dynamics, the threshold test, the spike and running moments of every dimension.
//   g++ -O3 -march=native -ffast-math -DREAL=double balanced.cpp -o balanced && ./balanced 20 200 1000000
// Arguments: dims, neurons, steps. G is kept in tiles of TILE neurons, so that one pass reads it once, in order.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>
typedef REAL real;
static const int TILE = 256 / sizeof(real);
struct Xoshiro {
  uint64_t s[4];
  static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t next() {
    uint64_t r = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return r;
  }
  double uniform() { return ((next() >> 11) + 0.5) * 0x1p-53; }
};
static const double R = 3.442619855899, AREA = 9.91256303526217e-3;
static double zx[129], zr[128];
static void ziggurat_tables() {
  double f = exp(-0.5 * R * R);
  zx[0] = AREA / f; zx[1] = R; zx[128] = 0;
  for (int i = 2; i < 128; i++) { zx[i] = sqrt(-2 * log(AREA / zx[i - 1] + f)); f = exp(-0.5 * zx[i] * zx[i]); }
  for (int i = 0; i < 128; i++) zr[i] = zx[i + 1] / zx[i];
}
static inline double normal(Xoshiro &g) {
  for (;;) {
    uint64_t r = g.next();
    int i = r & 127;
    double u = 2 * ((r >> 11) * 0x1p-53) - 1;
    if (fabs(u) < zr[i]) return u * zx[i];
    if (i == 0) {
      double x, y;
      do { x = log(g.uniform()) / R; y = log(g.uniform()); } while (-2 * y < x * x);
      return u < 0 ? x - R : R - x;
    }
    double x = u * zx[i], f0 = exp(-0.5 * (zx[i] * zx[i] - x * x)), f1 = exp(-0.5 * (zx[i + 1] * zx[i + 1] - x * x));
    if (f1 + g.uniform() * (f0 - f1) < 1.0) return x;
  }
}
int main(int argc, char **argv) {
  int p = atoi(argv[1]), n = atoi(argv[2]);
  long steps = atol(argv[3]);
  double rho = 0.8, dt = 1e-4, tau_m = 0.02, tau_s = 0.0002, mu = 6;
  ziggurat_tables();
  Xoshiro g = {{1, 2, 3, 4}};
  for (int i = 0; i < 50; i++) g.next();
  double low = 1 - rho, high = 1 - rho + 3 * rho * p; // eigenvalues of 3 rho 11' + (1-rho) I
  real b0 = sqrt(low), b1 = (sqrt(high) - sqrt(low)) / p;
  int tiles = (n + TILE - 1) / TILE, m = tiles * TILE;
  std::vector<real> G((size_t)m * p), Gt((size_t)m * p), u(p), z(p), xi(p), q(m), threshold(m, 1e30), sum(p), sum2(p);
  for (int j = 0; j < n; j++) {
    double s = 0;
    for (int d = 0; d < p; d++) { double a = normal(g); G[(size_t)j * p + d] = a; Gt[((size_t)(j / TILE) * p + d) * TILE + j % TILE] = a; s += a * a; }
    threshold[j] = 0.5 * (sqrt((double)n) + s);
  }
  real lambda = sqrt((double)n), alpha = lambda, leak = 0, decay = 1 - dt / tau_m, c1 = 1 / tau_m - 1 / tau_s, in = mu / tau_s, sn = sqrt(2 * dt / tau_s);
  long spikes = 0; int last = -1;
  auto t0 = std::chrono::steady_clock::now();
  for (long t = 0; t < steps; t++) {
    real total = 0;
    for (int d = 0; d < p; d++) { xi[d] = normal(g); total += xi[d]; }
    const real *gl = last >= 0 ? &G[(size_t)last * p] : nullptr;
    for (int d = 0; d < p; d++) u[d] = decay * u[d] + dt * (c1 * z[d] + in) + sn * (b0 * xi[d] + b1 * total) - (gl ? gl[d] : 0);
    leak = decay * leak - dt / tau_m * alpha;
    real best = -1e30; int winner = 0;
    for (int k = 0; k < tiles; k++) {
      real v[TILE]; real *qk = &q[k * TILE]; const real *gk = &Gt[(size_t)k * p * TILE];
      for (int j = 0; j < TILE; j++) qk[j] *= decay;
      if (last >= 0 && last / TILE == k) qk[last % TILE] += lambda;
      for (int j = 0; j < TILE; j++) v[j] = leak - qk[j];
      for (int d = 0; d < p; d++, gk += TILE) { real ud = u[d]; for (int j = 0; j < TILE; j++) v[j] += ud * gk[j]; }
      int limit = n - k * TILE < TILE ? n - k * TILE : TILE;
      real top = -1e30;
      for (int j = 0; j < limit; j++) top = v[j] > top ? v[j] : top;
      if (top > best) { best = top; for (int j = 0; j < limit; j++) if (v[j] == top) { winner = k * TILE + j; break; } }
    }
    last = best > threshold[winner] ? winner : -1;
    const real *gw = last >= 0 ? &G[(size_t)last * p] : nullptr;
    if (gw) spikes++;
    for (int d = 0; d < p; d++) { z[d] = decay * z[d] + (gw ? gw[d] : 0); sum[d] += z[d]; sum2[d] += z[d] * z[d]; }
  }
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count(), a = (double)sum[0] / steps;
  printf("dims %d neurons %d: %.0f ns/step, %.1f Hz, mean %.3f var %.3f\n", p, n, s / steps * 1e9, spikes / (steps * dt) / n, a, (double)sum2[0] / steps - a * a);
}
