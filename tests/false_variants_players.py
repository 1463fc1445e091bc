# ruff: noqa: E501
"""False statements about the players and their gradients, each as one change of one page."""

from __future__ import annotations

from variant import Variant

SADDLE = "p13_nash_saddle.py"
NESTED = "p14_nested_optimisation_order.py"
FIRST = "p15_first_term_ignored_by_g.py"
CONVEX = "p16_u_affine_c_convex_in_pg.py"
SUPREMUM = "p17_subderivative_of_supremum.py"
PROP_2 = "p18_convergence_prop_2.py"
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
FINITE = "p21_finite_data_overfitting.py"

PLAYERS: tuple[Variant, ...] = (
    # --- saddle, order, supremum --------------------------------------------------------------------
    Variant("exploitability without its factor 2", SADDLE, "2 * coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),", "coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),", "derive"),
    Variant("V = -log 2 where D = 1/2", SADDLE, "-(p + q) * LOG_2 + q * sp.log(2 * (1 - D)),", "-(p + q) * LOG_2 / 2 + q * sp.log(2 * (1 - D)),", "derive"),
    Variant("m and u exchanged in the slope", NESTED, "1 + (u - m) / ((1 - u) * (m + u)),", "1 + (m - u) / ((1 - u) * (m + u)),", "derive"),
    Variant("a point's C without its share", NESTED, "m * sp.log(m / (1 + m)) - sp.log(1 + m),\n        where", "sp.log(m / (1 + m)) - sp.log(1 + m),\n        where", "derive"),
    Variant("E_p[log D*] has slope D*", FIRST, "sp.Derivative(REAL, q), -STAR)", "sp.Derivative(REAL, q), STAR)", "derive"),
    Variant("both terms lose", FIRST, "sp.log(q / (p + q)) + STAR,", "sp.log(q / (p + q)) - STAR,", "derive"),
    Variant("C bends by D*, not D*/q", CONVEX, "p / (p + q) / q,", "p / (p + q),", "derive"),
    Variant("the slope is 0 at q = p", CONVEX, "sp.Subs(sp.Derivative(best(p, q), q), q, p),\n        -LOG_2,", "sp.Subs(sp.Derivative(best(p, q), q), q, p),\n        0,", "derive"),
    Variant("the tangent with log D*", SUPREMUM, "best(p, q) + sp.log(1 - STALE) * (r - q),", "best(p, q) + sp.log(STALE) * (r - q),", "derive"),
    Variant("KL(m‖m') once only", SUPREMUM, "r * sp.log(r / q) - (p + r) * sp.log((p + r) / (p + q)),", "r * sp.log(r / q) - (p + r) / 2 * sp.log((p + r) / (p + q)),", "derive"),
    # --- convergence --------------------------------------------------------------------------------
    Variant("a step of rate 1 removes the error", PROP_2, "(q - p) / 2,\n        label", "sp.Integer(0),\n        label", "derive"),
    Variant("near p the error falls by 1 - η", PROP_2, "1 - eta / 2,", "1 - eta,", "derive"),
    Variant("D descends", ALGORITHM, "1 - SIGMA,\n    )\n    yield equal(\n        \"and of", "SIGMA - 1,\n    )\n    yield equal(\n        \"and of", "derive"),
    Variant("momentum does not add up", ALGORITHM, "f * (1 - sp.Rational(1, 2) ** n) * 2,", "f * (1 - sp.Rational(1, 2) ** n),", "derive"),
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
    Variant("V on rows stays at -log 4", FINITE, "sp.Limit(sp.log(1 - epsilon) + sp.log(1 - epsilon), epsilon, 0, \"+\"),\n        0,", "sp.Limit(sp.log(1 - epsilon) + sp.log(1 - epsilon), epsilon, 0, \"+\"),\n        -sp.log(4),", "derive"),
    Variant("refining gains nothing", FINITE, "lost(p_1, q_1, p_1 + p_2, q_1 + q_2) + lost(p_2, q_2, p_1 + p_2, q_1 + q_2),", "0 * p,", "derive"),
)  # fmt: skip
