"""Changes in place: what is refused, what is recorded, what a saved value notices. Under pullback and under PyTorch."""

import re

import pytest


def leaf(torch, values=(1.0, 2.0, 3.0)):
    return torch.tensor(list(values), requires_grad=True)


# Refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["zero_", "neg_", "exp_", "relu_"])
def test_leaf_that_requires_grad_is_not_changed(torch, method):
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        getattr(leaf(torch), method)()


def test_leaf_that_requires_grad_is_not_updated_by_an_operator(torch):
    x = leaf(torch)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        x += 1
    assert x.tolist() == [1, 2, 3]


def test_view_of_such_a_leaf_is_not_changed(torch):
    x = leaf(torch)
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        x[0] = 1.0
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad"):
        x[1:].mul_(2)


def test_leaf_is_updated_under_no_grad(torch):
    w = leaf(torch)
    (w * w).sum().backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    assert w.tolist() == [0, 0, 0]
    assert w.is_leaf
    assert w.requires_grad
    assert w._version == 1


def test_broadcast_memory_is_not_changed(torch):
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory "
                                           "location"):
        torch.ones(1).expand(3).add_(1)


def test_result_must_fit_the_dtype(torch):
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.ones(2, dtype=torch.int64).add_(1.5)


def test_result_must_fit_the_shape(torch):
    with pytest.raises(RuntimeError, match=re.escape("output with shape [3] doesn't match the broadcast shape [2, 3]")):
        torch.ones(3).add_(torch.ones(2, 3))


# Saved values ----------------------------------------------------------------------------------------------


def test_changed_result_that_was_saved_raises(torch):
    x = leaf(torch)
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_changed_input_that_was_saved_raises(torch):
    a, b = leaf(torch), torch.ones(3)
    y = a * b
    b.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_change_through_a_view_or_a_detached_alias_is_noticed(torch):
    for alias in (lambda t: t[1:], lambda t: t.detach(), lambda t: t.view(3, 1)):
        x, c = leaf(torch), torch.ones(3)
        y = x * c
        alias(c).fill_(5)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_input_of_addition_may_be_overwritten(torch):
    x, c = leaf(torch), torch.ones(3)
    y = x + c
    c.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_message_names_the_line_that_changed_the_value(pb):
    x = leaf(pb)
    y = x.exp()
    y.add_(1)  # the culprit
    with pytest.raises(RuntimeError, match=r"It was changed at .*test_inplace\.py:\d+:\d+\n\s+y\.add_\(1\)  # the "
                                           r"culprit"):
        y.sum().backward()


def test_version_counts_changes_and_is_shared_by_views(torch):
    x = torch.ones(3)
    view = x[1:]
    x.add_(1)
    view.mul_(2)
    assert (x._version, view._version, x.detach()._version) == (2, 2, 2)
    assert x.data._version == 0


# Recorded --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda y, w: y.add_(w), [2, 2, 2]),
        (lambda y, w: y.sub_(w), [0, 0, 0]),
        (lambda y, w: y.mul_(w), [2, 4, 6]),
        (lambda y, w: y.div_(w), [0, 0, 0]),
        (lambda y, w: y.add_(w, alpha=3), [4, 4, 4]),
        (lambda y, w: y.mul_(3), [3, 3, 3]),
        (lambda y, w: y.pow_(2), [2, 4, 6]),
        (lambda y, w: y.zero_(), [0, 0, 0]),
        (lambda y, w: y.fill_(2.0), [0, 0, 0]),
        (lambda y, w: y.copy_(w * 2), [2, 2, 2]),
        (lambda y, w: y.clamp_(max=2.5), [1, 1, 0]),
        (lambda y, w: y.neg_(), [-1, -1, -1]),
        (lambda y, w: y.relu_(), [1, 1, 1]),
        (lambda y, w: y.square_() if hasattr(y, "square_") else y.pow_(2), [2, 4, 6]),
        (lambda y, w: y.addcmul_(w, w), [3, 5, 7]),
        (lambda y, w: y.masked_fill_(w.detach() > 2, 0.0), [1, 1, 0]),
    ],
)
def test_change_of_a_result_is_differentiated(torch, change, expected):
    w = leaf(torch)
    y = w * 1
    change(y, w)
    y.sum().backward()
    assert w.grad.tolist() == pytest.approx(expected)


def test_constant_becomes_tracked_by_a_change(torch):
    w, y = leaf(torch), torch.zeros(3)
    y += w
    assert y.requires_grad
    assert not y.is_leaf
    (y * y).sum().backward()
    assert w.grad.tolist() == [2, 4, 6]


def test_store_into_an_element_and_a_slice(torch):
    w = leaf(torch)
    y = w * 1
    y[0] = w[1] * 5
    y[1:] *= w[0]
    (y * y).sum().backward()
    assert y.tolist() == [10, 2, 3]
    assert type(y.grad_fn).__name__ == "CopySlices"
    assert w.grad.tolist() == [26, 104, 6]


def test_rows_stored_one_by_one(torch):
    w = leaf(torch)
    rows = torch.zeros(3, 3)
    for k in range(3):
        rows[k] = w * k
    rows.sum().backward()
    assert w.grad.tolist() == [3, 3, 3]


def test_change_of_a_view_reaches_the_base_and_other_views(torch):
    w = leaf(torch)
    base = w * 2
    left, right = base[:2], base[1:]
    left.mul_(3)
    (right * right).sum().backward()
    assert base.tolist() == [6, 12, 6]
    assert w.grad.tolist() == [0, 2 * 12 * 6, 2 * 6 * 2]


def test_change_of_a_view_of_a_view(torch):
    w = leaf(torch, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    base = w * 1
    base.view(2, 3)[1].t()[0:2].mul_(10)
    base.sum().backward()
    assert w.grad.tolist() == [1, 1, 1, 10, 10, 1]


def test_change_of_a_transposed_view(torch):
    w = torch.arange(4.0).reshape(2, 2).requires_grad_()
    base = w * 1
    base.t()[0] = torch.tensor([7.0, 8.0])
    base.sum().backward()
    assert base.tolist() == [[7, 1], [8, 3]]
    assert w.grad.tolist() == [[0, 1], [0, 1]]


def test_view_sees_a_change_of_its_base(torch):
    w = leaf(torch)
    base = w * 1
    view = base[1:]
    base.mul_(2)
    view.sum().backward()
    assert view.tolist() == [4, 6]
    assert w.grad.tolist() == [0, 2, 2]


def test_store_at_a_mask_and_at_a_list(torch):
    w, v = leaf(torch), torch.tensor([10.0, 20.0], requires_grad=True)
    y = w * 1
    y[[2, 0]] = v
    y[y.detach() < 5] = 0.0
    y.sum().backward()
    assert y.tolist() == [20, 0, 10]
    assert w.grad.tolist() == [0, 0, 0]
    assert v.grad.tolist() == [1, 1]


def test_store_twice_at_one_place_gives_the_last_its_gradient(pb):
    """PyTorch leaves the winner undefined and gives both stores a gradient; here the last store wins, as in NumPy."""
    v = pb.tensor([10.0, 20.0], requires_grad=True)
    y = pb.zeros(2)
    y[[1, 1]] = v
    y.sum().backward()
    assert y.tolist() == [0, 20]
    assert v.grad.tolist() == [0, 1]


def test_broadcast_store_sums_the_gradient(torch):
    s = torch.tensor(2.0, requires_grad=True)
    y = torch.zeros(2, 3)
    y[:, 1:] = s
    y.sum().backward()
    assert s.grad.item() == 4


def test_second_derivative_through_a_store(torch):
    w = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)

    def f(w):
        y = w * w
        y[1:] = y[:-1].clone() * w[1:]
        return (y * y).sum()

    assert torch.autograd.gradcheck(f, w)
    assert torch.autograd.gradgradcheck(f, w)


def test_view_made_under_no_grad_is_not_changed_while_recording(torch):
    w = leaf(torch)
    base = w * 1
    with torch.no_grad():
        view = base[1:]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode"):
        view.mul_(2)


def test_data_escapes_the_version_check(torch):
    x, c = leaf(torch), torch.ones(3)
    y = x * c
    c.data.fill_(5)
    y.sum().backward()
    assert x.grad.tolist() == [5, 5, 5]
