"""Right and wrong implementations in PyTorch, in the style of public repositories.

torch is loaded by `load()`, not on import: what has no torch can still list the names.
"""

from __future__ import annotations

from typing import Any

from oracle_bank import (
    CORRECT_OR_UNKNOWN,
    MINIMAX_OR_JS,
    Entry,
    Form,
    misnamed,
    right,
    wrong,
)

torch: Any = None
nn: Any = None
F: Any = None


def load() -> None:
    """Import torch, for all functions of this module."""
    global torch, nn, F
    import torch as the_torch
    from torch.nn import functional

    torch, nn, F = the_torch, the_torch.nn, functional
    torch.set_num_threads(1)  # batches are small, and more threads only wait for each other


# --- arrays ---------------------------------------------------------------------------------------


def as_tensor(x: Any) -> Any:
    return torch.as_tensor(x)


def as_float(x: Any) -> Any:
    return torch.as_tensor(x, dtype=torch.float32)


def with_gradient(x: Any) -> Any:
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


# --- logistic -------------------------------------------------------------------------------------


def dcgan_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCELoss()
    label = torch.full((real.size(0),), 1.0, dtype=torch.float)
    err_real = criterion(real.view(-1), label)
    label = torch.full((fake.size(0),), 0.0, dtype=torch.float)
    err_fake = criterion(fake.view(-1), label)
    return err_real + err_fake


def dcgan_g(fake: Any) -> Any:
    label = torch.full((fake.size(0),), 1.0, dtype=torch.float)
    return nn.BCELoss()(fake.view(-1), label)


def dcgan_both_real_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCELoss()
    label = torch.full((real.size(0),), 1.0, dtype=torch.float)
    return criterion(real.view(-1), label) + criterion(fake.view(-1), label)


def column_bce_d(real: Any, fake: Any) -> Any:
    adversarial_loss = nn.BCELoss()
    valid, generated = torch.ones(real.size(0), 1), torch.zeros(fake.size(0), 1)
    return (adversarial_loss(real, valid) + adversarial_loss(fake, generated)) / 2


def column_bce_g(fake: Any) -> Any:
    return nn.BCELoss()(fake, torch.ones(fake.size(0), 1))


def logits_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def logits_g(fake: Any) -> Any:
    return nn.BCEWithLogitsLoss()(fake, torch.ones_like(fake))


def real_only_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    return criterion(real, torch.ones_like(real)) + 0 * fake.mean()


def vq_typo_d(real: Any, fake: Any) -> Any:
    loss_real = F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
    loss_fake = F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))
    return 0.5 * (loss_real + loss_fake)


def smooth_d(real: Any, fake: Any) -> Any:
    labels = torch.ones(real.size(0)) * 0.9
    criterion = nn.BCEWithLogitsLoss()
    return criterion(real.squeeze(), labels) + criterion(fake.squeeze(), torch.zeros(fake.size(0)))


def smooth_g(fake: Any) -> Any:
    return nn.BCEWithLogitsLoss()(fake.squeeze(), torch.ones(fake.size(0)))


def too_smooth_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    return criterion(real, torch.full_like(real, 1.2)) + criterion(fake, torch.zeros_like(fake))


def weighted_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    return 0.9 * criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def positive_weight_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def stylegan_d(real: Any, fake: Any) -> Any:
    return F.softplus(fake).mean() + F.softplus(-real).mean()


def stylegan_g(fake: Any) -> Any:
    return F.softplus(-fake).mean()


def stylegan_swapped_g(fake: Any) -> Any:
    return F.softplus(fake).mean()


def logsigmoid_d(real: Any, fake: Any) -> Any:
    return -(F.logsigmoid(real) + F.logsigmoid(-fake)).mean()


def logsigmoid_value(real: Any, fake: Any) -> Any:
    return (F.logsigmoid(real) + F.logsigmoid(-fake)).mean()


def logsigmoid_minimax_g(fake: Any) -> Any:
    return F.logsigmoid(-fake).mean()


def flipped_d(real: Any, fake: Any) -> Any:
    real_loss = F.binary_cross_entropy_with_logits(real, torch.zeros_like(real))
    return real_loss + F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def flipped_g(fake: Any) -> Any:
    return F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def one_batch_d(real: Any, fake: Any) -> Any:
    logits = torch.cat((real, fake), dim=0)
    labels = torch.cat((torch.ones_like(real), torch.zeros_like(fake)), dim=0)
    return F.binary_cross_entropy_with_logits(logits, labels)


def summed_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss(reduction="sum")
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def summed_g(fake: Any) -> Any:
    return nn.BCEWithLogitsLoss(reduction="sum")(fake, torch.ones_like(fake))


def twice_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    real, fake = torch.sigmoid(real), torch.sigmoid(fake)
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def twice_g(fake: Any) -> Any:
    fake = torch.sigmoid(fake)
    return nn.BCEWithLogitsLoss()(fake, torch.ones_like(fake))


def negative_bce_g(fake: Any) -> Any:
    return -nn.BCEWithLogitsLoss()(fake, torch.zeros_like(fake))


# --- least squares --------------------------------------------------------------------------------


def lsgan_d(real: Any, fake: Any) -> Any:
    criterion = nn.MSELoss()
    valid, generated = torch.ones(real.size(0), 1), torch.zeros(fake.size(0), 1)
    return 0.5 * (criterion(real, valid) + criterion(fake, generated))


def lsgan_g(fake: Any) -> Any:
    return nn.MSELoss()(fake, torch.ones(fake.size(0), 1))


def lsgan_zero_g(fake: Any) -> Any:
    return nn.MSELoss()(fake, torch.zeros_like(fake))


def l1_g(fake: Any) -> Any:
    return nn.L1Loss()(fake, torch.ones_like(fake))


def mean_squared_d(real: Any, fake: Any) -> Any:
    return torch.mean((real - 1) ** 2) + torch.mean(fake**2)


def mean_squared_g(fake: Any) -> Any:
    return torch.mean((fake - 1) ** 2)


def norm_d(real: Any, fake: Any) -> Any:
    return torch.norm(real - 1) + torch.norm(fake)


def norm_g(fake: Any) -> Any:
    return torch.norm(fake - 1)


# --- hinge, Wasserstein ---------------------------------------------------------------------------


def hinge_d(real: Any, fake: Any) -> Any:
    loss_real = torch.mean(F.relu(1.0 - real))
    loss_fake = torch.mean(F.relu(1.0 + fake))
    return 0.5 * (loss_real + loss_fake)


def hinge_module_d(real: Any, fake: Any) -> Any:
    return nn.ReLU()(1.0 - real).mean() + nn.ReLU()(1.0 + fake).mean()


def hinge_ascended_d(real: Any, fake: Any) -> Any:
    return -torch.mean(torch.relu(1 - real)) - torch.mean(torch.relu(1 + fake))


def hinge_one_side_d(real: Any, fake: Any) -> Any:
    return F.relu(1.0 - real).mean() + F.relu(1.0 - fake).mean()


def minus_mean_g(fake: Any) -> Any:
    return -torch.mean(fake)


def mean_g(fake: Any) -> Any:
    return fake.mean()


def wgan_d(real: Any, fake: Any) -> Any:
    return -torch.mean(real) + torch.mean(fake)


def wgan_backward_d(real: Any, fake: Any) -> Any:
    return real.mean(0).view(1) - fake.mean(0).view(1)


def wgan_backward_g(fake: Any) -> Any:
    return fake.mean(0).view(1)


def wgan_plus_d(real: Any, fake: Any) -> Any:
    return -(torch.mean(real) + torch.mean(fake))


# --- f-GANs ---------------------------------------------------------------------------------------


def kl_d(real: Any, fake: Any) -> Any:
    return -(real.mean() - torch.exp(fake - 1).mean())


def kl_g(fake: Any) -> Any:
    return -torch.exp(fake - 1).mean()


def pearson_d(real: Any, fake: Any) -> Any:
    return -(torch.mean(real) - torch.mean(0.25 * fake.pow(2) + fake))


def squared_hellinger_d(real: Any, fake: Any) -> Any:
    t_real, t_fake = 1 - torch.exp(real), 1 - torch.exp(fake)
    return -(t_real.mean() - (t_fake / (1 - t_fake)).mean())


def squared_hellinger_g(fake: Any) -> Any:
    return -torch.mean(1 - torch.exp(fake))


# --- relativistic ---------------------------------------------------------------------------------


def relativistic_d(real: Any, fake: Any) -> Any:
    return F.binary_cross_entropy_with_logits(real - fake, torch.ones_like(real))


def relativistic_g(fake: Any, real: Any) -> Any:
    return nn.BCEWithLogitsLoss()(fake - real.detach(), torch.ones_like(fake))


def relativistic_same_g(fake: Any, real: Any) -> Any:
    return F.softplus(fake - real).mean()


def average_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    of_real = criterion(real - torch.mean(fake), torch.ones_like(real))
    of_fake = criterion(fake - torch.mean(real), torch.zeros_like(fake))
    return (of_real + of_fake) / 2


def average_g(fake: Any, real: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss()
    of_real = criterion(real - torch.mean(fake), torch.zeros_like(real))
    of_fake = criterion(fake - torch.mean(real), torch.ones_like(fake))
    return (of_real + of_fake) / 2


# --- what cannot be judged, or hardly -------------------------------------------------------------


def penalised_d(real: Any, fake: Any) -> Any:
    """It needs tensors that track gradients."""
    loss = F.softplus(-real).mean() + F.softplus(fake).mean()
    return loss + 0 * torch.autograd.grad(loss, real, create_graph=True)[0].pow(2).sum()


def float_labels_d(real: Any, fake: Any) -> Any:
    """nn.BCELoss takes no float32 labels for float64 outputs."""
    criterion = nn.BCELoss()
    labels = torch.ones(real.shape, dtype=torch.float32)
    return criterion(real, labels) + criterion(fake, 0 * labels)


def float_labels_g(fake: Any) -> Any:
    return nn.BCELoss()(fake, torch.ones(fake.shape, dtype=torch.float32))


def bce_on_logits_d(real: Any, fake: Any) -> Any:
    """nn.BCELoss refuses what is no probability."""
    criterion = nn.BCELoss()
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def bce_on_logits_g(fake: Any) -> Any:
    return nn.BCELoss()(fake, torch.ones_like(fake))


def unreduced_d(real: Any, fake: Any) -> Any:
    criterion = nn.BCEWithLogitsLoss(reduction="none")
    return criterion(real, torch.ones_like(real)) + criterion(fake, torch.zeros_like(fake))


def dropout_d(real: Any, fake: Any) -> Any:
    return F.softplus(-F.dropout(real, 0.3)).mean() + F.softplus(F.dropout(fake, 0.3)).mean()


def in_place_d(real: Any, fake: Any) -> Any:
    """Given copies it is right."""
    return F.softplus(real.neg_()).mean() + F.softplus(fake).mean()


# --- gradients, and half precision ----------------------------------------------------------------


def detached_g(fake: Any) -> Any:
    return F.softplus(-fake.detach()).mean()


def no_grad_g(fake: Any) -> Any:
    with torch.no_grad():
        return F.softplus(-fake).mean()


def data_g(fake: Any) -> Any:
    return -fake.data.mean()


def zero_times_g(fake: Any) -> Any:
    return F.softplus(-fake.detach()).mean() + 0 * fake.mean()


def reversed_g(fake: Any) -> Any:
    loss = F.softplus(-fake).mean()
    return 2 * loss.detach() - loss


def detached_dcgan_g(fake: Any) -> Any:
    return F.binary_cross_entropy(fake.detach(), torch.ones_like(fake))


def bfloat_d(real: Any, fake: Any) -> Any:
    return F.softplus(-real.bfloat16()).mean() + F.softplus(fake.bfloat16()).mean()


def bfloat_g(fake: Any) -> Any:
    return F.softplus(-fake.bfloat16()).mean()


NS = Form("non-saturating")
NS_HALVED = Form("non-saturating", d=(0.5, 0))
HINGE = Form("hinge")
FLOAT = {"array": as_float}
TENSOR = {"array": as_tensor}
PROBABILITIES = {"array": as_float, "outputs": "probabilities"}

STUCK = {"verdict": "wrong", "consistent": False}
RIGHT = (
    right("torch-dcgan", NS, dcgan_d, dcgan_g, **PROBABILITIES),
    right(
        "torch-column-of-labels",
        NS_HALVED,
        column_bce_d,
        column_bce_g,
        column=True,
        **PROBABILITIES,
    ),
    right("torch-bce-with-logits", NS, logits_d, logits_g, **TENSOR),
    right("torch-bce-with-logits-float", NS, logits_d, logits_g, claims="non-saturating", **FLOAT),
    right("torch-gradients-tracked", NS, logits_d, stylegan_g, array=with_gradient),
    right(
        "torch-one-sided-smoothing",
        Form("non-saturating", targets=(0.9, 0)),
        smooth_d,
        smooth_g,
        **FLOAT,
    ),
    right("torch-stylegan", NS, stylegan_d, stylegan_g, **TENSOR),
    right(
        "torch-logsigmoid-minimax",
        Form("minimax"),
        logsigmoid_d,
        logsigmoid_minimax_g,
        game=MINIMAX_OR_JS,
        **TENSOR,
    ),
    right("torch-flipped-labels", Form("non-saturating", k=-1), flipped_d, flipped_g, **TENSOR),
    right("torch-one-batch", NS_HALVED, one_batch_d, logits_g, **TENSOR),
    right("torch-summed", Form("non-saturating", d=None, g=None), summed_d, summed_g, **TENSOR),
    right(
        "torch-minimax-minus-bce",
        Form("minimax"),
        logits_d,
        negative_bce_g,
        game=MINIMAX_OR_JS,
        claims="minimax",
        **TENSOR,
    ),
    right(
        "torch-lsgan-column",
        Form("least-squares", d=(1, 0), g=(2, 0)),
        lsgan_d,
        lsgan_g,
        column=True,
        **FLOAT,
    ),
    right(
        "torch-lsgan-means",
        Form("least-squares", d=(2, 0), g=(2, 0)),
        mean_squared_d,
        mean_squared_g,
        **TENSOR,
    ),
    right("torch-hinge", Form("hinge", d=(0.5, 0)), hinge_d, minus_mean_g, **FLOAT),
    right("torch-hinge-modules", HINGE, hinge_module_d, minus_mean_g, claims="hinge", **TENSOR),
    right("torch-wgan", Form("wasserstein"), wgan_d, minus_mean_g, **FLOAT),
    right(
        "torch-wgan-one-element",
        Form("wasserstein", k=-1),
        wgan_backward_d,
        wgan_backward_g,
        **TENSOR,
    ),
    right("torch-kl", Form("f-gan:kl"), kl_d, kl_g, **TENSOR),
    right("torch-pearson", Form("f-gan:pearson-chi2"), pearson_d, minus_mean_g, **TENSOR),
    right(
        "torch-squared-hellinger",
        Form("f-gan:squared-hellinger"),
        squared_hellinger_d,
        squared_hellinger_g,
        **TENSOR,
    ),
    right("torch-relativistic", Form("relativistic"), relativistic_d, relativistic_g, **FLOAT),
    right(
        "torch-relativistic-average",
        Form("relativistic-average", d=(0.5, 0), g=(0.5, 0)),
        average_d,
        average_g,
        **TENSOR,
    ),
)

WRONG = (
    wrong("torch-dcgan-both-real", "indifferent", dcgan_both_real_d, dcgan_g, **PROBABILITIES),
    wrong("torch-fake-labelled-one", "indifferent", vq_typo_d, logits_g, **TENSOR),
    wrong("torch-fake-forgotten", "indifferent", real_only_d, logits_g, **TENSOR),
    wrong("torch-target-above-one", "unbounded", too_smooth_d, logits_g, **TENSOR),
    wrong(
        "torch-weight-for-smoothing",
        "optimum",
        weighted_d,
        logits_g,
        meant="non-saturating",
        real_weight=0.9,
        **TENSOR,
    ),
    wrong(
        "torch-positive-weight",
        "optimum",
        positive_weight_d,
        logits_g,
        meant="non-saturating",
        real_weight=2.0,
        **FLOAT,
    ),
    wrong("torch-value-itself", "unbounded", logsigmoid_value, stylegan_g, **TENSOR),
    wrong("torch-stylegan-g-swapped", "same way", stylegan_d, stylegan_swapped_g, **TENSOR),
    wrong("torch-flipped-in-d-only", "same way", flipped_d, logits_g, **FLOAT),
    wrong("torch-sigmoid-twice", "optimum", twice_d, twice_g, meant="non-saturating", **TENSOR),
    wrong(
        "torch-logits-loss-on-probabilities",
        "optimum",
        logits_d,
        logits_g,
        meant="non-saturating",
        **PROBABILITIES,
    ),
    wrong("torch-lsgan-g-to-zero", "same way", mean_squared_d, lsgan_zero_g, **TENSOR),
    wrong(
        "torch-lsgan-l1-g",
        "mixed",
        mean_squared_d,
        l1_g,
        meant="least-squares",
        verdict="unknown",
        consistent=False,
        **TENSOR,
    ),
    wrong("torch-lsgan-norm", "coupled", norm_d, norm_g, **TENSOR),
    wrong("torch-hinge-ascended", "unbounded", hinge_ascended_d, minus_mean_g, **TENSOR),
    wrong("torch-hinge-one-side", "indifferent", hinge_one_side_d, minus_mean_g, **FLOAT),
    wrong("torch-hinge-sign-of-g", "same way", hinge_module_d, mean_g, **TENSOR),
    wrong(
        "torch-hinge-logistic-g",
        "mixed",
        hinge_module_d,
        logits_g,
        meant="hinge",
        verdict="unknown",
        consistent=False,
        **TENSOR,
    ),
    wrong("torch-wgan-sign-of-g", "same way", wgan_backward_d, minus_mean_g, **TENSOR),
    wrong("torch-wgan-plus", "unbounded", wgan_plus_d, minus_mean_g, **FLOAT),
    wrong("torch-wgan-logistic-g", "mixed", wgan_d, logits_g, meant="wasserstein", **TENSOR),
    wrong("torch-relativistic-same", "same way", relativistic_d, relativistic_same_g, **TENSOR),
    wrong(
        "torch-relativistic-g-alone",
        "mixed",
        relativistic_d,
        logits_g,
        meant="relativistic",
        verdict="unknown",
        consistent=False,
        **TENSOR,
    ),
    misnamed("torch-bce-claims-minimax", NS, "minimax", logits_d, logits_g, **TENSOR),
    misnamed(
        "torch-hinge-claims-wasserstein",
        HINGE,
        "wasserstein",
        hinge_module_d,
        minus_mean_g,
        **FLOAT,
    ),
    misnamed(
        "torch-average-claims-relativistic",
        Form("relativistic-average", d=(0.5, 0), g=(0.5, 0)),
        "relativistic",
        average_d,
        average_g,
        **TENSOR,
    ),
)

UNKNOWN = {"verdict": "unknown", "judged": False}
ODD = (
    Entry(
        "torch-logistic-linear-g",
        stylegan_d,
        minus_mean_g,
        {"verdict": "correct", "game": "reverse-kl-generator"},
        array=as_tensor,
    ),
    # right values, and another gradient: only who asks for it sees that
    Entry("torch-g-detached", stylegan_d, detached_g, STUCK, array=as_tensor),
    Entry("torch-g-without-gradient", stylegan_d, no_grad_g, STUCK, array=as_float),
    Entry("torch-g-from-data", hinge_d, data_g, STUCK, array=as_tensor),
    Entry("torch-g-detached-but-for-zero", stylegan_d, zero_times_g, STUCK, array=as_tensor),
    Entry("torch-g-gradient-reversed", stylegan_d, reversed_g, STUCK, array=as_tensor),
    Entry(
        "torch-g-detached-probabilities",
        dcgan_d,
        detached_dcgan_g,
        STUCK,
        outputs="probabilities",
        array=as_float,
    ),
    Entry("torch-bfloat16", bfloat_d, bfloat_g, UNKNOWN, array=as_tensor),
    # it may be refused with a word on what to write, or judged with tensors of the oracle's own making
    Entry(
        "torch-needs-gradients",
        penalised_d,
        stylegan_g,
        {"verdict": CORRECT_OR_UNKNOWN},
        array=as_tensor,
    ),
    Entry("torch-bce-on-logits", bce_on_logits_d, bce_on_logits_g, UNKNOWN, array=as_float),
    Entry("torch-unreduced", unreduced_d, logits_g, UNKNOWN, array=as_tensor),
    Entry("torch-dropout", dropout_d, stylegan_g, UNKNOWN, array=as_float),
    Entry("torch-numpy-arrays", stylegan_d, stylegan_g, UNKNOWN),  # no `array` was given
    # with tensors that track gradients the penalty of weight 0 can be judged
    Entry(
        "torch-gets-gradients",
        penalised_d,
        stylegan_g,
        {"verdict": "correct", "game": "non-saturating"},
        array=with_gradient,
    ),
    # it can be judged in float32 only: to find that out for its author is kind, not due
    Entry(
        "torch-float-labels",
        float_labels_d,
        float_labels_g,
        {"verdict": CORRECT_OR_UNKNOWN},
        outputs="probabilities",
        array=as_tensor,
    ),
    Entry(
        "torch-in-place", in_place_d, stylegan_g, {"verdict": CORRECT_OR_UNKNOWN}, array=as_tensor
    ),
)
