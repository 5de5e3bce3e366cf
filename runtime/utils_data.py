"""`torch.utils.data`: data sets and batches, in this process.

>>> from .creation import arange
>>> [batch.tolist() for (batch,) in DataLoader(TensorDataset(arange(5)), batch_size=2)]
[[0, 1], [2, 3], [4]]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .creation import generator as default_generator
from .creation import tensor
from .dispatch import TensorCore
from .selecting import stack


class Dataset:
    """A sequence of samples: `data[k]`, `len(data)`."""

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __len__(self) -> int:
        raise NotImplementedError("Subclasses of Dataset should implement __len__.")


class TensorDataset(Dataset):
    """The rows of Tensors of the same length."""

    def __init__(self, *tensors: Any) -> None:
        if any(t.shape[0] != tensors[0].shape[0] for t in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


class Subset(Dataset):
    """The samples of a data set at given indices."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[int(self.indices[index])]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: Any = None) -> list[Subset]:
    """Parts of the given lengths (or shares of the whole), of samples in random order.

    raises: ValueError, if the lengths do not add up to the data set's
    """
    n = len(dataset)
    counts = [int(v) for v in lengths]
    if any(isinstance(v, float) for v in lengths):
        counts = [int(n * v) for v in lengths]
        for k in range(n - sum(counts)):
            counts[k % len(counts)] += 1
    if sum(counts) != n:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = (generator or default_generator()).permutation(n).tolist()
    ends = np.cumsum(counts).tolist()
    return [Subset(dataset, order[e - c:e]) for e, c in zip(ends, counts, strict=True)]


class DataLoader:
    """Batches of a data set.

    shuffle    : a new random order for each pass
    drop_last  : leave out a last batch that is smaller
    collate_fn : makes a batch of a list of samples
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        generator: Any = None,
        num_workers: int = 0,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.collate_fn = collate_fn or default_collate
        self.generator = generator

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + bool(rest and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = (self.generator or default_generator()).permutation(n) if self.shuffle else np.arange(n)
        for k in range(len(self)):
            yield self.collate_fn(
                [self.dataset[int(i)] for i in order[k * self.batch_size : (k + 1) * self.batch_size]]
            )


def default_collate(samples: Sequence[Any]) -> Any:
    """Samples as a batch: Tensors are stacked, numbers become a Tensor, structures are kept."""
    first = samples[0]
    if isinstance(first, TensorCore):
        return stack(samples)
    if isinstance(first, dict):
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple | list):
        return [default_collate(column) for column in zip(*samples, strict=True)]
    if isinstance(first, str):
        return list(samples)
    if isinstance(first, float):
        return tensor(list(samples), dtype=np.float64)
    return tensor(np.asarray(samples)) if isinstance(first, np.ndarray) else tensor(list(samples))
