"""The theory of Generative Adversarial Networks as a book whose pages run.

Everything below is reachable as `gantheory.NAME` and imported when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantheory import book as book
    from gantheory import certified as certified
    from gantheory import densities as densities
    from gantheory import divergences as divergences
    from gantheory import errors as errors
    from gantheory import estimates as estimates
    from gantheory import figures as figures
    from gantheory import game as game
    from gantheory import losses as losses
    from gantheory import nets as nets
    from gantheory import optimisers as optimisers
    from gantheory import penalties as penalties
    from gantheory import quadrature as quadrature
    from gantheory import testing as testing
    from gantheory import theorems as theorems
    from gantheory import training as training
    from gantheory import verdicts as verdicts
    from gantheory.book import verify as verify
    from gantheory.densities import Branch as Branch
    from gantheory.densities import Cauchy as Cauchy
    from gantheory.densities import Density as Density
    from gantheory.densities import Discrete as Discrete
    from gantheory.densities import Exponential as Exponential
    from gantheory.densities import GeneratorDensity as GeneratorDensity
    from gantheory.densities import Laplace as Laplace
    from gantheory.densities import Mixture as Mixture
    from gantheory.densities import MultivariateNormal as MultivariateNormal
    from gantheory.densities import Normal as Normal
    from gantheory.densities import Product as Product
    from gantheory.densities import Pushforward as Pushforward
    from gantheory.densities import StudentT as StudentT
    from gantheory.densities import Triangular as Triangular
    from gantheory.densities import Uniform as Uniform
    from gantheory.densities import as_density as as_density
    from gantheory.densities import grid as grid
    from gantheory.densities import maps as maps
    from gantheory.densities import ring as ring
    from gantheory.densities import smoothed_generator as smoothed_generator
    from gantheory.divergences import alpha_divergence as alpha_divergence
    from gantheory.divergences import f_divergence as f_divergence
    from gantheory.divergences import jeffreys_divergence as jeffreys_divergence
    from gantheory.divergences import js_divergence as js_divergence
    from gantheory.divergences import kl_divergence as kl_divergence
    from gantheory.divergences import neyman_chi2 as neyman_chi2
    from gantheory.divergences import pearson_chi2 as pearson_chi2
    from gantheory.divergences import renyi_divergence as renyi_divergence
    from gantheory.divergences import reverse_kl_divergence as reverse_kl_divergence
    from gantheory.divergences import squared_hellinger as squared_hellinger
    from gantheory.divergences import total_variation as total_variation
    from gantheory.divergences import wasserstein_1 as wasserstein_1
    from gantheory.errors import CheckpointError as CheckpointError
    from gantheory.errors import GantheoryError as GantheoryError
    from gantheory.errors import GantheoryWarning as GantheoryWarning
    from gantheory.errors import InvalidDensity as InvalidDensity
    from gantheory.errors import NoDensity as NoDensity
    from gantheory.errors import NotCertifiable as NotCertifiable
    from gantheory.errors import NotConverged as NotConverged
    from gantheory.errors import PageError as PageError
    from gantheory.estimates import Estimate as Estimate
    from gantheory.game import optimal_discriminator as optimal_discriminator
    from gantheory.game import value_function as value_function
    from gantheory.game import virtual_training_criterion as virtual_training_criterion
    from gantheory.losses import HINGE as HINGE
    from gantheory.losses import MINIMAX as MINIMAX
    from gantheory.losses import NON_SATURATING as NON_SATURATING
    from gantheory.losses import RELATIVISTIC as RELATIVISTIC
    from gantheory.losses import RELATIVISTIC_AVERAGE as RELATIVISTIC_AVERAGE
    from gantheory.losses import WASSERSTEIN as WASSERSTEIN
    from gantheory.losses import f_gan as f_gan
    from gantheory.losses import label_forcing as label_forcing
    from gantheory.losses import label_forcing_gradient as label_forcing_gradient
    from gantheory.losses import least_squares as least_squares
    from gantheory.losses import smoothed as smoothed
    from gantheory.losses import two_logit as two_logit
    from gantheory.losses import two_logit_gradient as two_logit_gradient
    from gantheory.nets import ELU as ELU
    from gantheory.nets import BatchNorm as BatchNorm
    from gantheory.nets import Dense as Dense
    from gantheory.nets import Dropout as Dropout
    from gantheory.nets import LeakyReLU as LeakyReLU
    from gantheory.nets import Maxout as Maxout
    from gantheory.nets import Network as Network
    from gantheory.nets import Parameters as Parameters
    from gantheory.nets import ReLU as ReLU
    from gantheory.nets import Sigmoid as Sigmoid
    from gantheory.nets import Softplus as Softplus
    from gantheory.nets import SpectralDense as SpectralDense
    from gantheory.nets import Tanh as Tanh
    from gantheory.nets import mlp as mlp
    from gantheory.optimisers import SGD as SGD
    from gantheory.optimisers import Adam as Adam
    from gantheory.optimisers import Momentum as Momentum
    from gantheory.optimisers import Nesterov as Nesterov
    from gantheory.optimisers import RMSProp as RMSProp
    from gantheory.penalties import clip_weights as clip_weights
    from gantheory.penalties import dragan as dragan
    from gantheory.penalties import gradient_penalty as gradient_penalty
    from gantheory.penalties import instance_noise as instance_noise
    from gantheory.penalties import r1 as r1
    from gantheory.penalties import r2 as r2
    from gantheory.penalties import wgan_gp as wgan_gp
    from gantheory.quadrature import integrate as integrate
    from gantheory.training import train as train
    from gantheory.training import trained as trained
    from gantheory.verdicts import Verdict as Verdict

    __version__: str

_NAMES = {
    "gantheory.book": ("verify",),
    "gantheory.densities": (
        "Branch",
        "Cauchy",
        "Density",
        "Discrete",
        "Exponential",
        "GeneratorDensity",
        "Laplace",
        "Mixture",
        "MultivariateNormal",
        "Normal",
        "Product",
        "Pushforward",
        "StudentT",
        "Triangular",
        "Uniform",
        "as_density",
        "grid",
        "ring",
        "smoothed_generator",
    ),
    "gantheory.divergences": (
        "alpha_divergence",
        "f_divergence",
        "jeffreys_divergence",
        "js_divergence",
        "kl_divergence",
        "neyman_chi2",
        "pearson_chi2",
        "renyi_divergence",
        "reverse_kl_divergence",
        "squared_hellinger",
        "total_variation",
        "wasserstein_1",
    ),
    "gantheory.errors": (
        "CheckpointError",
        "GantheoryError",
        "GantheoryWarning",
        "InvalidDensity",
        "NoDensity",
        "NotCertifiable",
        "NotConverged",
        "PageError",
    ),
    "gantheory.estimates": ("Estimate",),
    "gantheory.game": (
        "optimal_discriminator",
        "value_function",
        "virtual_training_criterion",
    ),
    "gantheory.losses": (
        "HINGE",
        "MINIMAX",
        "NON_SATURATING",
        "RELATIVISTIC",
        "RELATIVISTIC_AVERAGE",
        "WASSERSTEIN",
        "f_gan",
        "label_forcing",
        "label_forcing_gradient",
        "least_squares",
        "smoothed",
        "two_logit",
        "two_logit_gradient",
    ),
    "gantheory.nets": (
        "BatchNorm",
        "Dense",
        "Dropout",
        "ELU",
        "LeakyReLU",
        "Maxout",
        "Network",
        "Parameters",
        "ReLU",
        "Sigmoid",
        "Softplus",
        "SpectralDense",
        "Tanh",
        "mlp",
    ),
    "gantheory.optimisers": (
        "Adam",
        "Momentum",
        "Nesterov",
        "RMSProp",
        "SGD",
    ),
    "gantheory.penalties": (
        "clip_weights",
        "dragan",
        "gradient_penalty",
        "instance_noise",
        "r1",
        "r2",
        "wgan_gp",
    ),
    "gantheory.quadrature": ("integrate",),
    "gantheory.training": (
        "train",
        "trained",
    ),
    "gantheory.verdicts": ("Verdict",),
}
_MODULES = {
    "book": "gantheory.book",
    "certified": "gantheory.certified",
    "densities": "gantheory.densities",
    "divergences": "gantheory.divergences",
    "errors": "gantheory.errors",
    "estimates": "gantheory.estimates",
    "figures": "gantheory.figures",
    "game": "gantheory.game",
    "losses": "gantheory.losses",
    "maps": "gantheory.densities.maps",
    "nets": "gantheory.nets",
    "optimisers": "gantheory.optimisers",
    "penalties": "gantheory.penalties",
    "quadrature": "gantheory.quadrature",
    "testing": "gantheory.testing",
    "theorems": "gantheory.theorems",
    "training": "gantheory.training",
    "verdicts": "gantheory.verdicts",
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted({*_WHERE, *_MODULES, "__version__"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = importlib.import_module(_MODULES[name])
    elif name in _WHERE:
        value = getattr(importlib.import_module(_WHERE[name]), name)
    elif name == "__version__":
        value = _version()
    else:
        raise AttributeError(f"module 'gantheory' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def _version() -> str:
    """Return the version: from a checkout's pyproject.toml if there is one, else as installed."""
    import tomllib
    from importlib import metadata
    from pathlib import Path

    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if project.is_file():
        try:
            declared = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        except (OSError, ValueError):
            declared = {}
        if declared.get("name") == "gantheory":
            return str(declared["version"])
    try:
        return metadata.version("gantheory")
    except metadata.PackageNotFoundError:
        return "0+unknown"
