"""Training as the papers print it, one network at a time, in the functions of another library.

What it takes from the project are settings and starts; losses, penalties, steps, schedules and records
are written anew, with derivatives by `lib.grad`. Where randomness comes from is written down here too:
by seed, network, purpose and block of 50 steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from elsewhere import forward, masks_of
from network_checks import tensors_of

from gantheory.nets import BatchNorm
from gantheory.training import Plan, start

PURPOSES = ("generator", "discriminator", "data", "latent", "penalty", "noise", "evaluation")
BLOCK, SAMPLES = 50, 1000


def stream(plan: Plan, network: int, purpose: str, block: int) -> np.random.Generator:
    key = (network, PURPOSES.index(purpose), block)
    return np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=key))


def latents(plan: Plan, n: int, rng: np.random.Generator) -> np.ndarray:
    shape = (n, plan.generator.fan_in)
    return rng.standard_normal(shape) if plan.latent == "normal" else rng.uniform(-1, 1, shape)


# --- games ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Printed:
    """d_loss(lib, real, fake), g_loss(lib, fake, real), and D of an output, None where there is none."""

    d_loss: Callable[[Any, Any, Any], Any]
    g_loss: Callable[[Any, Any, Any], Any]
    probability: Callable[[np.ndarray], np.ndarray] | None = None


def log_d(lib: Any, a: Any) -> Any:
    return lib.log(1 / (1 + lib.exp(-a)))


def log_not_d(lib: Any, a: Any) -> Any:
    return lib.log(1 - 1 / (1 + lib.exp(-a)))


def positive(lib: Any, x: Any) -> Any:
    return lib.where(x > 0, x, 0 * x)


def sigma(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def logistic(saturating: bool, alpha: float = 1.0, beta: float = 0.0) -> Printed:
    def entropy(lib: Any, target: float, a: Any) -> Any:
        return -(target * log_d(lib, a) + (1 - target) * log_not_d(lib, a)).mean()

    return Printed(
        lambda lib, r, f: entropy(lib, alpha, r) + entropy(lib, beta, f),
        lambda lib, f, r: log_not_d(lib, f).mean() if saturating else -log_d(lib, f).mean(),
        lambda v: np.clip((sigma(v) - beta) / (alpha - beta), 0, 1),
    )


def squares(a: float, b: float, c: float) -> Printed:
    return Printed(
        lambda lib, r, f: ((r - b) ** 2).mean() / 2 + ((f - a) ** 2).mean() / 2,
        lambda lib, f, r: ((f - c) ** 2).mean() / 2,
        lambda v: np.clip((v - a) / (b - a), 0, 1),
    )


def averages(lib: Any, high: Any, low: Any) -> Any:
    return -log_d(lib, high - low.mean()).mean() - log_not_d(lib, low - high.mean()).mean()


def f_game(
    g: Callable[[Any, Any], Any],
    conjugate: Callable[[Any, Any], Any],
    ratio: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Printed:
    """T = g(v), f*(T), and u = p/q as a function of v, from T = f'(u)."""
    return Printed(
        lambda lib, r, f: conjugate(lib, g(lib, f)).mean() - g(lib, r).mean(),
        lambda lib, f, r: -conjugate(lib, g(lib, f)).mean(),
        None if ratio is None else lambda v: ratio(v) / (1 + ratio(v)),
    )


def power(alpha: float) -> Printed:
    """f*(t) = ((1 + (α - 1) t)^(α / (α - 1)) - 1) / α."""

    def g(lib: Any, v: Any) -> Any:
        return v if alpha > 1 else 1 / (1 - alpha) - lib.log(1 + lib.exp(-v))

    def ratio(v: np.ndarray) -> np.ndarray:
        t = v if alpha > 1 else 1 / (1 - alpha) - np.log(1 + np.exp(-v))
        return np.maximum(1 + (alpha - 1) * t, 0) ** (1 / (alpha - 1))

    return f_game(
        g,
        lambda lib, t: (
            ((positive(lib, 1 + (alpha - 1) * t) + 1e-300) ** (alpha / (alpha - 1)) - 1) / alpha
        ),
        ratio,
    )


GAMES: dict[str, Printed] = {
    "minimax": logistic(True),
    "non-saturating": logistic(False),
    "minimax:real_target=0.9,fake_target=0.1": logistic(True, 0.9, 0.1),
    "non-saturating:real_target=0.8,fake_target=0": logistic(False, 0.8),
    "least-squares": squares(0, 1, 1),
    "least-squares:a=-1,b=1.5,c=0.25": squares(-1, 1.5, 0.25),
    "hinge": Printed(
        lambda lib, r, f: positive(lib, 1 - r).mean() + positive(lib, 1 + f).mean(),
        lambda lib, f, r: -f.mean(),
    ),
    "wasserstein": Printed(lambda lib, r, f: f.mean() - r.mean(), lambda lib, f, r: -f.mean()),
    "relativistic": Printed(
        lambda lib, r, f: -log_d(lib, r - f).mean(), lambda lib, f, r: -log_d(lib, f - r).mean()
    ),
    "relativistic-average": Printed(averages, averages),
    "f-gan:kl": f_game(lambda lib, v: v, lambda lib, t: lib.exp(t - 1), lambda v: np.exp(v - 1)),
    "f-gan:reverse-kl": f_game(
        lambda lib, v: -lib.exp(v), lambda lib, t: -1 - lib.log(-t), lambda v: np.exp(-v)
    ),
    "f-gan:js": f_game(
        lambda lib, v: math.log(2) - lib.log(1 + lib.exp(-v)),
        lambda lib, t: -lib.log(2 - lib.exp(t)),
        np.exp,
    ),
    "f-gan:total-variation": f_game(lambda lib, v: lib.tanh(v) / 2, lambda lib, t: t),
    "f-gan:squared-hellinger": f_game(
        lambda lib, v: 1 - lib.exp(v), lambda lib, t: t / (1 - t), lambda v: np.exp(-2 * v)
    ),
    "f-gan:pearson-chi2": f_game(
        lambda lib, v: v,
        lambda lib, t: lib.where(t > -2, t**2 / 4 + t, 0 * t - 1),
        lambda v: np.maximum(1 + v / 2, 0),
    ),
    "f-gan:neyman-chi2": f_game(
        lambda lib, v: 1 - lib.exp(v),
        lambda lib, t: 2 - 2 * lib.sqrt(1 - t),
        lambda v: np.exp(-v / 2),
    ),
    "f-gan:alpha=0.5": power(0.5),
    "f-gan:alpha=-1.5": power(-1.5),
    "f-gan:alpha=2.5": power(2.5),
}


# --- penalties ------------------------------------------------------------------------------------


def two_sided(norm: Any, lib: Any) -> Any:
    return 10.0 * ((norm - 1) ** 2).mean()


def one_sided(norm: Any, lib: Any) -> Any:
    return 10.0 * (positive(lib, norm - 1) ** 2).mean()


def half_square(norm: Any, lib: Any) -> Any:
    return 10.0 / 2 * (norm**2).mean()


# name: where it looks (real, fake, uniform draws), how many draws a sample (d: its width), what it pays
PENALTIES: dict[str, tuple[Callable[[Any, Any, Any], Any], Callable[[int], int], Any]] = {
    "wgan-gp": (lambda r, f, u: u * r + (1 - u) * f, lambda d: 1, two_sided),
    "wgan-gp-one-sided": (lambda r, f, u: u * r + (1 - u) * f, lambda d: 1, one_sided),
    "dragan": (
        lambda r, f, u: r + u[:, :1] * (0.5 * r.std() * u[:, 1:]),
        lambda d: d + 1,
        two_sided,
    ),
    "r1": (lambda r, f, u: r, lambda d: 0, half_square),
    "r2": (lambda r, f, u: f, lambda d: 0, half_square),
}


# --- optimisers -----------------------------------------------------------------------------------


def sgd(g: Any, m: dict[str, Any], t: int, rule: Any) -> Any:
    return g


def momentum(g: Any, m: dict[str, Any], t: int, rule: Any) -> Any:
    m["v"] = rule.beta * m.get("v", 0 * g) + g
    return m["v"]


def nesterov(g: Any, m: dict[str, Any], t: int, rule: Any) -> Any:
    return g + rule.beta * momentum(g, m, t, rule)


def adam(g: Any, m: dict[str, Any], t: int, rule: Any) -> Any:
    m["m"] = rule.beta1 * m.get("m", 0 * g) + (1 - rule.beta1) * g
    m["v"] = rule.beta2 * m.get("v", 0 * g) + (1 - rule.beta2) * g**2
    return (m["m"] / (1 - rule.beta1**t)) / (np.sqrt(m["v"] / (1 - rule.beta2**t)) + rule.eps)


def rmsprop(g: Any, m: dict[str, Any], t: int, rule: Any) -> Any:
    m["v"] = rule.decay * m.get("v", 0 * g) + (1 - rule.decay) * g**2
    return g / (np.sqrt(m["v"]) + rule.eps)


OPTIMISERS = {
    "SGD": sgd,
    "Momentum": momentum,
    "Nesterov": nesterov,
    "Adam": adam,
    "RMSProp": rmsprop,
}
SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "constant": lambda t, total: 1.0,
    "linear": lambda t, total: 1 - (t - 1) / total,
    "cosine": lambda t, total: (1 + math.cos(math.pi * (t - 1) / total)) / 2,
}


# --- one network ----------------------------------------------------------------------------------


@dataclass
class Side:
    """One player: tensors, state of the layers, gradient of the last step, memory, steps done."""

    net: Any
    rule: Any
    lr: float
    tensors: list[np.ndarray]
    states: list[list[Any]]
    gradient: list[np.ndarray] = field(default_factory=list)
    previous: list[np.ndarray] = field(default_factory=list)
    memory: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def kept(self) -> Any:
        """All that a look ahead must not change."""
        return list(self.tensors), [dict(one) for one in self.memory], self.count

    def put_back(self, kept: Any) -> None:
        self.tensors, self.memory, self.count = kept

    def descend(self, factor: float) -> None:
        self.count += 1
        self.memory = self.memory or [{} for _ in self.tensors]
        move = OPTIMISERS[type(self.rule).__name__]
        self.tensors = [
            theta - self.lr * factor * move(slope, memory, self.count, self.rule)
            for theta, slope, memory in zip(self.tensors, self.gradient, self.memory, strict=True)
        ]


class Look(NamedTuple):
    """What one evaluation of a loss is given: samples, noise, and masks of every pass in its order."""

    real: Any
    z: Any
    noise: tuple[Any, Any]
    made: list[Any]
    masks: list[list[Any]]
    uniform: Any = 0.0


class Theirs:
    """One network of a run."""

    def __init__(self, lib: Any, plan: Plan, network: int) -> None:
        self.lib, self.plan, self.network = lib, plan, network
        self.game = GAMES[plan.game.name]
        begun = start(plan, [network])
        self.d, self.g = (
            Side(
                player.network,
                player.optimiser,
                player.lr,
                [tensor[0] for tensor in tensors_of(player.parameters)],
                [[lib.array(tensor[0]) for tensor in group] for group in player.state],
            )
            for player in (begun.discriminator, begun.generator)
        )
        self.couples = any(isinstance(layer, BatchNorm) for layer in plan.discriminator.layers)
        shape = (BLOCK, plan.k + 1, plan.batch)
        data, latent = (stream(plan, network, name, 0) for name in ("data", "latent"))
        self.real = plan.data.sample(math.prod(shape), data).reshape(*shape, -1)
        self.z = latents(plan, math.prod(shape), latent).reshape(*shape, -1)
        self.d_rng, self.g_rng = (
            stream(plan, network, name, 1) for name in ("discriminator", "generator")
        )
        self.rng = stream(plan, network, "penalty", 0)

    # --- draws ------------------------------------------------------------------------------------

    def masks(self, n: int) -> list[Any]:
        return [self.lib.array(mask) for mask in masks_of(self.plan.discriminator, n, self.d_rng)]

    def made(self) -> list[Any]:
        drawn = masks_of(self.plan.generator, self.plan.batch, self.g_rng)
        return [self.lib.array(mask) for mask in drawn]

    def noise(self, shape: tuple[int, ...]) -> Any:
        if self.plan.noise == 0:
            return 0.0
        return self.lib.array(self.plan.noise * self.rng.standard_normal(shape))

    def judging(self) -> list[list[Any]]:
        """Masks of the passes over real and generated samples."""
        n = self.plan.batch
        return [self.masks(n), self.masks(n)] if self.couples else [self.masks(2 * n)]

    def look_of_d(self, step: int, j: int) -> Look:
        real, z = self.real[step, j], self.z[step, j]
        noise = self.noise(real.shape), self.noise(real.shape)
        made, masks, uniform = self.made(), self.judging(), 0.0
        if self.plan.penalty in PENALTIES:
            draws = PENALTIES[self.plan.penalty][1](real.shape[1])
            uniform = self.lib.array(self.rng.random((len(real), draws)))
            masks = [*masks, self.masks(len(real))]
        return Look(*map(self.lib.array, (real, z)), noise, made, masks, uniform)

    def look_of_g(self, step: int) -> Look:
        real, z = self.real[step, -1], self.z[step, -1]
        paired = self.plan.game.name.startswith("relativistic")
        of_real = self.noise(real.shape) if paired else 0.0
        made = self.made()
        masks = [self.masks(len(real)) for _ in range(1 + paired)]
        noise = of_real, self.noise(real.shape)
        return Look(*map(self.lib.array, (real, z)), noise, made, masks)

    # --- losses: of both players' tensors, a look, and the states of both players' layers -----------

    def judged(self, theta: Any, states: Any, masks: Any, x: Any) -> tuple[Any, Any]:
        y, moved = forward(self.lib, self.plan.discriminator, theta, states, masks, x, True)
        return y[:, 0], moved

    def fakes(self, theta: Any, look: Look, states: Any) -> tuple[Any, Any]:
        return forward(self.lib, self.plan.generator, theta, states, look.made, look.z, True)

    def d_loss(self, d: Any, g: Any, look: Look, of_d: Any, of_g: Any) -> tuple[Any, Any]:
        """The discriminator's loss with its penalty, and the state of its layers afterwards."""
        real = look.real + look.noise[0]
        fake = self.fakes(g, look, of_g)[0] + look.noise[1]
        if self.couples:
            of_real, of_d = self.judged(d, of_d, look.masks[0], real)
            of_fake, of_d = self.judged(d, of_d, look.masks[1], fake)
        else:
            both, of_d = self.judged(d, of_d, look.masks[0], self.lib.concatenate([real, fake]))
            of_real, of_fake = both[: len(real)], both[len(real) :]
        loss = self.game.d_loss(self.lib, of_real, of_fake)
        return loss + self.penalty(d, real, self.lib.fixed(fake), look, of_d), of_d

    def penalty(self, d: Any, real: Any, fake: Any, look: Look, states: Any) -> Any:
        if self.plan.penalty not in PENALTIES:
            return 0.0
        where, _, pays = PENALTIES[self.plan.penalty]
        points = where(real, fake, look.uniform)
        slope = self.lib.grad(lambda x: self.judged(d, states, look.masks[-1], x)[0].sum())(points)
        weight = 1.0 if self.plan.weight is None else self.plan.weight / 10.0
        return weight * pays(self.lib.sqrt((slope**2).sum(1)), self.lib)

    def g_loss(self, d: Any, g: Any, look: Look, of_d: Any, of_g: Any) -> tuple[Any, Any]:
        """The generator's loss, and the state of its own layers afterwards."""
        fake, moved = self.fakes(g, look, of_g)
        of_real = None
        if len(look.masks) == 2:
            of_real, _ = self.judged(d, of_d, look.masks[0], look.real + look.noise[0])
        of_fake, _ = self.judged(d, of_d, look.masks[-1], fake + look.noise[1])
        return self.game.g_loss(self.lib, of_fake, of_real), moved

    def energy(
        self, d: Any, g: Any, first: Look, last: Look, of_d: Any, of_g: Any
    ) -> tuple[Any, Any]:
        """|v|² / 2, v both players' gradients; both gradients and states."""
        v_d, of_d = self.lib.grad(self.d_loss, has_aux=True)(d, g, first, of_d, of_g)
        v_g, of_g = self.lib.grad(self.g_loss, argnums=1, has_aux=True)(d, g, last, of_d, of_g)
        half = sum((slope**2).sum() for slope in [*v_d, *v_g]) / 2
        return half, (v_d, v_g, of_d, of_g)

    def ahead(
        self, d: Any, g: Any, looks: list[Look], last: Look, rate: float, of_d: Any, of_g: Any
    ) -> tuple[Any, Any]:
        """G's loss after plain steps of D; D's first gradient and state, and G's state."""
        steps = []
        for look in looks:
            slopes, of_d = self.lib.grad(self.d_loss, has_aux=True)(d, g, look, of_d, of_g)
            steps.append((slopes, of_d))
            d = [theta - rate * slope for theta, slope in zip(d, slopes, strict=True)]
        loss, moved = self.g_loss(d, g, last, of_d, of_g)
        return loss, (*steps[0], moved)

    # --- gradients --------------------------------------------------------------------------------

    @property
    def theta(self) -> tuple[list[Any], list[Any]]:
        return tuple([self.lib.array(t) for t in side.tensors] for side in (self.d, self.g))

    def slopes(self, name: str, argnums: Any, *given: Any) -> tuple[Any, Any]:
        """Derivatives of one of the functions above in tensors, and what else it returns."""
        derivative = self.lib.grad(getattr(self, name), argnums=argnums, has_aux=True)
        return derivative(*self.theta, *given, self.d.states, self.g.states)

    def descent_of_d(self, look: Look) -> None:
        slopes, self.d.states = self.slopes("d_loss", 0, look)
        self.d.gradient = plain(slopes)

    def descent_of_g(self, look: Look) -> None:
        slopes, self.g.states = self.slopes("g_loss", 1, look)
        self.g.gradient = plain(slopes)

    def both(self, looks: list[Look]) -> None:
        self.descent_of_d(looks[0])
        self.descent_of_g(looks[1])

    # --- steps ------------------------------------------------------------------------------------

    def clip(self) -> None:
        if self.plan.penalty == "clip":
            bound = 0.01 if self.plan.weight is None else self.plan.weight
            self.d.tensors = [np.clip(theta, -bound, bound) for theta in self.d.tensors]

    def descend(self, factor: float) -> None:
        self.d.descend(factor)
        self.g.descend(factor)
        self.clip()

    def alternating(self, step: int, factor: float) -> None:
        for j in range(self.plan.k):
            self.descent_of_d(self.look_of_d(step, j))
            self.d.descend(factor)
            self.clip()
        self.descent_of_g(self.look_of_g(step))
        self.g.descend(factor)

    def simultaneous(self, step: int, factor: float) -> None:
        self.both([self.look_of_d(step, 0), self.look_of_g(step)])
        self.descend(factor)

    def extragradient(self, step: int, factor: float) -> None:
        kept = self.d.kept(), self.g.kept()
        self.both([self.look_of_d(step, 0), self.look_of_g(step)])
        self.descend(factor)
        self.both([self.look_of_d(step, 0), self.look_of_g(step)])
        for side, before in zip((self.d, self.g), kept, strict=True):
            side.put_back(before)
        self.descend(factor)

    def optimistic(self, step: int, factor: float) -> None:
        self.both([self.look_of_d(step, 0), self.look_of_g(step)])
        for side in (self.d, self.g):
            now = side.gradient
            before = side.previous or now
            side.gradient = [2 * a - b for a, b in zip(now, before, strict=True)]
            side.previous = now
        self.descend(factor)

    def consensus(self, step: int, factor: float) -> None:
        looks = self.look_of_d(step, 0), self.look_of_g(step)
        more, (v_d, v_g, self.d.states, self.g.states) = self.slopes("energy", (0, 1), *looks)
        for side, v, slope in zip((self.d, self.g), (v_d, v_g), more, strict=True):
            side.gradient = [a + 0.1 * b for a, b in zip(plain(v), plain(slope), strict=True)]
        self.descend(factor)

    def unrolled(self, step: int, factor: float) -> None:
        first = self.look_of_d(step, 0)
        masks = [first.masks, *(self.judging() for _ in range(self.plan.unroll - 1))]
        looks = [first._replace(masks=one) for one in masks]
        slopes, (of_d, self.d.states, self.g.states) = self.slopes(
            "ahead", 1, looks, self.look_of_g(step), self.d.lr * factor
        )
        self.d.gradient, self.g.gradient = plain(of_d), plain(slopes)
        self.descend(factor)

    def run(self, steps: int) -> None:
        """So many steps of the plan from its start."""
        schedule = SCHEDULES[self.plan.schedule.__name__]
        for step in range(steps):
            getattr(self, self.plan.scheme)(step, schedule(step + 1, self.plan.steps))

    # --- records ----------------------------------------------------------------------------------

    def record(self, step: int) -> dict[str, float]:
        """Every column of the history, by its formula."""
        plan, lib = self.plan, self.lib
        rng = stream(plan, self.network, "evaluation", step)
        real, z = plan.data.sample(SAMPLES, rng), latents(plan, SAMPLES, rng)
        (d, g), empty = self.theta, []
        fake, _ = forward(lib, plan.generator, g, self.g.states, empty, lib.array(z), False)
        of_real, of_fake = (
            forward(lib, plan.discriminator, d, self.d.states, empty, x, False)[0][:, 0]
            for x in (lib.array(real), fake)
        )
        found = {
            "d_loss": float(self.game.d_loss(lib, of_real, of_fake)),
            "g_loss": float(self.game.g_loss(lib, of_fake, of_real)),
            "d_gradient": math.sqrt(sum((t**2).sum() for t in self.d.gradient)),
            "g_gradient": math.sqrt(sum((t**2).sum() for t in self.g.gradient)),
        }
        found |= self.says(*(np.asarray(one) for one in (of_real, of_fake)))
        return found | modes(plan.data.density, np.asarray(fake))

    def says(self, of_real: np.ndarray, of_fake: np.ndarray) -> dict[str, float]:
        """V(D, G) = E log D + E log(1 - D), and the means of D."""
        if self.game.probability is None:
            return dict.fromkeys(("value", "d_real", "d_fake"), math.nan)
        real, fake = self.game.probability(of_real), self.game.probability(of_fake)
        with np.errstate(divide="ignore"):
            value = np.log(real).mean() + np.log(1 - fake).mean()
        return {"value": value, "d_real": real.mean(), "d_fake": fake.mean()}


def modes(density: Any, fake: np.ndarray) -> dict[str, float]:
    """Modes with at least one in 100 K of the samples within three σ, and the share of such samples."""
    parts = getattr(density, "parts", None)
    if parts is None or density.dim != 2:
        return {"modes": math.nan, "quality": math.nan}
    away = np.stack([np.linalg.norm(fake - part.mean, axis=1) for _, part in parts])
    good = away.min(axis=0) <= 3 * math.sqrt(parts[0][1].cov[0][0])
    sizes = [np.sum(good & (away.argmin(axis=0) == k)) for k in range(len(parts))]
    least = max(1, len(fake) / (100 * len(parts)))
    return {"modes": sum(size >= least for size in sizes), "quality": good.mean()}


def plain(tensors: Any) -> list[np.ndarray]:
    return [np.asarray(tensor) for tensor in tensors]
