"""Networks as objects: `Module`, `Parameter`, `Sequential`, and the containers.

>>> from ..creation import ones
>>> class Twice(Module):
...     def __init__(self):
...         super().__init__()
...         self.w = Parameter(ones(2))
...     def forward(self, x):
...         return x * self.w * 2
>>> net = Twice()
>>> [name for name, _ in net.named_parameters()]
['w']
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..devices import check_device, device
from ..dispatch import TensorCore, bump
from ..graph import Handle
from ..tensor import Tensor
from .backward_hooks import pass_through


class Parameter(Tensor):
    """A leaf that a Module trains; it shares the memory of `data`."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __init__(self, data: Any = (), requires_grad: bool = True) -> None:
        super().__init__(())
        if isinstance(data, TensorCore):
            self._array, self._counter = data._array, data._counter
        else:
            self._array = Tensor(data)._array
        self.requires_grad_(requires_grad)


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ("missing_keys", "unexpected_keys"))):
    """What `load_state_dict` found missing, and what it did not know."""

    __slots__ = ()

    def __repr__(self) -> str:
        return super().__repr__() if any(self) else "<All keys matched successfully>"

    __str__ = __repr__


class Module:
    """A part of a network: its parameters, buffers and sub-modules are found through its attributes."""

    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _backward_hooks: dict[int, Any]

    def __init__(self) -> None:
        for name in ("_parameters", "_buffers", "_modules", "_forward_hooks", "_forward_pre_hooks",
                     "_backward_hooks"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "_transient", set())
        self.training = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What a call computes."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._forward_pre_hooks and not self._forward_hooks and not self._backward_hooks:
            return self.forward(*args, **kwargs)
        if self._backward_hooks:
            return self._hooked(args, kwargs)
        for hook in list(self._forward_pre_hooks.values()):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*args, **kwargs)
        for hook in list(self._forward_hooks.values()):
            changed = hook(self, args, result)
            result = result if changed is None else changed
        return result

    def _hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call whose inputs and output pass nodes that see the gradients of both."""
        seen: list[Any] = [None]

        def outgoing(grads: Any) -> None:
            seen[0] = grads

        def incoming(grads: Any) -> Any:
            for hook in list(self._backward_hooks.values()):
                changed = hook(self, grads, seen[0])
                if changed is not None:
                    grads = changed if isinstance(changed, tuple) else (changed,)
            return grads

        def alone(grads: Any) -> None:
            warnings.warn("Full backward hook is firing when gradients are computed with respect to module outputs "
                          "since no inputs require gradients.", UserWarning, stacklevel=2)
            outgoing(grads)
            incoming((None,) * len(args))

        hooks, self._backward_hooks = self._backward_hooks, {}
        try:
            result = self(*pass_through(args, incoming), **kwargs)
        finally:
            self._backward_hooks = hooks
        several = isinstance(result, tuple)
        outs = pass_through(result if several else (result,), outgoing)
        if not any(isinstance(a, TensorCore) and a.requires_grad for a in args):
            # No gradient reaches the inputs: the hooks run when the outputs' gradients are known.
            outs = pass_through(outs, alone)
        return outs if several else outs[0]

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if "_parameters" not in tables and isinstance(value, Parameter | Module):
            raise AttributeError("cannot assign parameters or modules before Module.__init__() call")
        if isinstance(value, Parameter):
            self._forget(name)
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._forget(name)
            self._modules[name] = value
        elif name in tables.get("_parameters", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{type(value).__name__}' as parameter '{name}' (torch.nn.Parameter "
                                "or None expected)")
            self._parameters[name] = None
        elif name in tables.get("_buffers", ()):
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def _forget(self, name: str) -> None:
        for table in (self.__dict__, self._parameters, self._buffers, self._modules):
            table.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(table, {})
            if name in found:
                return found[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in (self._parameters, self._buffers, self._modules):
            if name in table:
                del table[name]
                return
        object.__delattr__(self, name)

    def register_parameter(self, name: str, param: Any) -> None:
        """Add a parameter (None keeps its place)."""
        self._parameters[name] = param

    def get_submodule(self, target: str) -> Any:
        """The module at a path of names with dots; itself for "".

        raises: AttributeError, if there is none
        """
        found: Any = self
        for name in target.split(".") if target else ():
            found = getattr(found, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a Tensor that is saved and not trained."""
        self._buffers[name] = tensor
        if not persistent:
            self._transient.add(name)

    def add_module(self, name: str, module: Any) -> None:
        """Add a sub-module."""
        self._modules[name] = module

    register_module = add_module

    def register_forward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args, result)` after each call; what it returns replaces the result."""
        return Handle(self._forward_hooks, hook)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, grad_input, grad_output)` in the backward pass; what it returns replaces `grad_input`."""
        return Handle(self._backward_hooks, hook)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args)` before each call; what it returns replaces the arguments."""
        return Handle(self._forward_pre_hooks, hook)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below, each once, with dotted names."""
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            below = [(f"{name}.{key}" if name else key, m) for key, m in module._modules.items() if m is not None]
            stack += below[::-1]

    def modules(self) -> Iterator[Module]:
        """This module and all below."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below."""
        return ((name, m) for name, m in self._modules.items() if m is not None)

    def children(self) -> Iterator[Module]:
        """The modules directly below."""
        return (m for _, m in self.named_children())

    def _named(self, table: str, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for name, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for key, value in getattr(module, table).items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{name}.{key}" if name else key), value

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """All parameters, each once, with dotted names."""
        return self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """All parameters, each once."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """All buffers with dotted names."""
        return self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """All buffers."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def get_parameter(self, target: str) -> Any:
        """A parameter by its dotted name."""
        return dict(self.named_parameters())[target]

    def state_dict(self) -> OrderedDict[str, Any]:
        """All parameters and persistent buffers by dotted name, detached, memory shared."""
        state: OrderedDict[str, Any] = OrderedDict()
        for prefix, module in self.named_modules():
            for table in (module._parameters, module._buffers):
                for key, value in table.items():
                    if value is not None and key not in module._transient:
                        state[f"{prefix}.{key}" if prefix else key] = value.detach()
        return state

    def load_state_dict(self, state_dict: Any, strict: bool = True) -> Any:
        """Copy values in; PyTorch's tensors and arrays will do, too.

        raises: RuntimeError, for names or shapes that do not belong (missing ones are reported only, without `strict`)
        """
        own = self.state_dict()
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        errors = []
        if strict and unexpected:
            errors.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{key}"' for key in unexpected) + ". ")
        if strict and missing:
            errors.append("Missing key(s) in state_dict: " + ", ".join(f'"{key}"' for key in missing) + ". ")
        for key, value in state_dict.items():
            if key in own:
                array = np.asarray(value.detach() if hasattr(value, "detach") else value)
                if array.shape != own[key]._array.shape:
                    errors.append(f"size mismatch for {key}: copying a param with shape {tuple(array.shape)} from "
                                  "checkpoint, the shape in "
                                  f"current model is {tuple(own[key]._array.shape)}.")
                    continue
                own[key]._array[...] = array
                bump(own[key])
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        return _IncompatibleKeys(missing, unexpected)

    def train(self, mode: bool = True) -> Module:
        """Switch what behaves differently while training (dropout, batch norm)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """`train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Freeze or unfreeze all parameters."""
        for p in self.parameters():
            p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients."""
        for p in self.parameters():
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad = p.grad.detach() * 0

    def apply(self, fn: Callable[[Module], None]) -> Module:
        """Call `fn` with every module, the innermost first."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, dtype: Any = None, **ignored: Any) -> Module:
        """Convert floating-point parameters and buffers to another dtype."""
        for arg in args:
            if isinstance(arg, str | device):
                check_device(arg)
            elif isinstance(arg, TensorCore):
                dtype = arg._array.dtype
            elif not isinstance(arg, bool):
                dtype = arg
        if dtype is not None:
            for t in [*self.parameters(), *self.buffers()]:
                if t._array.dtype.kind == "f":
                    t._array = t._array.astype(dtype)
                    t._grad = None if t._grad is None else t._grad.detach().to(dtype)
        return self

    def float(self) -> Module:
        """Parameters in float32."""
        return self.to(np.float32)

    def double(self) -> Module:
        """Parameters in float64."""
        return self.to(np.float64)

    def half(self) -> Module:
        """Parameters in float16."""
        return self.to(np.float16)

    def cpu(self) -> Module:
        """Itself."""
        return self

    def extra_repr(self) -> str:
        """What stands in the parentheses of the repr."""
        return ""

    def _shown(self) -> Iterable[tuple[str, Any]]:
        return self._modules.items()

    def __repr__(self) -> str:
        lines = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._shown()]
        head, extra = type(self).__name__, self.extra_repr()
        if not lines:
            return f"{head}({extra})"
        return f"{head}({extra}\n  " + "\n  ".join(lines) + "\n)"
