"""Switching the recording on and off, under pullback and under PyTorch."""

import threading

import pytest


def test_no_grad_nests_and_restores(torch):
    with torch.no_grad():
        with torch.enable_grad():
            assert torch.is_grad_enabled()
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_no_grad_survives_exceptions(torch):
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        _ = 1 / 0
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("with_parentheses", [True, False])
def test_no_grad_decorates(torch, with_parentheses):
    x = torch.ones(1, requires_grad=True)
    decorator = torch.no_grad() if with_parentheses else torch.no_grad

    @decorator
    def double():
        """Twice x."""
        return x * 2

    assert not double().requires_grad
    assert double.__name__ == "double"
    assert torch.is_grad_enabled()


def test_decorated_generator_runs_its_steps_only_under_the_mode(torch):
    @torch.no_grad()
    def steps():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    seen = [(inside, torch.is_grad_enabled()) for inside in steps()]
    assert seen == [(False, True), (False, True)]


def test_set_grad_enabled_switches_at_once_and_as_a_context(torch):
    torch.set_grad_enabled(False)
    try:
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_set_grad_enabled_as_a_decorator_does_not_switch_where_it_stands(torch):
    @torch.set_grad_enabled(False)
    def inside():
        return torch.is_grad_enabled()

    assert torch.is_grad_enabled()
    assert inside() is False
    assert torch.is_grad_enabled()


def test_leaves_made_under_no_grad_may_require_grad(torch):
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
    assert x.requires_grad
    assert x.is_leaf


def test_inference_tensors_cannot_be_recorded(torch):
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = x * 2
        assert not torch.is_grad_enabled()
    assert y.is_inference()
    assert not y.requires_grad
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        _ = x * y
    assert (x * y.clone()).requires_grad


def test_modes_do_not_reach_other_threads(torch):
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]
