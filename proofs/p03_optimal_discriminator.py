r"""The optimal discriminator.

Statement
---------
Fix a generator with density q and let p be the density of the data. Among all measurable functions D
into [0, 1], with 0 log 0 = 0, the value V(D) = E_p[log D] + E_q[log(1 - D)] is largest at
D*(x) = p(x) / (p(x) + q(x)) and, up to sets that neither law charges, nowhere else. Exactly:

    V(D*) - V(D) = ∫ (p + q) kl(D*‖D) dx,   kl(s‖t) = s log(s/t) + (1 - s) log((1 - s)/(1 - t)) ≥ 0.

Where q = 0 < p, D* = 1; where p = 0 < q, D* = 0; where p = q = 0 every value will do. The proof is two
lines: log t ≤ t - 1, applied at t = D/D* and at t = (1 - D)/(1 - D*).

Assumes   p and q are densities with respect to one measure, and D is not restricted otherwise.
Source    Goodfellow et al. (2014), Proposition 1.
"""

# notation: p, q densities of data and model; a logit of D, D = σ(a); kl the divergence of two coins

import math

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Laplace, Mixture, Normal
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="optimal-discriminator",
    title="D* = p / (p + q) maximises V, and V(D*) - V(D) = ∫ (p + q) kl(D*‖D)",
    covers=(
        "base-c-logs",
        "critical-point-and-concavity",
        "discriminator-uniqueness",
        "dstar-tracks-generator",
        "log-loss-terms",
        "one-minus-dstar",
        "optimal-discriminator",
    ),
    errata=(
        "Ramasinghe prints 1 - log D(G(z)), with maximum +∞: the term is log(1 - D(G(z))), at most 0.",
        "Ramasinghe takes logarithms to any base C: for C < 1 the stationary point is a minimum.",
        "The notes on GANs (NIPS 2014) give 0 ≤ D ≤ 1 as the reason for the maximum: it is concavity.",
        "Roysdon calls the stationary point in (0, 1) unique: where p or q is 0 there is none.",
        "An Annotated Proof (2017) tests a second derivative for p, q < 1: densities may exceed 1, and "
        "the test alone finds a local maximum.",
    ),
)

p, q, D, t = sp.symbols("p q D t", positive=True)
base = sp.Symbol("base", positive=True)
share = sp.Symbol("share", nonnegative=True)
INSIDE = {D: (0, 1)}


def value(d):
    """p log d + q log(1 - d): what one point adds to V."""
    return p * sp.log(d) + q * sp.log(1 - d)


def kl(s, d):
    """s log(s/d) + (1 - s) log((1 - s)/(1 - d))."""
    return s * sp.log(s / d) + (1 - s) * sp.log((1 - s) / (1 - d))


STAR = p / (p + q)
SLOPE, BEND = sp.diff(value(D), D), sp.diff(value(D), D, 2)


def derive():
    yield equal(
        "p log D + q log(1 - D) has the slope (p + q) (D* - D)/(D (1 - D)): it rises before D* = "
        "p / (p + q), falls after it, and is stationary nowhere else",
        sp.Derivative(value(D), D),
        (p + q) * (STAR - D) / (D * (1 - D)),
        where=INSIDE,
    )
    yield equal(
        "which is p/D - q/(1 - D)",
        sp.Derivative(value(D), D),
        p / D - q / (1 - D),
        where=INSIDE,
        label="critical-point-and-concavity",
    )
    yield at_most("it is concave on all of (0, 1)", BEND, 0, where=INSIDE)
    yield equal(
        "its second derivative at D* is -(p + q)³/(p q)",
        BEND.subs(D, STAR),
        -((p + q) ** 3) / (p * q),
    )
    yield equal("its slope is +∞ at 0", sp.Limit(SLOPE, D, 0, "+"), sp.oo)
    yield equal("its slope is -∞ at 1", sp.Limit(SLOPE, D, 1, "-"), -sp.oo)
    yield at_most("log t ≤ t - 1", sp.log(t), t - 1)
    yield equal(
        "V(D) - V(D*) at a point is p log(D/D*) + q log((1 - D)/(1 - D*))",
        value(D) - value(STAR),
        p * sp.log(D / STAR) + q * sp.log((1 - D) / (1 - STAR)),
        where=INSIDE,
    )
    yield equal(
        "and log t ≤ t - 1 bounds that by p D/D* + q (1 - D)/(1 - D*) - p - q, which is 0",
        p * D / STAR + q * (1 - D) / (1 - STAR),
        p + q,
    )
    yield at_most(
        "so no D does better than D* at any point: the maximum is global",
        value(D),
        value(STAR),
        where=INSIDE,
        label="optimal-discriminator",
    )
    yield equal(
        "what D loses at a point is (p + q) kl(D*‖D)",
        value(STAR) - value(D),
        (p + q) * kl(STAR, D),
        where=INSIDE,
    )
    yield at_most("where p = 0 < q, q log(1 - D) is at most 0", q * sp.log(1 - D), 0, where=INSIDE)
    yield equal(
        "and reaches 0 at D = 0 alone, since it falls: its slope is -q/(1 - D)",
        sp.Derivative(q * sp.log(1 - D), D),
        -q / (1 - D),
        where=INSIDE,
    )
    yield at_most("where q = 0 < p, p log D is at most 0", p * sp.log(D), 0, where=INSIDE)
    yield equal(
        "and reaches 0 as D → 1, outside the open interval", sp.Limit(p * sp.log(D), D, 1, "-"), 0
    )
    yield equal(
        "where p = q = 0 every D is optimal: D is worth s times as much for s p and s q, and s may be 0",
        value(D).subs({p: share * p, q: share * q}, simultaneous=True),
        share * value(D),
        where=INSIDE,
    )
    yield from around_the_maximum()


def around_the_maximum():
    yield equal("E_p[log D] has no lower bound", sp.Limit(sp.log(D), D, 0, "+"), -sp.oo)
    yield at_most(
        "E_p[log D] is at most 0, for D = 1", sp.log(D), 0, where=INSIDE, label="log-loss-terms"
    )
    yield at_most("E_q[log(1 - D)] is at most 0, for D = 0", sp.log(1 - D), 0, where=INSIDE)
    yield equal("1 - D* = q / (p + q)", 1 - STAR, q / (p + q), label="one-minus-dstar")
    yield equal(
        "D* moves with the generator: dD*/dq = -p / (p + q)²",
        sp.Derivative(STAR, q),
        -p / (p + q) ** 2,
        label="dstar-tracks-generator",
    )
    above, below = INSIDE | {base: (1, sp.oo)}, INSIDE | {base: (0, 1)}
    for size, where in (("above", above), ("below", below)):
        yield equal(
            f"logarithms to a base {size} 1 divide the slope by one number: the same stationary point",
            sp.Derivative(value(D) / sp.log(base), D),
            (p + q) * (STAR - D) / (D * (1 - D)) / sp.log(base),
            where=where,
            label="base-c-logs" if size == "above" else None,
        )
    yield at_most("to a base above 1 it is a maximum", BEND / sp.log(base), 0, where=above)
    yield at_least("to a base below 1 it is a minimum", BEND / sp.log(base), 0, where=below)


def certify():
    tempered = -p * sp.log(1 + sp.sqrt(q / p)) - q * sp.log(
        1 + sp.sqrt(p / q)
    )  # D = √p / (√p + √q)
    lost = (p + q) * kl(STAR, sp.sqrt(p) / (sp.sqrt(p) + sp.sqrt(q)))
    for name, pair in list(pairs().items())[:3:2]:
        best = certified.virtual_training_criterion(*pair, digits=15)
        found = certified.integral(tempered, *pair, bound=(1, 1), digits=15)
        yield equal(
            f"{name}: V(D*) - V(D) = ∫ (p + q) kl(D*‖D) for D = σ((log p - log q)/2)",
            best - found,
            certified.integral(lost, *pair, bound=(2, 2), digits=15),
        )


def check():
    for name, (real, fake) in pairs().items():
        star = optimal_discriminator(real, fake)
        best = value_function(real, fake, star)
        yield equal(
            f"{name}: V at the logit log p - log q is the virtual criterion C",
            best,
            certified.virtual_training_criterion(real, fake, digits=20),
        )
        for change, logit in (
            ("raised by 1/10", star + 0.1),
            ("lowered by 1/10", star - 0.1),
            ("a fifth steeper", 1.2 * star),
        ):
            yield at_most(
                f"{name}: with every logit {change}, V falls",
                value_function(real, fake, logit),
                best,
            )
    yield from almost_everywhere()


def almost_everywhere():
    """U[0, 1] mixed with U[2, 3] against U[0, 1], in three cells; nothing lives on (1, 2)."""
    real, fake = Discrete(("1/2", 0, "1/2")), Discrete((1, 0, 0))
    best = sp.log(sp.Rational(1, 3)) / 2 + sp.log(sp.Rational(2, 3))

    def worth(gap, inside=0.0):
        """V at the logit of D* in both laws, `gap` between them, `inside` more on [0, 1]."""
        logits = np.array([inside - math.log(2), gap, np.inf])
        return value_function(real, fake, lambda cell: logits[cell.astype(int)])

    for gap in (-5.0, 0.0, 5.0):
        yield equal(
            f"U[0, 1] mixed with U[2, 3] against U[0, 1]: V is largest with logit {gap:g} on (1, 2)",
            worth(gap),
            best,
            label="discriminator-uniqueness" if gap == 5 else None,
        )
    yield at_most(
        "but a change on [0, 1], where the laws live, costs", worth(0.0, 0.01), best, tolerance=0
    )


def search(seed):
    yield survives(
        "V(D*) - V(D) = Σ (p + q) kl(D*‖D) on finitely many points, for any D",
        regret_over_points,
        strategies.discrete_pairs(equal=False).flatmap(with_shares),
        seed=seed,
        examples=220,
    )
    yield survives(
        "V(D) < V(D*) for the logit log (1 + (x + 1)²)/(1 + (x - 1)²) + c, whatever p and q are like",
        falls,
        strategies.density_pairs().flatmap(with_shift),
        seed=seed,
        examples=220,
    )


def refute():
    yield equal("p / (p + 2 q) is stationary", SLOPE.subs(D, p / (p + 2 * q)), 0)
    yield equal("p and q exchanged: q / (p + q) is stationary", SLOPE.subs(D, q / (p + q)), 0)
    yield equal("the slope is p/D + q/(1 - D), a sign being lost", SLOPE, p / D + q / (1 - D))
    yield equal(
        "the second derivative at D* is -(p + q)²/(p q)",
        BEND.subs(D, STAR),
        -((p + q) ** 2) / (p * q),
    )
    yield at_most(
        "logarithms to any base make it a maximum",
        BEND / sp.log(base),
        0,
        where=INSIDE | {base: (0, 1)},
    )
    yield at_most(
        "where q = 0 < p, D = 1/2 is as good as any",
        p * sp.log(D),
        p * sp.log(sp.Rational(1, 2)),
        where=INSIDE,
    )
    yield at_most(
        "the generator's term is 1 - log D, and at most 0", 1 - sp.log(D), 0, where=INSIDE
    )
    yield equal(
        "what D loses is (p + q) kl(D‖D*), the arguments exchanged",
        value(STAR) - value(D),
        (p + q) * kl(D, STAR),
        where=INSIDE,
    )
    yield equal("D* stays as it is when the generator moves", sp.Derivative(STAR, q), 0)
    yield at_most(
        "V is largest because D ≤ 1: σ(2 (log p - log q)), which is closer to 0 and 1, does better",
        virtual_training_criterion(Normal(0, 1), Normal(1, 2)),
        value_function(
            Normal(0, 1), Normal(1, 2), 2 * optimal_discriminator(Normal(0, 1), Normal(1, 2))
        ),
    )


# --- numbers --------------------------------------------------------------------------------------


def pairs():
    """Asymmetric, contaminated, heavy-tailed, nearly equal, symmetric, with kinks."""
    bell = Normal(0, 1)
    return {
        "N(0, 1) against N(1, 2²)": (bell, Normal(1, 2)),
        "N(0, 1) against 9 parts of itself and 1 of N(5, 1/4)": (
            bell,
            Mixture((bell, Normal(5, "1/2")), ("9/10", "1/10")),
        ),
        "Cauchy(0, 1) against Cauchy(1, 2)": (Cauchy(0, 1), Cauchy(1, 2)),
        "N(0, 1) against N(1/1000, 1)": (bell, Normal("1/1000", 1)),
        "N(0, 1) against N(1, 1)": (bell, Normal(1, 1)),
        "Laplace(0, 1) against Laplace(3, 1/2)": (Laplace(0, 1), Laplace(3, "1/2")),
    }


def regret_over_points(example):
    real, fake, shares = example
    logits = 40 * (shares - 0.5) + 0.3
    best = value_function(real, fake, optimal_discriminator(real, fake))
    found = value_function(real, fake, lambda at: logits[at.astype(int)])
    yield equal("V(D*) - V(D) = Σ (p + q) kl(D*‖D)", best - found, regret(real, fake, logits))
    yield at_most("V(D) ≤ V(D*)", found, virtual_training_criterion(real, fake), tolerance=1e-12)


@summed
def regret(real, fake, logits):
    """Σ p log(D*/D) + q log((1 - D*)/(1 - D))."""
    star = optimal_discriminator(real, fake)(real.points)
    p, q = real.weights, fake.weights
    best = (w * np.where(w > 0, log_expit(a), 0.0) for w, a in ((p, star), (q, -star)))
    return *best, -p * log_expit(logits), -q * log_expit(-logits)


def with_shares(pair):
    return strategies.simplices(len(pair[0].points)).map(lambda shares: (*pair, shares))


def with_shift(pair):
    return strategies.logits(3).map(lambda c: (*pair, c))


def falls(example):
    real, fake, c = example
    found = value_function(real, fake, optimal_discriminator(Cauchy(1, 1), Cauchy(-1, 1)) + c)
    return at_most("V(D) < V(D*)", found, virtual_training_criterion(real, fake), tolerance=0)


def figure():
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    d = expit(np.linspace(-25, 25, 3000))
    axes.plot(d, xlogy(d, d) + xlogy(1 - d, 1 - d), color="0.55", linewidth=1, linestyle="--")
    for share, text, place, colour in (
        (0.1, "p : q = 1 : 9", (-4, 9), "C4"),
        (0.5, "1 : 1", (-9, 10), "C0"),
        (0.8, "4 : 1", (0, 8), "C2"),
    ):
        axes.plot(d, share * np.log(d) + (1 - share) * np.log1p(-d), color=colour)
        top = xlogy(share, share) + xlogy(1 - share, 1 - share)
        axes.plot([share], [top], "o", color=colour)
        axes.annotate(text, (share, top), xytext=place, textcoords="offset points", color=colour)
    axes.annotate("D log D + (1 - D) log(1 - D)", (0.02, -0.02), color="0.4", va="bottom")
    axes.set(xlim=(0, 1), ylim=(-2.2, 0.15), xlabel="D", xticks=(0, 0.5, 1), yticks=(-2, -1, 0))
    axes.set_ylabel("what a point adds to V, for p + q = 1")
    axes.set_title(r"Every maximum lies at $D^*=p/(p+q)$, on the dashed curve")
    return fig
