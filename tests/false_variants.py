# ruff: noqa: E501
"""False statements of the theory, each as one change of one page."""

from __future__ import annotations

from false_variants_dynamics import DYNAMICS
from false_variants_players import PLAYERS
from variant import Variant

LOTUS = "p01_lotus_pushforward.py"
POSTERIOR = "p02_discriminator_is_posterior.py"
OPTIMAL = "p03_optimal_discriminator.py"
SWAP = "p04_pointwise_max_swap.py"
RATIO = "p05_density_ratio_trick.py"
VIRTUAL = "p06_virtual_criterion.py"
CRITERION = "p07_c_equals_2jsd_minus_log4.py"
POSITIVE = "p08_kl_jsd_definitions_and_positivity.py"
MINIMUM = "p09_global_minimum.py"
EQUILIBRIUM = "p10_equilibrium_value.py"
METRIC = "p11_sqrt_jsd_is_metric.py"
DISJOINT = "p12_disjoint_supports.py"

TWICE = "best + LOG_4,\n            2 * certified.js_divergence(data, model),\n            label"
STAR = "STAR = p / (p + q)\nSLOPE"

VARIANTS: tuple[Variant, ...] = (
    # --- pushforwards -----------------------------------------------------------------------------
    Variant("|z| with one branch", LOTUS, "normal(x) + normal(-x),\n    )\n    yield equal(\n        \"sin",
            "normal(x),\n    )\n    yield equal(\n        \"sin", "derive"),
    Variant("z² without 1/|G'|", LOTUS, "normal(sp.sqrt(x)) / (2 * sp.sqrt(x)) + normal(-sp.sqrt(x)) / (2 * sp.sqrt(x))",
            "normal(sp.sqrt(x)) + normal(-sp.sqrt(x))", "derive"),
    Variant("arcsine by one branch", LOTUS, "2 / (2 * sp.pi * sp.sqrt(1 - x**2))", "1 / (2 * sp.pi * sp.sqrt(1 - x**2))", "derive"),
    Variant("half of the ReLU's atom", LOTUS, "h(0) / 2 + sp.Integral(h(x) / 2", "h(0) / 4 + sp.Integral(h(x) / 2", "check"),
    Variant("log 2 for 2 log 2 in C of |z|", LOTUS, "ABS = sp.log(2) - sp.Rational(3, 2)", "ABS = 2 * sp.log(2) - sp.Rational(3, 2)", "check"),
    Variant("D = 1/2 is worth -log 4 a point", LOTUS, "-(p + q) * sp.log(2),", "-sp.log(4),", "derive"),
    Variant("log(1 - D) with the data's sign", LOTUS, "noise * log_expit(-logits[generator])", "noise * log_expit(logits[generator])", "search"),
    # --- posterior --------------------------------------------------------------------------------
    Variant("the prior moves the logit the other way", POSTERIOR, "shifted = sigma(sp.log(p) - sp.log(q) + sp.log(prior / (1 - prior)))",
            "shifted = sigma(sp.log(p) - sp.log(q) - sp.log(prior / (1 - prior)))", "derive"),
    Variant("the prior plays no part", POSTERIOR, "return prior * p / (prior * p + (1 - prior) * q)", "return p / (p + q) + 0 * prior", "derive"),
    Variant("p and q exchanged in the posterior", POSTERIOR, "p / (p + q),\n    )\n    yield equal(\n        \"the slope", "q / (p + q),\n    )\n    yield equal(\n        \"the slope", "derive"),
    Variant("the wrong share of real points", POSTERIOR, "share - (1 - share) * fake,", "1 - share - (1 - share) * fake,", "certify"),
    # --- optimal discriminator --------------------------------------------------------------------
    Variant("D* = q/(p + q)", OPTIMAL, STAR, "STAR = q / (p + q)\nSLOPE", "derive"),
    Variant("D* = p/(p + 2 q)", OPTIMAL, STAR, "STAR = p / (p + 2 * q)\nSLOPE", "derive"),
    Variant("D* = p/(p + q) but for 1e-6", OPTIMAL, STAR, "STAR = p / (p + q) * (1 + sp.Rational(1, 10**6))\nSLOPE", "derive"),
    Variant("D* = σ(2 (log p - log q))", OPTIMAL, STAR, "STAR = p**2 / (p**2 + q**2)\nSLOPE", "derive"),
    Variant("the slope has a plus", OPTIMAL, "p / D - q / (1 - D),\n", "p / D + q / (1 - D),\n", "derive"),
    Variant("V is convex", OPTIMAL, 'yield at_most("it is concave on all of (0, 1)"', 'yield at_least("it is concave on all of (0, 1)"', "derive"),
    Variant("the curvature with a square", OPTIMAL, "-((p + q) ** 3) / (p * q),", "-((p + q) ** 2) / (p * q),", "derive"),
    Variant("kl with its arguments exchanged", OPTIMAL, "(p + q) * kl(STAR, D),", "(p + q) * kl(D, STAR),", "derive"),
    Variant("D* does not move with q", OPTIMAL, "-p / (p + q) ** 2,", "p / (p + q) ** 2,", "derive"),
    Variant("any base has a maximum", OPTIMAL, 'yield at_least("to a base below 1 it is a minimum"', 'yield at_most("to a base below 1 it is a minimum"', "derive"),
    Variant("raising the logits helps", OPTIMAL, "yield at_most(\n                f\"{name}: with every logit {change}, V falls\"",
            "yield at_least(\n                f\"{name}: with every logit {change}, V falls\"", "check"),
    Variant("1 - D* = p/(p + q)", OPTIMAL, 'yield equal("1 - D* = q / (p + q)", 1 - STAR, q / (p + q)', 'yield equal("1 - D* = q / (p + q)", 1 - STAR, p / (p + q)', "derive"),
    # --- pointwise maximum ------------------------------------------------------------------------
    Variant("the swap gives the maximum of the mean", SWAP, "best(p_1, q_1) + best(p_2, q_2) - two,", "best(p_1 + p_2, q_1 + q_2) - two,", "derive"),
    Variant("finer cells reach less", SWAP, "the best V grows\", reached\n", "the best V grows\", reached[::-1]\n", "check"),
    Variant("the gap falls as the width", SWAP, "for found in reached],\n        2,\n", "for found in reached],\n        1,\n", "check"),
    # --- density ratio ----------------------------------------------------------------------------
    Variant("D*/(1 - D*) = q/p", RATIO, 'STAR / (1 - STAR), p / q, label', 'STAR / (1 - STAR), q / p, label', "derive"),
    Variant("the log of D*, not its logit", RATIO, "return sp.log(d / (1 - d))", "return sp.log(d)", "derive"),
    Variant("E_q[r h] = E_q[h]", RATIO, "weighted,\n            1 - real,", "weighted,\n            real,", "certify"),
    Variant("KL(q‖p) for KL(p‖q)", RATIO, 'bells, log(2) - sp.Rational(1, 4)),', 'bells, 2 - log(2)),', "certify"),
    # --- virtual criterion ------------------------------------------------------------------------
    Variant("p and q exchanged in C", VIRTUAL, "POINT = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))",
            "POINT = q * sp.log(p / (p + q)) + p * sp.log(q / (p + q))", "derive"),
    Variant("f of degree 0", VIRTUAL, "simultaneous=True), c * POINT\n", "simultaneous=True), POINT\n", "derive"),
    Variant("each half is at least -log 2 / 2", VIRTUAL, 'yield at_least(f"{name}: E_p[log D*] ≥ -log 2", real, -sp.log(2))',
            'yield at_least(f"{name}: E_p[log D*] ≥ -log 2", real, -sp.log(2) / 2)', "certify"),
    Variant("C ≥ -log 2", VIRTUAL, "LOG_4 = sp.log(4)", "LOG_4 = sp.log(2)", "search"),
    Variant("C is infinite where KL is", VIRTUAL, "virtual_training_criterion(heavy, light),\n        0,", "virtual_training_criterion(heavy, light),\n        -math.log(4),", "check"),
    # --- C = 2 JSD - log 4 ------------------------------------------------------------------------
    Variant("C = JSD - log 4", CRITERION, TWICE, TWICE.replace("2 * ", ""), "certify"),
    Variant("C = 2 JSD - log 2", CRITERION, TWICE, TWICE.replace("LOG_4", "LOG_2"), "certify"),
    Variant("C = 2 JSD + log 4", CRITERION, TWICE, TWICE.replace("+ LOG_4", "- LOG_4"), "certify"),
    Variant("C = 2 √JSD - log 4", CRITERION, TWICE, TWICE.replace("(data, model)", "(data, model).sqrt()"), "certify"),
    Variant("C = 2 JSD in bits - log 4", CRITERION, TWICE, TWICE.replace("(data, model)", "(data, model) / certified.log(2)"), "certify"),
    Variant("C = 2 KL - log 4", CRITERION, TWICE, TWICE.replace("js_div", "kl_div"), "certify"),
    Variant("C = 2 TV - log 4", CRITERION, TWICE, TWICE.replace("js_divergence", "total_variation"), "certify"),
    Variant("C = 2 H² - log 4", CRITERION, TWICE, TWICE.replace("js_divergence", "squared_hellinger"), "certify"),
    Variant("C but for a relative 1e-6", CRITERION, TWICE, TWICE.replace("2 * ", '2 * certified.as_ball("1.000001") * '), "certify"),
    Variant("p and q exchanged in one half", CRITERION, "certified.kl_divergence(data, mean) - certified.log(2),", "certified.kl_divergence(model, mean) - certified.log(2),", "certify"),
    Variant("the masses do not matter", CRITERION, "- (sum(data) + sum(model)) * LOG_2,", "- LOG_4,", "derive"),
    Variant("m = p + q", CRITERION, "return density * sp.log(density / ((density + other) / 2))", "return density * sp.log(density / (density + other))", "derive"),
    Variant("2 JSD by panels, the 2 lost", CRITERION, "2 * js_divergence(*pair),\n", "js_divergence(*pair),\n", "search"),
    Variant("V(D*) + log 4 = JSD", CRITERION, "2 * certified.js_divergence(data, model, digits=15),", "certified.js_divergence(data, model, digits=15),", "check"),
    # --- definitions and positivity ---------------------------------------------------------------
    Variant("JSD = KL(p‖m) + KL(q‖m)", POSITIVE, "(certified.kl_divergence(data, mean) + certified.kl_divergence(model, mean)) / 2,",
            "(certified.kl_divergence(data, mean) + certified.kl_divergence(model, mean)),", "certify"),
    Variant("JSD ≤ log 2 / 2", POSITIVE, 'yield at_most("JSD ≤ log 2", divergence, LOG_2)', 'yield at_most("JSD ≤ log 2", divergence, LOG_2 / 2)', "search"),
    Variant("log u ≥ u - 1", POSITIVE, 'yield at_most("log u ≤ u - 1 for all u > 0", sp.log(u), u - 1)', 'yield at_least("log u ≤ u - 1 for all u > 0", sp.log(u), u - 1)', "derive"),
    Variant("KL with its arguments exchanged", POSITIVE, "kl_divergence(Normal(centre, float(scale)), Normal(shift, width)),", "kl_divergence(Normal(shift, width), Normal(centre, float(scale))),", "check"),
    Variant("the width of a normal is its variance", POSITIVE, "LOG_2 + (1 + mu**2) / 8 - ONE_HALF,", "LOG_2 + (1 + mu**2) / 4 - ONE_HALF,", "derive"),
    Variant("channels raise JSD", POSITIVE, 'return at_most(\n        "JSD(Kp, Kq) ≤ JSD(p, q)"', 'return at_least(\n        "JSD(Kp, Kq) ≤ JSD(p, q)"', "search"),
    # --- global minimum ---------------------------------------------------------------------------
    Variant("C = -log 4 + ε", MINIMUM, "return half - certified.log(4), half - 1", "return 2 * half - certified.log(4), half - 1", "certify"),
    Variant("C ≤ ε/2", MINIMUM, "return half - certified.log(4), half - 1", "return half - certified.log(4), half", "certify"),
    Variant("C = -log 2 at p = q", MINIMUM, 'yield equal(f"{name}: C = -log 4", virtual_training_criterion(data, model), -LOG_4)', 'yield equal(f"{name}: C = -log 4", virtual_training_criterion(data, model), -LOG_2)', "check"),
    Variant("C gains what JSD gains", MINIMUM, "2 * sp.Derivative(DIVERGENCE, q) - LOG_2,", "sp.Derivative(DIVERGENCE, q) - LOG_2,", "derive"),
    Variant("every family reaches -log 4", MINIMUM, 'LEAST = "-1.20082759778706555039201375613181827785243"', 'LEAST = "-1.38629436111989061883446424291635313615100"', "certify"),
    Variant("the minimum, a digit in the eighth place", MINIMUM, 'LEAST = "-1.200827597', 'LEAST = "-1.200827697', "certify"),
    # --- equilibrium ------------------------------------------------------------------------------
    Variant("V = -log 2 at the equilibrium", EQUILIBRIUM, "value_function(law, law, optimal_discriminator(law, law)),\n            -LOG_4,", "value_function(law, law, optimal_discriminator(law, law)),\n            -LOG_2,", "check"),
    Variant("D may exceed 1/2 off the data", EQUILIBRIUM, "where={d: (0, HALF)},", "where={d: (0, 1)},", "derive"),
    Variant("V = -log 4 certifies p = q", EQUILIBRIUM, "sp.Rational(1, 1000) - LOG_4,", "sp.Rational(1, 2) - LOG_4,", "certify"),
    # --- metric -----------------------------------------------------------------------------------
    Variant("JSD itself is a metric", METRIC, "yield at_least(\n        \"so JSD is longer", "yield at_most(\n        \"so JSD is longer", "certify"),
    Variant("JSD for its root in the triangle", METRIC, "certified.js_divergence(one, other, digits=12).sqrt()", "certified.js_divergence(one, other, digits=12)", "certify"),
    Variant("the distance of the functions, 2 lost", METRIC, "1 / (4 * p),", "1 / (2 * p),", "derive"),
    # --- disjoint supports ------------------------------------------------------------------------
    Variant("JSD of disjoint laws is 1", DISJOINT, 'yield equal(f"{name}: JSD = log 2", certified.js_divergence(data, model), LOG_2)', 'yield equal(f"{name}: JSD = log 2", certified.js_divergence(data, model), 1)', "certify"),
    Variant("TV of disjoint laws is 1/2", DISJOINT, 'yield equal(f"{name}: TV = 1", total_variation(data, model), 1)', 'yield equal(f"{name}: TV = 1", total_variation(data, model), HALF)', "check"),
    Variant("JSD sees the distance", DISJOINT, "shared = sp.Min(number, 1)", "shared = number", "certify"),
    Variant("W_1 stands still", DISJOINT, 'yield equal("W_1 = θ", wasserstein_1(data, model), shift)', 'yield equal("W_1 = θ", wasserstein_1(data, model), min(shift, 0.1))', "search"),
    Variant("the kink's slope is log 2", DISJOINT, "return 2 * sp.Abs(shift) * LOG_2 - sp.log(4)", "return sp.Abs(shift) * LOG_2 - sp.log(4)", "derive"),
    # --- players and their gradients --------------------------------------------------------------
    *DYNAMICS,
    *PLAYERS,
)  # fmt: skip
