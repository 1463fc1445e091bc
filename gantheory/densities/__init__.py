"""Probability densities on the line and in the plane that declare their structure."""

from gantheory.densities.base import Breaks, Density, Density1D, Edge, Tail
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import Mixture
from gantheory.densities.normal import Normal
from gantheory.densities.plane import MultivariateNormal, Product, grid, ring
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform

__all__ = [
    "Breaks",
    "Cauchy",
    "Density",
    "Density1D",
    "Discrete",
    "Edge",
    "Exponential",
    "Laplace",
    "Mixture",
    "MultivariateNormal",
    "Normal",
    "Product",
    "StudentT",
    "Tail",
    "Triangular",
    "Uniform",
    "grid",
    "ring",
]
