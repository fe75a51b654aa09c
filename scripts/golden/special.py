"""Reference values for pkg/internal/portable's special functions, from mpmath.

    pip install mpmath==1.3.0
    python scripts/golden/special.py > pkg/internal/portable/testdata/special.csv

Each line is a function, an argument in hexadecimal and the value.
TestSpecialFunctions compares with them.
"""
import random
from mpmath import mp, mpf, erfc, erfinv, sqrt, sin, cos, pi, loggamma, exp
mp.dps = 60
random.seed(1)
print("# mpmath 1.3.0, 60 digits: function,argument,value")


def out(f, x, v):
    print("%s,%s,%s" % (f, x.hex(), mp.nstr(v, 25)))


for x in [random.uniform(-6, 6) for _ in range(60)] + [random.uniform(6, 26.5) for _ in range(30)] + [random.uniform(-.5, .5) for _ in range(40)] + [10**random.uniform(-300, -1) for _ in range(10)] + [0.5, 0.4999999999999999, 1.0, 26.5]:
    out("erfc", x, erfc(mpf(x)))
for p in [random.random() for _ in range(60)] + [10**random.uniform(-300, -1) for _ in range(40)] + [1 - 10**random.uniform(-15, -1) for _ in range(40)] + [0.075, 0.925, 0.0749999, 1e-10, 2**-1074.0]:
    P = mpf(p)
    # In the tails by Newton's method in the logarithm.
    if p < 1e-3:
        z = -sqrt(-2*mp.log(P))
        for _ in range(200):
            f = mp.log(erfc(-z/sqrt(2))/2) - mp.log(P)
            d = f / (exp(-z*z/2)/sqrt(2*pi)/(erfc(-z/sqrt(2))/2))
            z -= d
            if abs(d) < mpf(10) ** -50 * abs(z):
                break
    else:
        z = sqrt(2)*erfinv(2*P-1)
    out("quantile", p, z)
for x in [random.uniform(-2, 2) for _ in range(60)] + [random.randrange(1 << 30) / 2**20 for _ in range(40)]:
    out("sinpi", x, sin(pi*mpf(x)))
    out("cospi", x, cos(pi*mpf(x)))
for x in [random.uniform(0, 30) for _ in range(60)] + [10**random.uniform(-10, 15) for _ in range(60)] + [1.0, 2.0, 10.0, 0.5]:
    out("loggamma", x, loggamma(mpf(x)))
