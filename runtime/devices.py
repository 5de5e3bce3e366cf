"""Devices and what programs ask about them: there is one, the CPU, where NumPy's arrays live.

>>> device("cuda" if cuda.is_available() else "cpu")
device(type='cpu')
"""

from __future__ import annotations

from typing import Any


class device:
    """A place for Tensors; only "cpu" exists.

    raises: RuntimeError, for another one
    """

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        text = str(type)
        name, _, number = text.partition(":")
        if name != "cpu":
            raise RuntimeError(f"there is no device {text!r}: tensors live in NumPy arrays on the CPU")
        self.type = name
        self.index = int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device()


def check_device(given: Any) -> None:
    """Accept the CPU and None.

    raises: RuntimeError, for a device that does not exist
    """
    if given is not None and not isinstance(given, device):
        device(given)


class _Absent:
    """`torch.cuda` and the like, where there is none."""

    @staticmethod
    def is_available() -> bool:
        """False."""
        return False

    @staticmethod
    def device_count() -> int:
        """0."""
        return 0

    @staticmethod
    def manual_seed_all(seed: int) -> None:
        """Nothing to seed."""

    manual_seed = manual_seed_all

    @staticmethod
    def empty_cache() -> None:
        """Nothing to empty."""

    @staticmethod
    def synchronize() -> None:
        """Nothing to wait for."""


cuda = _Absent()
mps = _Absent()


class backends:
    """`torch.backends`, for the questions and switches at the head of a program."""

    mps = mps

    class cudnn:
        """Switches without effect."""

        deterministic = False
        benchmark = False
        enabled = False
