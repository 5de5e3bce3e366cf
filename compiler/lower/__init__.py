"""Kernel gast -> IR: an abstract interpreter that infers kinds, constants, shapes and aliases while it emits."""

from . import collections_ as collections_
from . import combinations as combinations
from . import consumers as consumers
from . import copies as copies
from . import cursors as cursors
from . import custom, parameters, regions
from . import dispatch as dispatch
from . import records as records
from . import sorting as sorting
from . import streams as streams
from .functions import lower_function
from .lowerer import Lowerer
from .values import Ref, Seq

__all__ = ["Lowerer", "Ref", "Seq", "custom", "lower_function", "parameters", "regions"]
