"""Every game as its two losses in logits, with the hand-written derivative beside each value.

A game has `d_loss(real, fake)`, `d_gradient(real, fake)`, `g_loss(fake, real=None)` and
`g_gradient(fake, real=None)`; both players minimise. Logits have shape (..., n): the last axis is
the batch, over which losses are means, and the axes before it an ensemble. float32 or float64; no
other dtype, no cast and no broadcast. Derivatives are those of the means.

Where the losses are sums over single logits there are second derivatives too (`d_curvature`,
`g_curvature`), and `optimal_logit(log_ratio)` is the best discriminator's output where log p - log q is
given; `log_ratio(output)` is its inverse, so that any output says a probability of being real.

Values and derivatives are good to a few eps, relative to the terms that are added up, out to
logits of 1e4 and further; what is beyond the floats is inf. nan gives nan.
"""

from gantheory.losses.labels import (
    label_forcing,
    label_forcing_gradient,
    two_logit,
    two_logit_gradient,
)
from gantheory.losses.logistic import MINIMAX, NON_SATURATING, smoothed
from gantheory.losses.lookup import game
from gantheory.losses.relativistic import RELATIVISTIC, RELATIVISTIC_AVERAGE
from gantheory.losses.scores import HINGE, WASSERSTEIN, least_squares
from gantheory.losses.terms import Game, Separable, Term
from gantheory.losses.variational import f_gan

__all__ = [
    "HINGE",
    "MINIMAX",
    "NON_SATURATING",
    "RELATIVISTIC",
    "RELATIVISTIC_AVERAGE",
    "WASSERSTEIN",
    "Game",
    "Separable",
    "Term",
    "f_gan",
    "game",
    "label_forcing",
    "label_forcing_gradient",
    "least_squares",
    "smoothed",
    "two_logit",
    "two_logit_gradient",
]
