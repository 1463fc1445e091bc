"""Speed of training beside PyTorch and JAX: `python -m tests.benchmarks.training [--json FILE]`.

One run on one machine, all contenders in turns, the least time of many short rounds, because other
programs only ever add to a time: the same networks (leaky ReLU, two hidden layers), batch, optimiser
(Adam), game (non-saturating), fresh noise and fresh data in every step; a step is one of the
discriminator and one of the generator, and this package's has its share of the records. PyTorch is
eager, with the better of one and of all threads; JAX is compiled, a scan over the steps, vmap over the
ensemble, on all threads. Needs both: they are no dependencies of the package. Takes below two minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gantheory import Normal, Product
from gantheory.cli.runs import keep_memory
from gantheory.training import advance, as_data, plan, start
from gantheory.training.streams import BLOCK

RATE, BETAS, EPS = 1e-3, (0.5, 0.999), 1e-8
CASES = ((32, 64, 1), (32, 64, 16), (128, 256, 1))  # width, batch, seeds


def ours(width: int, batch: int, seeds: int, dtype: str) -> Callable[[int], None]:
    """Return a function that takes so many steps with this package."""
    keep_memory()  # as the command does
    data = as_data(Product(Normal(1, 0.5), Normal(1, 0.5)))
    state = start(plan(data, width=width, batch=batch, dtype=dtype, steps=10**9), seeds)

    def run(steps: int) -> None:
        for _ in range(steps // BLOCK):
            advance(state)

    return run


def torchs(  # noqa: C901  one contender is one closure
    width: int, batch: int, seeds: int, dtype: str, threads: int
) -> Callable[[int], None]:
    """Return the same in PyTorch, eager; an ensemble is one batched product of matrices."""
    import torch

    torch.set_num_threads(threads)
    kind = getattr(torch, dtype)
    generator = torch.Generator().manual_seed(0)
    lead = (seeds,) if seeds > 1 else ()

    def draw(*shape: int) -> Any:
        return torch.randn(*lead, *shape, generator=generator, dtype=kind)

    def network(fan_in: int, fan_out: int) -> list[Any]:
        widths = [fan_in, width, width, fan_out]
        tensors = []
        for a, b in pairwise(widths):
            tensors += [draw(a, b) / a**0.5, torch.zeros(*lead, 1, b, dtype=kind)]
        return [t.requires_grad_() for t in tensors]

    def forward(tensors: list[Any], x: Any) -> Any:
        for i in range(0, 6, 2):
            x = x @ tensors[i] + tensors[i + 1]
            if i < 4:
                x = torch.nn.functional.leaky_relu(x, 0.2)
        return x

    g, d = network(2, 2), network(2, 1)
    g_rule, d_rule = (torch.optim.Adam(t, lr=RATE, betas=BETAS, eps=EPS) for t in (g, d))
    softplus = torch.nn.functional.softplus

    def run(steps: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(steps):
            real = 1 + 0.5 * draw(batch, 2)
            with torch.no_grad():
                fake = forward(g, draw(batch, 2))
            a = forward(d, torch.cat([real, fake], dim=-2))[..., 0]
            loss = softplus(-a[..., :batch]).mean(-1) + softplus(a[..., batch:]).mean(-1)
            for tensor, grad in zip(d, torch.autograd.grad(loss.sum(), d), strict=True):
                tensor.grad = grad
            d_rule.step()
            a = forward(d, forward(g, draw(batch, 2)))[..., 0]
            loss = softplus(-a).mean(-1)
            for tensor, grad in zip(g, torch.autograd.grad(loss.sum(), g), strict=True):
                tensor.grad = grad
            g_rule.step()

    return run


def jaxs(  # noqa: C901  one contender is one closure
    width: int, batch: int, seeds: int, dtype: str
) -> Callable[[int], None]:
    """Return the same in JAX: compiled, a scan over the steps, vmap over the ensemble."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    kind = jnp.dtype(dtype)

    def network(key: Any, fan_in: int, fan_out: int) -> list[Any]:
        widths = [fan_in, width, width, fan_out]
        keys = jax.random.split(key, 3)
        pairs = ((k, a, b) for k, (a, b) in zip(keys, pairwise(widths), strict=True))
        return [
            (jax.random.normal(k, (a, b), kind) / a**0.5, jnp.zeros((b,), kind))
            for k, a, b in pairs
        ]

    def forward(tensors: list[Any], x: Any) -> Any:
        *hidden, (weights, bias) = tensors
        for w, b in hidden:
            x = jax.nn.leaky_relu(x @ w + b, 0.2)
        return (x @ weights + bias)[:, 0] if bias.shape == (1,) else x @ weights + bias

    def adam(theta: Any, grad: Any, memory: Any, count: Any) -> Any:
        m, v = memory
        m = jax.tree.map(lambda m, g: BETAS[0] * m + (1 - BETAS[0]) * g, m, grad)
        v = jax.tree.map(lambda v, g: BETAS[1] * v + (1 - BETAS[1]) * g * g, v, grad)
        one, two = (1 - beta**count for beta in BETAS)

        def moved(t: Any, m: Any, v: Any) -> Any:
            return t - RATE * (m / one) / (jnp.sqrt(v / two) + EPS)

        return jax.tree.map(moved, theta, m, v), (m, v)

    def step(carry: Any, key: Any) -> Any:
        g, d, g_memory, d_memory, count = carry
        count = count + 1
        first, second, third = jax.random.split(key, 3)
        real = 1 + 0.5 * jax.random.normal(first, (batch, 2), kind)
        fake = forward(g, jax.random.normal(second, (batch, 2), kind))

        def d_loss(d: Any) -> Any:
            a = forward(d, jnp.concatenate([real, fake]))
            return jax.nn.softplus(-a[:batch]).mean() + jax.nn.softplus(a[batch:]).mean()

        d, d_memory = adam(d, jax.grad(d_loss)(d), d_memory, count)
        z = jax.random.normal(third, (batch, 2), kind)

        def g_loss(g: Any) -> Any:
            return jax.nn.softplus(-forward(d, forward(g, z))).mean()

        g, g_memory = adam(g, jax.grad(g_loss)(g), g_memory, count)
        return (g, d, g_memory, d_memory, count), None

    def begin(key: Any) -> Any:
        one, two = jax.random.split(key)
        g, d = network(one, 2, 2), network(two, 2, 1)
        nothing = [jax.tree.map(jnp.zeros_like, n) for n in (g, g, d, d)]
        return g, d, tuple(nothing[:2]), tuple(nothing[2:]), jnp.zeros((), kind)

    def several(carry: Any, keys: Any) -> Any:
        return jax.lax.scan(step, carry, keys)[0]

    if seeds > 1:
        many, carry = (
            jax.jit(jax.vmap(several)),
            jax.vmap(begin)(jax.random.split(jax.random.key(0), seeds)),
        )
    else:
        many, carry = jax.jit(several), begin(jax.random.key(0))
    box = [carry]

    def run(steps: int) -> None:
        keys = jax.random.split(jax.random.key(1), seeds * steps)
        keys = keys.reshape(seeds, steps) if seeds > 1 else keys
        box[0] = jax.block_until_ready(many(box[0], keys))

    return run


def work(width: int, batch: int, seeds: int) -> float:
    """Return the floating-point operations of the matrix products of one step."""
    inner = width * width
    g, d = 2 * width + inner + 2 * width, 2 * width + inner + width
    forward = 2 * batch * g + 2 * batch * d + batch * d
    backward = (
        2 * (2 * batch) * d - 2 * batch * 2 * width + batch * d + 2 * batch * g - batch * 2 * width
    )
    return 2.0 * seeds * (forward + backward)


def peak(dtype: str, threads: int) -> float:
    """Return the operations a second of a large product of matrices."""
    n = 768
    a = np.ones((n, n), dtype)
    best = 1e9
    with threadpool_limits(threads):
        for _ in range(5):
            begin = time.perf_counter()
            a @ a
            best = min(best, time.perf_counter() - begin)
    return 2 * n**3 / best


def measured(runs: dict[str, Callable[[int], None]], seconds: float) -> dict[str, float]:
    """Return the least seconds a step of each contender; next is who has had the least time."""
    used = dict.fromkeys(runs, 0.0)
    best = dict.fromkeys(runs, math.inf)
    # the calls of eager PyTorch are all alike, and on a busy machine many threads take very long
    steps = {name: 10 if name.startswith("torch") else BLOCK for name in runs}
    for name, run in runs.items():
        run(steps[name])
    while sum(used.values()) < seconds or math.inf in best.values():
        name = min(used, key=lambda one: used[one])
        begin = time.perf_counter()
        runs[name](steps[name])
        taken = time.perf_counter() - begin
        used[name] += taken
        best[name] = min(best[name], taken / steps[name])
    return best


def case(width: int, batch: int, seeds: int, dtype: str, seconds: float) -> dict[str, Any]:
    """Return what one case gives."""
    cores = os.cpu_count() or 1
    arguments = (width, batch, seeds, dtype)
    runs = {
        "ours": ours(*arguments),
        "torch, one thread": torchs(*arguments, 1),
        "torch, all threads": torchs(*arguments, cores),
        "jax": jaxs(*arguments),
    }
    found = measured(runs, seconds)
    torch = min(found["torch, one thread"], found["torch, all threads"])
    flops = work(width, batch, seeds)
    return {
        "case": f"H = {width}, B = {batch}, {seeds} seed{'s' * (seeds > 1)}, {dtype}",
        "steps per second": 1 / found["ours"],
        "GFLOP/s": flops / found["ours"] / 1e9,
        "GFLOP/s of a large product, one thread": peak(dtype, 1) / 1e9,
        "GFLOP/s of a large product, all threads": peak(dtype, cores) / 1e9,
        "times PyTorch": torch / found["ours"],
        "times JAX": found["jax"] / found["ours"],
        "microseconds a step": {name: 1e6 * value for name, value in found.items()},
    }


def main() -> None:
    """Measure all cases, print them, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each case")
    parser.add_argument("--dtype", choices=["float32", "float64"])
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores")
    rows = []
    for dtype in [given.dtype] if given.dtype else ["float32", "float64"]:
        for arguments in CASES:
            row = case(*arguments, dtype, given.seconds)
            rows.append(row)
            times = row.pop("microseconds a step")
            print(row["case"])
            print("    " + "  ".join(f"{name} {value:.0f} µs" for name, value in times.items()))
            for key, value in row.items():
                if key != "case":
                    print(f"    {key:<42} {value:.3g}", flush=True)
            row["microseconds a step"] = times
    if given.json:
        given.json.write_text(json.dumps({"schema": 1, "rows": rows}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
