// Speed reference: one proposal of the probabilistic spiking network (leaky, gain 1, constant mean), stepped one by one.
// Between spikes V_j = a_j - c b_j with c = (1-eta)^k, so that a rejected proposal costs O(1); a spike costs O(n).
//   g++ -O3 -march=native -ffast-math metropolis.cpp -o metropolis && ./metropolis 10 100 50000000 1
// Arguments: dims, neurons (even), proposals, 1 natural / 0 naive.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>
struct Xoshiro {
  uint64_t s[4];
  static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  uint64_t next() {
    uint64_t r = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return r;
  }
};
int main(int argc, char **argv) {
  int p = atoi(argv[1]), n = atoi(argv[2]), natural = atoi(argv[4]);
  long steps = atol(argv[3]);
  double rho = 0.75, eta = 1e-5 / 0.02, keep = 1 - eta;
  double low = 1 - rho, high = 1 - rho + rho * p, s0 = sqrt(low), s1 = (sqrt(high) - s0) / p, i0 = 1 / low, i1 = (1 / high - 1 / low) / p;
  std::mt19937_64 r(1);
  std::normal_distribution<double> normal;
  std::vector<double> G(n * p), H(n * p), W((size_t)n * n), a(n), b(n), half(n), z(p), m(p), m2(p);
  for (int j = 0; j < n / 2; j++) {
    double s = 0;
    for (int d = 0; d < p; d++) s += (G[j * p + d] = normal(r));
    if (natural) for (int d = 0; d < p; d++) G[j * p + d] = s0 * G[j * p + d] + s1 * s;
    for (int d = 0; d < p; d++) G[(j + n / 2) * p + d] = -G[j * p + d];
  }
  for (int j = 0; j < n; j++) {
    double s = 0;
    for (int d = 0; d < p; d++) s += G[j * p + d];
    for (int d = 0; d < p; d++) { H[j * p + d] = i0 * G[j * p + d] + i1 * s; a[j] += H[j * p + d]; }
  }
  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int d = 0; d < p; d++) W[(size_t)i * n + j] += G[i * p + d] * H[j * p + d];
  for (int j = 0; j < n; j++) half[j] = W[(size_t)j * n + j] / 2;
  Xoshiro g = {{1, 2, 3, 4}};
  for (int i = 0; i < 50; i++) g.next();
  double c = 1; long spikes = 0, since = 0;
  auto t0 = std::chrono::steady_clock::now();
  for (long t = 0; t < steps; t++) {
    uint64_t w = g.next();
    int j = (int)(((w >> 32) * (uint64_t)n) >> 32);
    double x = a[j] - c * b[j] - half[j];
    bool fire = x >= 0 || (x > -23 && ((uint32_t)w + 0.5) * 0x1p-32 <= exp(x));
    c *= keep; since++;
    if (fire) {
      spikes++;
      double g1 = (1 - c) / (1 - keep), g2 = (1 - c * c) / (1 - keep * keep); // moments of z over the steps since the last spike
      for (int d = 0; d < p; d++) { m[d] += z[d] * g1; m2[d] += z[d] * z[d] * g2; z[d] = c * z[d] + keep * G[j * p + d]; }
      double *Wj = &W[(size_t)j * n];
      for (int i = 0; i < n; i++) b[i] = c * b[i] + keep * Wj[i];
      c = 1; since = 0;
    }
  }
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count(), q = m[0] / steps;
  printf("dims %d neurons %d %s: %.2f ns/proposal, %.1f Hz, mean %.3f var %.3f\n", p, n, natural ? "natural" : "naive", s / steps * 1e9, spikes / (steps * 1e-5) / n, q, m2[0] / steps - q * q);
}
