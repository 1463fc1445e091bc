# ruff: noqa: E501
"""False statements about the algorithm and the players' gradients, each as one change of one page."""

from __future__ import annotations

from variant import Variant

ALGORITHM = "p19_algorithm_1.py"
MLE = "p22_discriminator_logistic_mle.py"
GRADIENT = "p23_discriminator_gradient.py"
SATURATING = "p24_saturating_generator_gradient.py"
NS = "p25_ns_generator_gradient.py"
SATURATION = "p26_saturation.py"
SLOPES = "p27_slope_comparison.py"
FIXED = "p28_ns_same_fixed_point.py"
FORCING = "p29_label_forcing_equals_ns.py"
TWO = "p30_two_logit_softmax.py"
VALUES = "p31_loss_values_at_equilibrium.py"
BATCH_NORM = "p32_batchnorm.py"
FREEZE = "p33_freeze_discriminator_alternate_training.py"

PLAYERS: tuple[Variant, ...] = (
    Variant("D descends", ALGORITHM, "1 - SIGMA,\n    )\n    yield equal(\n        \"and of", "SIGMA - 1,\n    )\n    yield equal(\n        \"and of", "derive"),
    Variant("momentum does not add up", ALGORITHM, "g * (1 - beta**n) / (1 - beta),", "g * (1 - beta**n),", "derive"),
    # --- the discriminator --------------------------------------------------------------------------
    Variant("the likelihood is V", MLE, "(p * sp.log(D) + q * sp.log(1 - D)) / 2,\n        where=INSIDE,\n        label", "(p * sp.log(D) + q * sp.log(1 - D)),\n        where=INSIDE,\n        label", "derive"),
    Variant("∇ log D = D ∇a", GRADIENT, "along(sp.log),\n        (1 - share) * s,", "along(sp.log),\n        share * s,", "derive"),
    Variant("∇ log(1 - D) = (1 - D) ∇a", GRADIENT, "along(lambda d: sp.log(1 - d)), -share * s)", "along(lambda d: sp.log(1 - d)), (1 - share) * s)", "derive"),
    # --- the generator ------------------------------------------------------------------------------
    Variant("the saturating slope has 1 - D", SATURATING, "-share * pull,\n        label", "-(1 - share) * pull,\n        label", "derive"),
    Variant("the non-saturating slope has D", NS, "-(1 - share) * pull,\n        label", "-share * pull,\n        label", "derive"),
    Variant("at D = 1/2 they differ", NS, "slope.subs(a, 0), -pull / 2)", "slope.subs(a, 0), -pull)", "derive"),
    Variant("1 - D vanishes", SATURATION, "sp.Limit(1 - sigma(a), a, -sp.oo), 1)", "sp.Limit(1 - sigma(a), a, -sp.oo), 0)", "derive"),
    Variant("the slope in D vanishes", SATURATION, "sp.Limit(-1 / (1 - D), D, 0, \"+\"),\n        -1,", "sp.Limit(-1 / (1 - D), D, 0, \"+\"),\n        0,", "derive"),
    Variant("d log(1 - D)/dD = 1/(1 - D)", SLOPES, "second, -1 / (1 - D), where=INSIDE)", "second, 1 / (1 - D), where=INSIDE)", "derive"),
    Variant("the ratio turned over", SLOPES, "(1 - D) / D * second,", "D / (1 - D) * second,", "derive"),
    Variant("f'' = 1/(1 + u)", FIXED, "sp.Derivative(of_jsd(u), (u, 2)), 1 / (u * (1 + u)))", "sp.Derivative(of_jsd(u), (u, 2)), 1 / (1 + u))", "derive"),
    Variant("a forced label is the minimax loss", FORCING, "sp.log(1 + sp.exp(-a)),\n        label", "-sp.log(1 + sp.exp(a)),\n        label", "derive"),
    Variant("a soft label y pushes D to 1 - y", FORCING, "(share - y) * s,", "(share - (1 - y)) * s,", "derive"),
    Variant("softmax is of the sum of the logits", TWO, "a = l_1 - l_0\n    s_0", "a = l_1 + l_0\n    s_0", "derive"),
    Variant("two logits move with the same rate", TWO, "- a,\n        2 * c * (y - sigma(a)),", "- a,\n        c * (y - sigma(a)),", "derive"),
    Variant("d_loss at D* has all of JSD twice", VALUES, "mean * LOG_2 - (p * sp.log(p / mean) + q * sp.log(q / mean)) / 2,", "mean * LOG_2 - (p * sp.log(p / mean) + q * sp.log(q / mean)),", "derive"),
    Variant("a_loss at D* without log 2", VALUES, "q * sp.log(q / p) - q * sp.log(q / mean) + q * LOG_2,", "q * sp.log(q / p) - q * sp.log(q / mean),", "derive"),
    # --- the layers, and who moves ------------------------------------------------------------------
    Variant("batch norm's mean and variance stand still", BATCH_NORM, "g * RATE * (u - b - h * c * RATE),\n        label", "g * RATE * u,\n        label", "derive"),
    Variant("a factor before the layer counts as one after it", BATCH_NORM, "normed(X, 0, e / f**2),\n    )\n    yield equal(\n        \"the slopes are", "f * normed(X, 0),\n    )\n    yield equal(\n        \"the slopes are", "derive"),
    Variant("the batch's variance has n - 1", BATCH_NORM, "for x in batch) / len(batch) + epsilon", "for x in batch) / (len(batch) - 1) + epsilon", "derive"),
    Variant("D of h_i is always below C", BATCH_NORM, '(8, at_least, "above")', '(8, at_most, "above")', "certify"),
    Variant("in training a logit is its sample's", BATCH_NORM, "training=False)[0, 0] for batch", "training=True)[0, 0] for batch", "check"),
    Variant("the slope without h", BATCH_NORM, "- 1 / count - np.outer(away, away) * r**2 / count)", "- 1 / count)", "search"),
    Variant("logits without batch norm are bounded as well", BATCH_NORM, "logits = [passed(LAYER, (gamma, beta), x[:, None])[0] for x in drawn]", "logits = [x[:, None] * gamma * way for x, way in zip(drawn, (1, -1), strict=True)]", "search"),
    Variant("alternating is simultaneous, with a plus", FREEZE, "-(r**2) * sp.Derivative(value, x, y)", "r**2 * sp.Derivative(value, x, y)", "derive"),
    Variant("alternating steps stay on a circle", FREEZE, "later**2 + ahead**2 + r * later * ahead,\n        x**2 + y**2 + r * x * y,", "later**2 + ahead**2,\n        x**2 + y**2,", "derive"),
    Variant("Adam's drift without the correction", FREEZE, "one**k * (1 - one) / (1 - one ** (k + 1))", "one**k * (1 - one)", "check"),
    Variant("zero gradients stop momentum", FREEZE, "10 * (share - share**201)", "0 * share", "check"),
    Variant("zero gradients leave RMSProp's memory", FREEZE, "Fraction(99, 100) ** 100", "1", "check"),
    Variant("G moves first", FREEZE, 'zip("DG" + 3 * "DDG"', 'zip("GD" + 3 * "DDG"', "check"),
    Variant("both optimisers step each time", FREEZE, "    own.descend(1.0)\n    return", "    own.descend(1.0), other.descend(1.0)\n    return", "search"),
)  # fmt: skip
