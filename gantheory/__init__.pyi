from . import (
    book as book,
)
from . import (
    certified as certified,
)
from . import (
    densities as densities,
)
from . import (
    divergences as divergences,
)
from . import (
    errors as errors,
)
from . import (
    estimates as estimates,
)
from . import (
    figures as figures,
)
from . import (
    game as game,
)
from . import (
    losses as losses,
)
from . import (
    nets as nets,
)
from . import (
    optimisers as optimisers,
)
from . import (
    penalties as penalties,
)
from . import (
    quadrature as quadrature,
)
from . import (
    samples as samples,
)
from . import (
    testing as testing,
)
from . import (
    theorems as theorems,
)
from . import (
    training as training,
)
from . import (
    verdicts as verdicts,
)
from .book import (
    verify as verify,
)
from .densities import (
    Branch as Branch,
)
from .densities import (
    Cauchy as Cauchy,
)
from .densities import (
    Density as Density,
)
from .densities import (
    Discrete as Discrete,
)
from .densities import (
    Exponential as Exponential,
)
from .densities import (
    GeneratorDensity as GeneratorDensity,
)
from .densities import (
    Histogram as Histogram,
)
from .densities import (
    Laplace as Laplace,
)
from .densities import (
    Mixture as Mixture,
)
from .densities import (
    MultivariateNormal as MultivariateNormal,
)
from .densities import (
    Normal as Normal,
)
from .densities import (
    NormalVector as NormalVector,
)
from .densities import (
    Product as Product,
)
from .densities import (
    Pushforward as Pushforward,
)
from .densities import (
    StudentT as StudentT,
)
from .densities import (
    Triangular as Triangular,
)
from .densities import (
    Uniform as Uniform,
)
from .densities import (
    as_density as as_density,
)
from .densities import (
    grid as grid,
)
from .densities import (
    maps as maps,
)
from .densities import (
    ring as ring,
)
from .densities import (
    smoothed_generator as smoothed_generator,
)
from .divergences import (
    Roc as Roc,
)
from .divergences import (
    alpha_divergence as alpha_divergence,
)
from .divergences import (
    bayes_accuracy as bayes_accuracy,
)
from .divergences import (
    bayes_error as bayes_error,
)
from .divergences import (
    bhattacharyya_coefficient as bhattacharyya_coefficient,
)
from .divergences import (
    bhattacharyya_distance as bhattacharyya_distance,
)
from .divergences import (
    cramer_distance as cramer_distance,
)
from .divergences import (
    cross_entropy as cross_entropy,
)
from .divergences import (
    discriminator_cdf as discriminator_cdf,
)
from .divergences import (
    energy_distance as energy_distance,
)
from .divergences import (
    energy_kernel as energy_kernel,
)
from .divergences import (
    entropy as entropy,
)
from .divergences import (
    f_divergence as f_divergence,
)
from .divergences import (
    gaussian_kernel as gaussian_kernel,
)
from .divergences import (
    generalised_js_divergence as generalised_js_divergence,
)
from .divergences import (
    jeffreys_divergence as jeffreys_divergence,
)
from .divergences import (
    js_divergence as js_divergence,
)
from .divergences import (
    kl_divergence as kl_divergence,
)
from .divergences import (
    laplace_kernel as laplace_kernel,
)
from .divergences import (
    maximum_mean_discrepancy as maximum_mean_discrepancy,
)
from .divergences import (
    neyman_chi2 as neyman_chi2,
)
from .divergences import (
    optimal_auc as optimal_auc,
)
from .divergences import (
    optimal_roc as optimal_roc,
)
from .divergences import (
    pearson_chi2 as pearson_chi2,
)
from .divergences import (
    rational_quadratic_kernel as rational_quadratic_kernel,
)
from .divergences import (
    renyi_divergence as renyi_divergence,
)
from .divergences import (
    reverse_kl_divergence as reverse_kl_divergence,
)
from .divergences import (
    skew_js_divergence as skew_js_divergence,
)
from .divergences import (
    squared_hellinger as squared_hellinger,
)
from .divergences import (
    total_variation as total_variation,
)
from .divergences import (
    triangular_discrimination as triangular_discrimination,
)
from .divergences import (
    wasserstein_1 as wasserstein_1,
)
from .divergences import (
    wasserstein_2 as wasserstein_2,
)
from .divergences import (
    wasserstein_p as wasserstein_p,
)
from .errors import (
    CheckpointError as CheckpointError,
)
from .errors import (
    GantheoryError as GantheoryError,
)
from .errors import (
    GantheoryWarning as GantheoryWarning,
)
from .errors import (
    InvalidDensity as InvalidDensity,
)
from .errors import (
    NoDensity as NoDensity,
)
from .errors import (
    NotCertifiable as NotCertifiable,
)
from .errors import (
    NotConverged as NotConverged,
)
from .errors import (
    PageError as PageError,
)
from .estimates import (
    Estimate as Estimate,
)
from .game import (
    optimal_discriminator as optimal_discriminator,
)
from .game import (
    value_function as value_function,
)
from .game import (
    virtual_training_criterion as virtual_training_criterion,
)
from .losses import (
    HINGE as HINGE,
)
from .losses import (
    MINIMAX as MINIMAX,
)
from .losses import (
    NON_SATURATING as NON_SATURATING,
)
from .losses import (
    RELATIVISTIC as RELATIVISTIC,
)
from .losses import (
    RELATIVISTIC_AVERAGE as RELATIVISTIC_AVERAGE,
)
from .losses import (
    WASSERSTEIN as WASSERSTEIN,
)
from .losses import (
    f_gan as f_gan,
)
from .losses import (
    label_forcing as label_forcing,
)
from .losses import (
    label_forcing_gradient as label_forcing_gradient,
)
from .losses import (
    least_squares as least_squares,
)
from .losses import (
    smoothed as smoothed,
)
from .losses import (
    two_logit as two_logit,
)
from .losses import (
    two_logit_gradient as two_logit_gradient,
)
from .nets import (
    ELU as ELU,
)
from .nets import (
    BatchNorm as BatchNorm,
)
from .nets import (
    Dense as Dense,
)
from .nets import (
    Dropout as Dropout,
)
from .nets import (
    LeakyReLU as LeakyReLU,
)
from .nets import (
    Maxout as Maxout,
)
from .nets import (
    Network as Network,
)
from .nets import (
    Parameters as Parameters,
)
from .nets import (
    ReLU as ReLU,
)
from .nets import (
    Sigmoid as Sigmoid,
)
from .nets import (
    Softplus as Softplus,
)
from .nets import (
    SpectralDense as SpectralDense,
)
from .nets import (
    Tanh as Tanh,
)
from .nets import (
    mlp as mlp,
)
from .optimisers import (
    SGD as SGD,
)
from .optimisers import (
    Adam as Adam,
)
from .optimisers import (
    Momentum as Momentum,
)
from .optimisers import (
    Nesterov as Nesterov,
)
from .optimisers import (
    RMSProp as RMSProp,
)
from .penalties import (
    clip_weights as clip_weights,
)
from .penalties import (
    dragan as dragan,
)
from .penalties import (
    gradient_penalty as gradient_penalty,
)
from .penalties import (
    instance_noise as instance_noise,
)
from .penalties import (
    r1 as r1,
)
from .penalties import (
    r2 as r2,
)
from .penalties import (
    wgan_gp as wgan_gp,
)
from .quadrature import (
    integrate as integrate,
)
from .samples import (
    LowerBound as LowerBound,
)
from .samples import (
    PermutationTest as PermutationTest,
)
from .samples import (
    energy_test as energy_test,
)
from .samples import (
    js_divergence_lower_bound as js_divergence_lower_bound,
)
from .samples import (
    kolmogorov_smirnov_from_samples as kolmogorov_smirnov_from_samples,
)
from .samples import (
    mmd_from_samples as mmd_from_samples,
)
from .samples import (
    mmd_test as mmd_test,
)
from .samples import (
    total_variation_lower_bound as total_variation_lower_bound,
)
from .samples import (
    wasserstein_1_from_samples as wasserstein_1_from_samples,
)
from .samples import (
    wasserstein_1_lower_bound as wasserstein_1_lower_bound,
)
from .training import (
    train as train,
)
from .training import (
    trained as trained,
)
from .verdicts import (
    Verdict as Verdict,
)

__version__: str
