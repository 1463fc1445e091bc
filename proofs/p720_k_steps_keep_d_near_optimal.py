r"""$k$ steps of the discriminator keep it near its optimum, at a distance that never becomes 0.

Statement
---------
Let the data be $\mathcal{N}(0, 1)$, the model $\mathcal{N}(y, 1)$ and $D = \sigma(c x + b)$, which
has $D^*$ in it: $c^* = -y$ and $b^* = y^2/2$. With the model held still, let $D$ make $k$ steps of
size $\eta$ along the gradient of $V$ in $(c, b)$. With

$$L = \tfrac{1}{8} \left(4 + y^2 + \lvert y \rvert \sqrt{4 + y^2}\right), \quad \eta L < 1,$$

they leave at least the share $(1 - \eta L)^k$ of the distance from $(c, b)$ to $(c^*, b^*)$: no
number of steps makes a $D$ optimal that was not so before.

Slow steps of the model do not turn the game into one against $D^*$ either. Let $k$ steps of $D$
and one of the model, all of size $\eta < 2$, alternate. Next to the rest $y = 0$,
$D = \tfrac{1}{2}$ the game spirals for $k = 1$ and $k = 2$, for $k = 3$ if $\eta < \sqrt{5} - 1$,
and for $k = 4$ not. With $D^*$ at each step it would not spiral for any $\eta < 2$.

Assumes   Exact gradients. Minibatches add noise, which `simulate` measures.
Source    [@goodfellow2014, section 3] for the sentence that $D$ is maintained near its optimum so
          long as $G$ changes slowly enough. The numbers are derived here.
"""

import math

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import in_norm, mean_of, pointwise
from gantheory.losses import MINIMAX
from gantheory.nets import Dense, Network, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff, increasing

theorem = Theorem(
    label="k-steps-keep-d-near-optimal",
    title=r"$k$ steps keep $D$ near its optimum, at a distance that is never 0",
    uses=("optimal-discriminator", "algorithm-1", "gaussian-gan"),
    covers=("k-steps-keep-d-near-optimal", "k-steps-are-not-optimal"),
    errata=(
        r"[@nipsnotes] assume that training $D$ for $k$ steps makes it optimal for the given $G$: $k$ "
        "steps leave a positive share of the distance, and the model moves meanwhile.",
        r"[@nipsnotes] say that $D$ stays near its optimum so long as $G$ changes slowly enough: with "
        r"$k = 1$, $2$ or $3$ equal steps, however small, the game spirals, against $D^*$ it does not.",
    ),
)

y, lam = sp.symbols("y lambda", real=True)  # the model's mean, an eigenvalue
a = sp.Symbol("a", real=True)  # a logit
p, q = sp.symbols("p q", positive=True)  # densities
D, eta, u = sp.symbols("D eta u", positive=True)  # u = eta/2
HALF, SLOW = sp.Rational(1, 2), {eta: (0, 2)}
JACOBIAN = sp.Matrix([[0, HALF], [-HALF, -HALF]])  # of gradient play in (y, c), at rest


def derive():
    r"""Why a share of the distance is left, and when the turns spiral.

    A sample acts through its logit $a = c x + b$, and both terms of $V$ bend by $-D (1 - D)$ in it,
    which lies between $-\tfrac{1}{4}$, at $D = \tfrac{1}{2}$, and 0. So minus the Hessian of $V$ in
    $(c, b)$ lies between $0$ and a quarter of the matrix of second moments of $(x, 1)$, added over data
    and model. Its larger eigenvalue is $L$.

    At $D^*$ the gradient is 0. On the segment from there to $(c, b)$ it grows by the mean Hessian, so
    one step multiplies the error by $1 - \eta H$ with a symmetric $H$ between $0$ and $L$. For $\eta L
    < 1$ this matrix is at least $1 - \eta L$, and no vector becomes shorter than that share of itself.
    That is one step; $k$ steps give the power.

    The turns. To first order $b$ decays alone, and $(y, c)$ is multiplied by $1 + \eta J_D$ for each
    step of $D$ and by $1 + \eta J_G$ for the step of the model, $J_D$ and $J_G$ being the rows of the
    Jacobian that `gaussian-gan` derives. The product has the determinant $P = (1 - \eta/2)^k$, since a
    step of the model preserves area. Spirals are complex modes, a negative discriminant: with $u =
    \eta/2$ and $P = \rho^2$ it has the sign of $1 - u - (1 + u) \rho$. For $k = 2$, $\rho = 1 - u$; for
    $k = 1$ it is larger; for $k = 4$, $\rho = (1 - u)^2$. For $k = 3$ the sign changes at $\eta =
    \sqrt{5} - 1$. For each $k$ a decision procedure finds the same for all $\eta < 2$. With $D^*$ at
    each step $c$ is $-y$, and a step of the model multiplies $y$ by $1 - \eta/2 > 0$.
    """
    bend = 1 / ((1 + sp.exp(-a)) * (1 + sp.exp(a)))  # D (1 - D), the same for a and -a
    yield equal("a term bends", sp.Derivative(-sp.log(1 + sp.exp(-a)), (a, 2)), -bend)
    yield at_most("D (1 - D) is at most a quarter", D * (1 - D), sp.Rational(1, 4))
    ends = [(4 + y**2 + sign * y * sp.sqrt(4 + y**2)) / 8 for sign in (1, -1)]
    moments, product = sp.Matrix([[2 + y**2, y], [y, 2]]) / 4, (lam - ends[0]) * (lam - ends[1])
    found = (lam * sp.eye(2) - moments).det()
    yield equal("the eigenvalues, L for y > 0", found, product, label=theorem.label)
    for k in (1, 2, 3, 4):
        left, found = (1 - eta / 2) ** k, (lam * sp.eye(2) - turn(k)).det()
        modes = lam**2 - lam * (1 - eta / 2 + (1 + eta / 2) * left) + left
        yield equal(f"modes of a turn, k = {k}", found, modes)
    spirals = [sp.trace(turn(k)) ** 2 - 4 * turn(k).det() < 0 for k in (1, 2, 3, 4)]
    for k in (1, 2):
        yield always(f"k = {k} spirals", True, spirals[k - 1], where=SLOW)
    before, root = eta**2 + 2 * eta < 4, sp.sqrt(5) - 1
    yield iff("k = 3 spirals up to a root", spirals[2], before, where=SLOW)
    yield equal("the root", 1 + root**2 + 2 * root, 5)
    yield iff("k = 4 does not", spirals[3], False, where=SLOW)
    yield equal("D* at each step", y + eta * JACOBIAN[0, 1] * -y, (1 - eta / 2) * y)


def certify():
    r"""What one step of size 1 leaves, against $\mathcal{N}(2, 1)$ and from $D = \tfrac{1}{2}$.

    It ends at $\sigma(-x)$, half way to $D^*$ in $c$, where $D/(1 - D) = \sqrt{p/q} / e$. There $V$
    lacks $0.276$ nats to $C$.
    """
    odds = sp.sqrt(p / q) / sp.E
    value = certified.integral(
        -p * sp.log(1 + 1 / odds) - q * sp.log(1 + odds), *PAIR, bound=(3, 3), digits=9
    )
    regret = certified.virtual_training_criterion(*PAIR, digits=9) - value
    yield at_least("the regret after one step", regret, sp.Rational(276, 1000))
    yield at_most("it is no more", regret, sp.Rational(277, 1000))


def check():
    r"""The exact gradients that `search` and `simulate` go by, where they are known by hand.

    From $D = \tfrac{1}{2}$ a datum pulls $(c, b)$ by half of $(x, 1)$ and a generated sample by
    minus that. Against $\mathcal{N}(1, 1)$ a step of size 1 ends in $c = (0 - 1)/2$ and $b = 0$,
    half way to $c^* = -1$.
    """
    half_way = trained(np.array([1.0, 0.0, 0.0]), 1, 1.0)
    yield equal("one step from D = 1/2, plus 1", 1 + half_way, np.array([2.0, 0.5, 1.0]))


def search(seed):
    r"""A hunt against the lower bound, far from rest too.

    Drawn are the model's mean in $[-3, 3]$, the start of $D$ up to about 8 away from $D^*$ in each
    parameter, 1 to 12 steps, and $\eta L$ between $0.1$ and $0.9$. The gradients are exact, by sums
    over nodes of the normal density. A distance below $(1 - \eta L)^k$ times the first would refute it.
    """
    yield survives("the distance left", left_over, strategies.simplices(5), seed=seed, examples=150)


def simulate(seed):
    r"""What minibatches change, and how far a network stays from $D^*$.

    All games start at $y = 2$, with minibatches of 128, steps of $0.05$, 40 turns and 16 seeds. The
    statistic is the regret of $D$, how much $V(D, q)$ lacks to $C(q)$ when the model is about to move,
    as a mean over the turns. For $D = \sigma(c x + b)$, started at $D^*$, it is the regret of the exact
    game up to 15 %, for $k = 1$, $4$ and $16$: the lag comes from the game, and not from the noise.

    The spiral is seen as well: with $k = 1$ the model runs past the data's mean by 1 at least, with $k
    = 8$ by less than $\tfrac{1}{20}$. A network of 16 tanh units that was trained against the model at
    $y = 2$ regrets more the fewer steps it is given: 1 with the model held still, then 4, 1, 0 with the
    model moving. These are means over seeds; a single game may do otherwise. Other rates, sizes of a
    batch and networks were not run, and a larger network may need more steps than 4 for the same
    regret.
    """
    draw = sampler(seed)
    for k in (1, 4, 16):
        exact = exact_regret(k)
        found = mean_of(played(LINE, at_best(SEEDS), k, draw)[1])
        yield at_most(f"regret, noise against none, k = {k}", abs(found - exact), 0.15 * exact)
    for k, relation, size in ((1, at_least, 1.0), (8, at_most, 0.05)):
        path, _ = played(LINE, at_best(SEEDS), k, draw, turns=150)
        yield relation(f"past the data's mean, k = {k}", mean_of(-path.min(axis=0)), size)
    yield increasing("regret of a network, fewer steps", network_regrets(seed, draw))


def refute():
    r"""Four sentences that are read into Algorithm 1.

    The first two are those of [@nipsnotes] taken literally: a few steps make $D$ optimal; any $k >
    1$ separates the two players. The third replaces $k$ steps by one that is $k$ times as long, as
    in continuous time, where four times as fast is critical; steps of finite size are not. The
    fourth is the hope that small steps do it alone: but $D$ slows down together with $G$.
    """
    found = trained(np.array([1.0, 0.0, 0.0]), 10, 0.1)
    left = distance(found, np.array([1.0, -1.0, 0.5]))
    yield at_most("ten steps make D optimal", left, 0.1, label="k-steps-are-not-optimal")
    yield at_least("any k > 1 stops the spirals", 1 - u - (1 + u) * (1 - u), 0, where={u: (0, 1)})
    yield equal("k = 4 is exactly critical", (1 + u) * (1 - u) ** 2, 1 - u)
    _, regrets = played(LINE, at_best(SEEDS), 1, sampler(1))
    yield at_most("small steps, k = 1: regret below 1/50", mean_of(regrets), 0.02)


# --- how the numbers are made ---------------------------------------------------------------------

SEEDS, TURNS, STEP, BATCH = 16, 40, 0.05, 128
PAIR = Normal(0, 1), Normal(2, 1)
NODES = np.linspace(-9, 9, 181)
MASS = np.exp(-(NODES**2) / 2) / math.sqrt(2 * math.pi) * (NODES[1] - NODES[0])
LINE = Network((Dense(1, 1),), 1)  # its parameters are (c, b)


def turn(k):
    """The matrix of k steps of D and one of the model, in (y, c)."""
    d_step, g_step = (sp.eye(2) + eta * sp.diag(*only) * JACOBIAN for only in ((0, 1), (1, 0)))
    return g_step * d_step**k


def at_best(count):
    r"""$D^*$ for $y = 2$, so many times."""
    return LINE.parameters(np.tile([-2.0, 2.0], (count, 1)))


def sampler(seed):
    """What draws samples of data and model, or of the model alone: (S, n, 1), of weight 1/BATCH."""
    each = np.random.default_rng(seed).spawn(SEEDS)

    def drawn(mean, halves):
        noise = np.stack([rng.standard_normal(halves * BATCH) for rng in each])
        noise[:, -BATCH:] += mean[:, None]
        return noise[..., None], 1 / BATCH

    return drawn


def at_nodes(mean, halves):
    """Nodes of the same densities instead, 1/10 apart up to 9: the sums have no error but rounding."""
    places = np.tile(NODES, (len(mean), halves))
    places[:, -NODES.size :] += mean[:, None]
    return places[..., None], MASS


def ascend(network, theta, mean, k, size, draw):
    """k steps of D, in place; losses are means of n points, so slopes are times n and the weights."""
    into = network.parameters(np.zeros_like(theta.flat))
    for _ in range(k):
        points, weight = draw(mean, 2)
        logits, tape = network.forward(theta, points)
        real, fake = np.split(logits[..., 0], 2, axis=1)
        slopes = [weight * one * real.shape[1] for one in MINIMAX.d_gradient(real, fake)]
        dy = np.concatenate(slopes, axis=1)[..., None]
        network.backward(theta, tape, dy, into=into, of_input=False)
        theta.flat[...] -= size * into.flat


def played(network, theta, k, draw, *, rate_g=STEP, turns=TURNS):
    """y after each turn, (turns, S), and the mean regret of D over the turns, each before G's step."""
    mean, path, regrets = np.full(len(theta.flat), 2.0), [], []
    for _ in range(turns):
        ascend(network, theta, mean, k, STEP, draw)
        regrets.append(regret(network, theta, mean))
        points, weight = draw(mean, 1)
        logits, tape = network.forward(theta, points)
        slopes = weight * MINIMAX.g_gradient(logits[..., 0]) * points.shape[1]
        pull = network.backward(theta, tape, slopes[..., None])
        mean = mean - rate_g * pull[..., 0].sum(axis=1)
        path.append(mean)
    return np.stack(path), np.mean(regrets, axis=0)


def regret(network, theta, mean):
    r"""$\mathbb{E}_p[\log D^*/D] + \mathbb{E}_q[\log (1 - D^*)/(1 - D)]$, shape (S,)."""
    at = at_nodes(mean, 2)[0].reshape(len(mean), 2, -1)
    found = network.forward(theta, at.reshape(len(mean), -1, 1))[0].reshape(at.shape)
    best = (mean**2 / 2)[:, None, None] - mean[:, None, None] * at
    sign = np.array([-1.0, 1.0])[:, None]
    lost = np.logaddexp(0, sign * found) - np.logaddexp(0, sign * best)
    return lost.sum(axis=1) @ MASS


@in_norm
def exact_regret(k):
    """The mean regret of D in the same turns with exact gradients."""
    return played(LINE, at_best(1), k, at_nodes)[1][0]


def network_regrets(seed, draw):
    """Mean regrets of a trained network, with 1 step and the model still, then with 4, 1 and 0."""
    deep = mlp((1, 16, 1), Tanh())
    theta = deep.start(np.random.default_rng(seed + 1).spawn(SEEDS))
    played(deep, theta, 8, draw, rate_g=0.0)
    trained = theta.flat.copy()
    found = [played(deep, theta, 1, draw, rate_g=0.0, turns=25)[1]]
    found += [played(deep, deep.parameters(trained.copy()), k, draw)[1] for k in (4, 1, 0)]
    return [mean_of(one) for one in found]


@in_norm
def trained(state, k, size):
    """(y, c, b) after k steps of D with exact gradients."""
    theta = LINE.parameters(state[None, 1:].copy())
    ascend(LINE, theta, state[:1], k, size, at_nodes)
    return np.concatenate([state[:1], theta.flat[0]])


def left_over(shares):
    """Claim that k steps leave so much of the distance, for the drawn game."""
    mean, k, share = 6 * (shares[0] - 0.5), 1 + int(11 * shares[1]), (1 + 8 * shares[4]) / 10
    best = np.array([mean, -mean, mean**2 / 2])
    begin = best + 8 * np.array([0.0, shares[2] - 0.2, shares[3] + 0.01])
    largest = (4 + mean**2 + abs(mean) * math.sqrt(4 + mean**2)) / 8
    after = distance(trained(begin, k, share / largest), best)
    return at_least("distance", after, least(begin, best, share, k))


def distance(state, best):
    """Euclidean distance of two states."""
    return sum((state[k] - best[k]) * (state[k] - best[k]) for k in range(3)).sqrt()


@pointwise
def least(begin, best, share, k):
    r"""$(1 - \eta L)^k$ times the distance at the start."""
    return (1 - share) ** k * np.linalg.norm(begin - best)
