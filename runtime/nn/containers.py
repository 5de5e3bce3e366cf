"""Containers of modules and parameters: `Sequential`, `ModuleList`, `ModuleDict`, `ParameterList`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from .modules import Module, Parameter


class Sequential(Module):
    """Modules that run one after another; given in order or as an OrderedDict."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        named = modules[0].items() if len(modules) == 1 and isinstance(modules[0], dict) else (
            (str(k), m) for k, m in enumerate(modules))
        for name, module in named:
            self.add_module(name, module)

    def forward(self, x: Any) -> Any:
        for module in self._modules.values():
            x = module(x)
        return x

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, k: Any) -> Any:
        modules = list(self._modules.values())
        return type(self)(*modules[k]) if isinstance(k, slice) else modules[k]

    def append(self, module: Module) -> Sequential:
        """Add one more at the end."""
        self.add_module(str(len(self)), module)
        return self


class ModuleList(Module):
    """A list of modules."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    def append(self, module: Module) -> ModuleList:
        """Add one at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add several at the end."""
        for module in modules:
            self.append(module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def _shown(self) -> Iterable[tuple[str, Any]]:
        """Neighbours that print alike stand in one line: "(0-1): 2 x ..."."""
        for text, group in groupby(enumerate(self), lambda pair: repr(pair[1])):
            numbers = [k for k, _ in group]
            if len(numbers) == 1:
                yield str(numbers[0]), _Text(text)
            else:
                yield f"{numbers[0]}-{numbers[-1]}", _Text(f"{len(numbers)} x {text}")

    def __getitem__(self, k: Any) -> Any:
        modules = list(self._modules.values())
        return ModuleList(modules[k]) if isinstance(k, slice) else modules[k]


class _Text:
    """Something that prints as given."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class ParameterList(Module):
    """A list of parameters."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__()
        for k, value in enumerate(values):
            self.register_parameter(str(k), value if isinstance(value, Parameter) else Parameter(value))

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def __getitem__(self, k: int) -> Any:
        return list(self._parameters.values())[k]

    def extra_repr(self) -> str:
        return "".join(f"\n    ({k}): Parameter containing: [torch.{p._array.dtype} of size "
                       f"{'x'.join(map(str, p._array.shape))}]" for k, p in enumerate(self))[3:]


class ModuleDict(Module):
    """A dictionary of modules."""

    def __init__(self, modules: Any = ()) -> None:
        super().__init__()
        self.update(modules)

    def update(self, modules: Any) -> None:
        """Add the modules of a dictionary, or of pairs."""
        for name, module in modules.items() if hasattr(modules, "items") else modules:
            self.add_module(name, module)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: str) -> bool:
        return name in self._modules

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules."""
        return self._modules.items()
