"""Networks whose forward and backward passes are written out by hand, one network or many at once."""

from gantheory.nets.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh
from gantheory.nets.batch_norm import BatchNorm
from gantheory.nets.dense import Dense
from gantheory.nets.dropout import Dropout
from gantheory.nets.layer import Layer, Parameters, Pass
from gantheory.nets.maxout import Maxout
from gantheory.nets.network import Network, Tape, mlp
from gantheory.nets.spectral_norm import SpectralDense

__all__ = [
    "ELU",
    "BatchNorm",
    "Dense",
    "Dropout",
    "Layer",
    "LeakyReLU",
    "Maxout",
    "Network",
    "Parameters",
    "Pass",
    "ReLU",
    "Sigmoid",
    "Softplus",
    "SpectralDense",
    "Tanh",
    "Tape",
    "mlp",
]
