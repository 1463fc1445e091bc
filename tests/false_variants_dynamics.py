# ruff: noqa: E501
"""False statements about the game and its dynamics, each as one change of one page."""

from __future__ import annotations

from variant import Variant

SADDLE = "p13_nash_saddle.py"
ORDER = "p14_nested_optimisation_order.py"
ENVELOPE = "p15_first_term_ignored_by_g.py"
CONVEX = "p16_u_affine_c_convex_in_pg.py"
SUBGRADIENT = "p17_subderivative_of_supremum.py"
CONVERGENCE = "p18_convergence_prop_2.py"
FINITE = "p21_finite_data_overfitting.py"
STEPS = "p20_k_steps_keep_d_near_optimal.py"
NETWORKS = "p34_nn_representability.py"

DYNAMICS: tuple[Variant, ...] = (
    # --- saddle points ----------------------------------------------------------------------------
    Variant("V is worth log 4", SADDLE, "LOG_2, LOG_4 = sp.log(2), sp.log(4)", "LOG_2, LOG_4 = sp.log(2), -sp.log(4)", "check"),
    Variant("kl(1/2‖D) counts once", SADDLE, "2 * coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),\n        where={d: (0, 1), r: (0, 1)},\n        label",
            "coins(HALF, r * d) + sp.log((1 - r * d) / (1 - d)),\n        where={d: (0, 1), r: (0, 1)},\n        label", "derive"),
    Variant("the generator's spare log is lost", SADDLE, "return coin + spare", "return coin", "search"),
    Variant("D > 1/2 off the data is safe", SADDLE, 'lambda example: equal("min V = -log 4", least_value(*kept_down(*example)), -LOG_4)',
            'lambda example: equal("min V = -log 4", least_value(kept_down(*example)[0], -kept_down(*example)[1]), -LOG_4)', "search"),
    Variant("V is a bowl", SADDLE, "sp.Derivative(surface, (s, 2)),\n        0,", "sp.Derivative(surface, (s, 2)),\n        2,", "derive"),
    Variant("two point masses have a saddle", SADDLE, "certified.virtual_training_criterion(COIN, HEADS),\n        TWO_POINTS,", "certified.virtual_training_criterion(COIN, HEADS),\n        -LOG_4,", "certify"),
    # --- the order of the two optimisations -------------------------------------------------------
    Variant("the slope vanishes at u = 1 - m", ORDER, "SLOPE = sp.log(u) + sp.log(2 - m - u) - sp.log(1 - u) - sp.log(m + u)", "SLOPE = sp.log(u) + sp.log(1 + m - u) - sp.log(1 - u) - sp.log(1 - m + u)", "derive"),
    Variant("the slope of C at every s", ORDER, "sp.Derivative(on_two_points(s, s), s),\n        SLOPE.subs(u, s),", "sp.Derivative(on_two_points(s, s), s),\n        SLOPE,", "derive"),
    Variant("a frozen D improves C", ORDER, "                certified.virtual_training_criterion(data, model),\n                certified.virtual_training_criterion(data, alone),",
            "                certified.virtual_training_criterion(data, alone),\n                certified.virtual_training_criterion(data, model),", "certify"),
    Variant("the best point has the least D", ORDER, "point = odds.index(max(odds))", "point = odds.index(min(odds))", "certify"),
    Variant("V falls to E_p[log D]", ORDER, "real - certified.log(2),\n", "real,\n", "check"),
    Variant("the width enters once", ORDER, "[found - values[-1] for found in values[2:6]],\n        2,", "[found - values[-1] for found in values[2:6]],\n        1,", "check"),
    Variant("the excess over the worst point", ORDER, "-fake * lost.min()]", "-fake * lost.max()]", "search"),
    Variant("a point of share m has C = 0", ORDER, "1 - of_point(float(share)))", "1 - 0 * of_point(float(share)))", "search"),
    # --- the first term ---------------------------------------------------------------------------
    Variant("the slope is log D*", ENVELOPE, "sp.Derivative(REAL + q * sp.log(q / (p + q)), q),\n        sp.Subs(sp.Derivative(frozen, q), D, STAR),", "sp.Derivative(REAL + q * sp.log(q / (p + q)), q),\n        sp.log(STAR),", "derive"),
    Variant("the first term stands still", ENVELOPE, 'sp.Derivative(REAL, q), -STAR)', 'sp.Derivative(REAL, q), 0 * STAR)', "derive"),
    Variant("the second term's D stands still", ENVELOPE, "sp.log(q / (p + q)) + STAR,\n    )\n    yield equal(\n        \"since", "sp.log(q / (p + q)),\n    )\n    yield equal(\n        \"since", "derive"),
    Variant("moving supports are followed", ENVELOPE, "sp.Derivative(frozen, theta),\n        LOG_2,", "sp.Derivative(frozen, theta),\n        2 * LOG_2,", "derive"),
    Variant("the first half is all of C'", ENVELOPE, "half * slope,\n    )\n    yield equal(\n        \"and half", "slope,\n    )\n    yield equal(\n        \"and half", "certify"),
    Variant("C' at 1, a digit in the ninth place", ENVELOPE, 'SLOPE = "0.397972867', 'SLOPE = "0.397972868', "certify"),
    Variant("the frozen gradient, its sign lost", ENVELOPE, "float(theta[0])), star).value", "float(theta[0])), -star).value", "check"),
    Variant("any frozen D gives the gradient", ENVELOPE, "star = optimal_discriminator(data, model(at))", "star = optimal_discriminator(data, model(at + 1))", "check"),
    Variant("log(1 - D*) with D's sign", ENVELOPE, "[-float(v) * math.log1p(float(a / b))", "[float(v) * math.log1p(float(a / b))", "search"),
    # --- convexity --------------------------------------------------------------------------------
    Variant("the curvature is 1/q", CONVEX, "p / (p + q) / q,\n        label", "1 / q,\n        label", "derive"),
    Variant("the slope at the data is 0", CONVEX, "sp.Subs(sp.Derivative(best(p, q), q), q, p),\n        -LOG_2,", "sp.Subs(sp.Derivative(best(p, q), q), q, p),\n        0 * LOG_2,", "derive"),
    Variant("the joint bend without a square", CONVEX, "(q * a - p * b) ** 2 / (p * q * (p + q)),", "(q * a + p * b) ** 2 / (p * q * (p + q)),", "derive"),
    Variant("C is concave", CONVEX, "            half * (ends[0] + ends[1]),\n            tolerance=0,", "            half * (ends[0] + ends[1]) - 1,\n            tolerance=0,", "certify"),
    Variant("C is convex in a shift", CONVEX, "gap = shifted[1] - half * (shifted[0] + shifted[2])", "gap = half * (shifted[0] + shifted[2]) - shifted[1]", "certify"),
    Variant("2 JSD is χ²/2", CONVEX, "(sp.E - 1) / 4,", "(sp.E - 1) / 2,", "check"),
    Variant("a comb is near in C too", CONVEX, "level = sp.log(sp.Rational(1, 9)) / 8 + sp.log(sp.Rational(8, 9))", "level = -LOG_4", "check"),
    Variant("the gap is one regret", CONVEX, "1 + ((1 - share) * lost(real, first, mixed) + share * lost(real, second, mixed)),", "1 + share * lost(real, second, mixed),", "search"),
    Variant("a mixture is worth more", CONVEX, "return at_most(\n        \"C(mixture) - 1", "return at_least(\n        \"C(mixture) - 1", "search"),
    # --- subgradients -----------------------------------------------------------------------------
    Variant("the regret, its models exchanged", SUBGRADIENT, "(p + r) * coins(STAR, STALE),\n        label", "(p + q) * coins(STALE, STAR),\n        label", "derive"),
    Variant("the tangent's slope is log D*", SUBGRADIENT, "best(p, q) + sp.log(1 - STALE) * (r - q),\n    )\n    yield equal(\n        \"C(r)", "best(p, q) + sp.log(STALE) * (r - q),\n    )\n    yield equal(\n        \"C(r)", "derive"),
    Variant("one KL of the means", SUBGRADIENT, "- 2 * certified.kl_divergence(*means, digits=15),", "- certified.kl_divergence(*means, digits=15),", "certify"),
    Variant("V(D*_q) lacks KL(r‖q)", SUBGRADIENT, "apart - 2 * certified.kl_divergence(*means, digits=12),", "apart,", "check"),
    Variant("an old discriminator's slope", SUBGRADIENT, "along = moved(real, old, old, new)\n", "along = moved(real, new, old, new)\n", "search"),
    Variant("any member's slope will do", SUBGRADIENT, "a, c, b, _ = max(members, key=lambda one: member(one, at))", "a, c, b, _ = min(members, key=lambda one: member(one, at))", "search"),
    Variant("the edge has a slope", SUBGRADIENT, "sp.Limit(edge / h, h, 0, \"+\"),\n        -sp.oo,", "sp.Limit(edge / h, h, 0, \"+\"),\n        -LOG_2,", "derive"),
    # --- convergence ------------------------------------------------------------------------------
    Variant("the error is multiplied by 1 - η", CONVERGENCE, "        1 - eta / 2,\n", "        1 - eta,\n", "derive"),
    Variant("half the error, half of JSD", CONVERGENCE, "v**2 / (4 * p),", "v**2 / (2 * p),", "derive"),
    Variant("improving is converging", CONVERGENCE, "Fraction(279, 10000) - certified.log(4))", "Fraction(289, 10000) - certified.log(4))", "certify"),
    Variant("C rises on the way in", CONVERGENCE, "[*(-outward(share) for share in shares), -stuck],", "[*(outward(share) for share in shares), stuck],", "certify"),
    Variant("the local minimum is the best", CONVERGENCE, 'yield at_least(\n        "data 0.7', 'yield at_most(\n        "data 0.7', "certify"),
    Variant("the steps' own size costs nothing", CONVERGENCE, "return (away @ away + spent)", "return (away @ away + 0 * spent)", "check"),
    Variant("a box of saddle points", CONVERGENCE, "mean, scale, low = -0.82104, 1.9201, 1.4201", "mean, scale, low = -1.32104, 1.9201, 1.4201", "check"),
    Variant("JSD is always quartered", CONVERGENCE, "(Uniform(0, 1), Uniform(0, 2)),\n            Fraction(1, 2),", "(Uniform(0, 1), Uniform(0, 2)),\n            Fraction(1, 4),", "check"),
    Variant("η = 1 quarters the error", CONVERGENCE, "straight(real, fake, 1 / 256),", "straight(real, fake, 1 / 65536),", "check"),
    Variant("the ledger without the regret", CONVERGENCE, "(size, regret)", "(0, regret)", "search"),
    Variant("the bound in T²", CONVERGENCE, "/ (20 * size)", "/ (400000 * size)", "search"),
    # --- finite data ------------------------------------------------------------------------------
    Variant("the model's part is forgotten", FINITE, "return -sp.log(1 + size) + size * sp.log(size / (1 + size))", "return -sp.log(1 + size)", "derive"),
    Variant("cuts cost something", FINITE, "best(p_1, q_1) + best(p_2, q_2) - best(p_1 + p_2, q_1 + q_2),", "best(p_1 + p_2, q_1 + q_2) - best(p_1, q_1) - best(p_2, q_2),", "derive"),
    Variant("the excess is (k - 1)/(2 n)", FINITE, "        (k - 1) / (4 * n),", "        (k - 1) / (2 * n),", "derive"),
    Variant("finer cells get less", FINITE, "[values[level] for level in (0, *range(2, 17))],", "[values[level] for level in range(16, 1, -1)],", "certify"),
    Variant("alone in a cell of 1/20", FINITE, "alone(sp.Rational(20, 2**level)),", "alone(sp.Rational(1, 2**level)),", "certify"),
    Variant("the value on the data is right", FINITE, 'Fraction(4 * size, 15) for size in sizes],\n        1,', 'Fraction(4 * size, 15) for size in sizes],\n        0,', "check"),
    Variant("new data cost a finite amount", FINITE, "logits[cell.astype(int)]),\n        -sp.oo,", "logits[cell.astype(int)]),\n        -LOG_4,", "check"),
    Variant("what a cut gains, by halves", FINITE, "1 + regret(fine, coarse))", "1 + 0.5 * regret(fine, coarse))", "search"),
    # --- k steps of the discriminator -------------------------------------------------------------
    Variant("D does not slow itself down", STEPS, "[[0, HALF, 0], [-r / 2, -r / 2, 0], [0, 0, -r / 2]]", "[[0, HALF, 0], [-r / 2, 0, 0], [0, 0, -r / 2]]", "derive"),
    Variant("spirals up to r = 2", STEPS, "(lam + r / 4) ** 2 + r * (4 - r) / 16", "(lam + r / 4) ** 2 + r * (2 - r) / 16", "derive"),
    Variant("the slow mode is that of one D step", STEPS, "SLOW, LAG = -1 / (1 + s),", "SLOW, LAG = -1 / (2 + s),", "derive"),
    Variant("the spring without friction", STEPS, "fast, slow = -speed / 4 - swing, -speed / 4 + swing", "fast, slow = -swing, swing", "check"),
    Variant("the lag does not depend on r", STEPS, "fine[:, 0] + fine[:, 1], -1)", "fine[:, 0], -1)", "check"),
    Variant("a step takes the square root of the distance", STEPS, "return (1 - share) ** k *", "return (1 - share) ** (k / 8) *", "search"),
    # --- what networks can represent --------------------------------------------------------------
    Variant("the data's part is free", NETWORKS, "return (rest + mass * LOG_2) / 2\n\n\ndef derive", "return mass * LOG_2 / 2\n\n\ndef derive", "certify"),
    Variant("J(1/2) is log 2/2", NETWORKS, "ONE_BLOCK = 3 * sp.log(sp.Rational(4, 3)) / 4", "ONE_BLOCK = LOG_2 / 2", "derive"),
    Variant("the ramp has all of its mass in the gap", NETWORKS, "    gap = 1 / Fraction(slope)\n", "    gap = 2 / Fraction(slope + 1)\n", "certify"),
    Variant("the two leaking units cancel", NETWORKS, "lowest = -2 - (slope - outer) / (2 * slope)", "lowest = -2.0", "check"),
    Variant("a stretch has mass g/L", NETWORKS, "return gap / (2 * slope)", "return gap / slope", "search"),
    Variant("missed mass costs as much as log 2", NETWORKS, "    return (rest + mass * math.log(2)) / 2", "    return (rest + 2 * mass * math.log(2)) / 2", "search"),
)  # fmt: skip
