"""The names that a training run may use; the command lists it before anything is imported."""

SCHEMES = (
    "alternating",
    "simultaneous",
    "extragradient",
    "optimistic",
    "consensus",
    "unrolled",
)
PENALTIES = ("none", "wgan-gp", "wgan-gp-one-sided", "dragan", "r1", "r2", "clip")
OPTIMISERS = ("adam", "sgd", "momentum", "nesterov", "rmsprop")
SCHEDULES = ("constant", "linear", "cosine", "step")
