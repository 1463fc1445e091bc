"""Probability densities on the line and in the plane that declare their structure."""

from gantheory.densities import maps
from gantheory.densities.base import Breaks, Density, Density1D, Edge, Tail
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.convert import as_density
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.generator import GeneratorDensity, smoothed_generator
from gantheory.densities.histogram import Histogram
from gantheory.densities.laplace import Laplace
from gantheory.densities.maps import Branch
from gantheory.densities.mixtures import Mixture
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.normal_vector import NormalVector
from gantheory.densities.plane import Product, grid, ring
from gantheory.densities.pushforward import Pushforward
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform

__all__ = [
    "Branch",
    "Breaks",
    "Cauchy",
    "Density",
    "Density1D",
    "Discrete",
    "Edge",
    "Exponential",
    "GeneratorDensity",
    "Histogram",
    "Laplace",
    "Mixture",
    "MultivariateNormal",
    "Normal",
    "NormalVector",
    "Product",
    "Pushforward",
    "StudentT",
    "Tail",
    "Triangular",
    "Uniform",
    "as_density",
    "grid",
    "maps",
    "ring",
    "smoothed_generator",
]
