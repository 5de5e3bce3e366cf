"""`raise`, `try`, `with`: the path that was taken is differentiated, effects happen once and in order."""

import contextlib
import math
import warnings

import numpy as np
import pytest

import pullback as pb

from .checker import check, program, refused

X = np.array([0.5, 1.5, -2.0])


class NegativeError(ValueError):
    """An exception of the user's."""


@program(1.5)
def test_raise_in_a_branch(x):
    if x < 0:
        raise ValueError("negative")
    return x**2


@program(1.5)
def test_raise_in_the_else(x):
    if x > 0:
        y = x * 2
    else:
        raise NegativeError(f"bad {x}")
    return y * x


@program(X)
def test_raise_in_a_loop(x):
    s = 0.0
    for v in x:
        if v > 100.0:
            raise OverflowError
        s += v * v
    return s


def test_the_exception_is_the_primals():
    def f(x):
        if x < 0:
            raise NegativeError(f"bad {x}") from KeyError("k")
        return x * x

    with pytest.raises(NegativeError, match=r"bad -1.0") as caught:
        pb.grad(f)(-1.0)
    assert isinstance(caught.value.__cause__, KeyError)
    assert any("raise NegativeError" in note for note in caught.value.__notes__)
    assert pb.grad(f)(2.0) == 4.0


def test_pythons_own_errors_surface():
    def f(x, n):
        y = [x, x * 2.0]
        return y[1] / n + np.zeros(2)[n]

    with pytest.raises(ZeroDivisionError):
        pb.value_and_grad(f)(1.0, 0)
    with pytest.raises(IndexError):
        pb.value_and_grad(f)(1.0, 5)

    def g(x):
        return np.sum(x @ np.ones(2))

    with pytest.raises(ValueError, match="matmul"):
        pb.value_and_grad(g)(X)

    def h(x):
        if x > 5:
            return {"a": x}["b"]
        return x * x

    assert pb.grad(h)(2.0) == 4.0
    with pytest.raises(KeyError, match="b"):
        pb.grad(h)(6.0)


@pytest.mark.parametrize("x", [1.5, -1.5])
def test_try_takes_either_path(x):
    def f(x):
        try:
            y = math.log(x)
        except ValueError:
            y = x * 3
        return y * x

    check(f, x)


@pytest.mark.parametrize("x", [1.5, -1.5])
def test_several_handlers_else_and_finally(x):
    def f(x):
        scale = 2.0
        try:
            y = math.log(1.0 / x)
        except ZeroDivisionError:
            y = x + 1.0
        except (ValueError, OverflowError) as error:
            y = x * len(str(error))
        else:
            y = y * y
        finally:
            scale = scale * 2.0
        return y * scale + x

    check(f, x)
    assert pb.grad(f)(0.0) == 5.0


@pytest.mark.parametrize("x", [2.5, -0.5])
def test_return_inside_try(x):
    def f(x):
        try:
            return math.log(x) * x
        except ValueError:
            return x**3

    check(f, x)


@pytest.mark.parametrize("x", [2.5, 5.5])
def test_try_in_a_loop_with_a_loop_inside(x):
    def f(x):
        s = 1.0
        for i in range(4):
            try:
                t = s
                for _ in range(3):
                    t = t * math.log(x - i)
                y = t * x
            except (ValueError, ZeroDivisionError):
                y = x * i
            s += y
        return s

    check(f, x)
    value, pull = pb.vjp(f, x)
    assert pull(1.0) == pull(1.0)
    assert value == f(x)


@program(2.5)
def test_continue_and_break_out_of_try(x):
    s = 0.0
    for i in range(6):
        try:
            y = math.log(x - i)
        except ValueError:
            s += x * i
            if i > 4:
                break
            continue
        s = s * 2 + y
    return s


@program(2.5)
def test_nested_try(x):
    try:
        try:
            y = math.log(-x)
        except KeyError:
            y = x
    except ValueError:
        y = x * x
    return y * 2


@program(2.5)
def test_raise_caught_in_the_same_function(x):
    try:
        if x > 2:
            raise NegativeError("two")
        y = x
    except NegativeError:
        y = x**3
    return y


@program(2.5)
def test_raise_in_a_helper_is_caught_by_its_caller(x):
    def helper(v):
        if v > 2:
            raise NegativeError
        return v * 2

    try:
        y = helper(x)
    except NegativeError:
        y = x**2
    return y + helper(x - 2)


@program(X)
def test_a_handler_that_raises_leaves_one_path(x):
    try:
        y = np.linalg.norm(x)
        z = y * 2.0
    except np.linalg.LinAlgError as error:
        raise RuntimeError("no norm") from error
    return y * z


def test_what_raises_in_try_is_not_dropped():
    def f(x):
        flag = 1.0
        try:
            math.log(x)
        except ValueError:
            flag = 3.0
        return flag * x

    assert pb.grad(f)(2.0) == 1.0
    assert pb.grad(f)(-2.0) == 3.0


def test_what_depends_on_how_far_the_body_came_is_refused():
    def f(x):
        s = 0.0
        try:
            s = x
            s = s + math.log(x)
            s = s * math.log(-x)
        except ValueError:
            pass
        return s

    with pytest.raises(pb.UnsupportedError, match="how far the body came") as caught:
        pb.grad(f)(2.0)
    assert "return s" in caught.value.__notes__[-1]

    def g(x):
        y = np.zeros(3)
        try:
            y[0] = x[0]
            y[1] = math.log(x[2])
        except ValueError:
            y[2] = x[0]
        return np.sum(y)

    refused(g, X, match="store into `y` inside `try`", line=2)


@program(X)
def test_one_store_at_the_end_of_a_body(x):
    y = x * 2.0
    try:
        v = math.log(x[0])
        y[0] = v
    except ValueError:
        y[1] = 0.0
    return np.sum(y * x)


def test_effects_of_try_happen_once_in_order():
    log = []

    def note(*words):
        log.append(words)

    def f(x):
        s = 0.0
        for i in range(3):
            try:
                print("try", i)
                s += math.log(x - i)
            except ValueError:
                print("except", i)
                s += x
            finally:
                print("finally", i)
        return s

    with contextlib.redirect_stdout(_Lines(log)):
        pb.grad(f)(1.5)
    assert "".join(log).split() == ["try", "0", "finally", "0", "try", "1", "finally", "1", "try", "2", "except", "2",
                                    "finally", "2"]
    log.clear()

    def g(x):
        try:
            y = math.log(x)
        finally:
            print("closed")
        return y

    with contextlib.redirect_stdout(_Lines(log)), pytest.raises(ValueError, match="domain|positive"):
        pb.grad(g)(-1.0)
    assert "".join(log).split() == ["closed"]


class _Lines:
    def __init__(self, log):
        self.log = log

    def write(self, text):
        self.log.append(text)

    def flush(self):
        pass


# --- with -----------------------------------------------------------------------------------------------------------

@program(X)
def test_errstate(x):
    with np.errstate(divide="ignore", over="ignore"):
        y = x**2
        z = np.sum(y)
    return z * y[0]


@program(2.5)
def test_nested_managers_and_names(x):
    with np.errstate(all="ignore"), contextlib.nullcontext(x * 2) as v, warnings.catch_warnings():
        y = x * v
    return y * v


@program(X)
def test_return_inside_with(x):
    with np.errstate(all="ignore"):
        if x[0] > 0:
            return np.sum(x**2)
    return x[0]


@contextlib.contextmanager
def scaled(x, factor=2.0):
    yield x * factor
    # after the body


@contextlib.contextmanager
def guarded():
    print("enter")
    try:
        yield
    finally:
        print("leave")


@program(2.5)
def test_context_manager_of_a_generator(x):
    with scaled(x, factor=x) as v, guarded():
        y = x * v
    return y * v


class Doubler:
    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        print("enter")
        return self.factor * 2.0

    def __exit__(self, kind, error, trace):
        print("leave", kind is None)
        return False


doubler = Doubler(1.5)


@program(2.5)
def test_context_manager_class(x):
    with doubler as v:
        y = x * v
    return y * x


def test_enter_and_exit_once():
    def f(x):
        s = 0.0
        for i in range(2):
            with doubler as v, guarded():
                s += math.sqrt(x - i) * v
        return s

    log = []
    with contextlib.redirect_stdout(_Lines(log)):
        pb.grad(f)(2.5)
    assert "".join(log).split("\n") == ["enter", "enter", "leave", "leave True"] * 2 + [""]
    log.clear()
    with contextlib.redirect_stdout(_Lines(log)), pytest.raises(ValueError, match=r"domain|nonnegative"):
        pb.grad(f)(0.5)
    assert "".join(log).split("\n") == ["enter", "enter", "leave", "leave True", "enter", "enter", "leave",
                                        "leave False", ""]


@pytest.mark.parametrize("x", [2.5, -2.5])
def test_suppress(x):
    def f(x):
        y = x
        with contextlib.suppress(ValueError):
            y = math.log(x)
        return y * x

    check(f, x)


def test_unknown_managers_are_refused():
    class Opaque(contextlib.ExitStack):
        pass

    stack = Opaque()

    def f(x):
        with stack:
            y = x * 2
        return y

    with pytest.raises(pb.UnsupportedError):
        pb.grad(f)(1.0)
