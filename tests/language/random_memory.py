"""Random programs of aliases, views, stores, loops and branches over small arrays, as text.

Each name has a form: `v` three numbers, `m` two rows of three, `t` three rows of two, `f` six numbers. A program
starts from an argument of form m, binds, views, stores, branches and loops, and returns a weighted sum of all that it
holds; so every store that is lost or seen too often shows in the value or in the gradient.
"""

from __future__ import annotations

from random import Random

SHAPES = {"v": "3", "m": "2, 3", "t": "3, 2", "f": "6"}
SIZES = {"v": 3, "m": 2, "t": 3, "f": 6}


class Program:
    """One random program; `text` is its source."""

    def __init__(self, seed: int, size: int = 9) -> None:
        self.random = Random(seed)
        self.lines: list[str] = []
        self.count = 0
        self.names: dict[str, str] = {"x": "m", "y": "m"}
        self.lines.append("    y = x * 1.0")
        self.block(size, 1)
        total = " + ".join(f"np.sum({n} * W{form})" for n, form in self.names.items())
        self.text = "def f(x):\n" + "\n".join(self.lines) + f"\n    return {total}\n"

    # --- parts ----------------------------------------------------------------------------------------------------

    def pick(self, form: str = "") -> str:
        fitting = [n for n, f in self.names.items() if not form or f == form]
        return self.random.choice(fitting) if fitting else ""

    def value(self, form: str, deep: int = 1) -> str:
        """An expression of a form."""
        name = self.pick(form)
        choices = [f"np.linspace(0.2, 0.9, {'6' if form != 'v' else '3'}).reshape({SHAPES[form]})"]
        if name:
            choices += [name] * 3
        source = self.pick("m")
        choices += {"v": [f"{source}[{self.random.randrange(2)}]", f"{source}[:, ::-1][1]"], "t": [f"{source}.T"],
                    "f": [f"{source}.ravel()", f"{source}.reshape(-1)"], "m": [f"{source}[::-1]"]}[form]
        chosen = self.random.choice(choices)
        if deep and self.random.random() < 0.6:
            other = self.value(form, 0)
            op = self.random.choice(["np.sin({0} + {1})", "{0} * {1}", "0.5 * {0} - {1}", "np.where({0} > 0.4, {1}, {0})"])
            return "(" + op.format(chosen, other) + ")"
        return chosen

    def number(self) -> str:
        form = self.random.choice([f for f in SIZES if f in self.names.values()])
        name = self.pick(form)
        index = self.random.randrange(SIZES[form])
        one = f"{name}[{index}]" if form in "vf" else f"{name}[{index}, {self.random.randrange(2)}]"
        return self.random.choice([one, f"np.sin({one})", f"({one} * x[1, 2])"])

    def view(self) -> tuple[str, str]:
        """An expression that is a view of an array, or the array, with its form."""
        name = self.pick()
        form = self.names[name]
        made = {
            "v": [(name, "v"), (f"{name}[::-1]", "v"), (f"np.asarray({name})", "v"), (f"{name}[None][0]", "v")],
            "m": [(name, "m"), (f"{name}[0]", "v"), (f"{name}[-1]", "v"), (f"{name}.T", "t"), (f"{name}[::-1]", "m"),
                  (f"{name}.reshape(3, 2)", "t"), (f"{name}.ravel()", "f"), (f"np.swapaxes({name}, 0, 1)", "t"),
                  (f"np.split({name}, 2)[1][0]", "v"), (f"np.flip({name}, 1)", "m")],
            "t": [(f"{name}[:, 0]", "v"), (f"{name}[:, 1]", "v"), (f"{name}.T", "m"), (f"np.transpose({name})", "m"),
                  (f"{name}[::-1]", "t")],
            "f": [(f"{name}[:3]", "v"), (f"{name}[1::2]", "v"), (f"{name}.reshape(2, 3)", "m"), (f"{name}[::-1]", "f")],
        }[form]
        return self.random.choice(made)

    def fresh(self, form: str) -> str:
        self.count += 1
        name = f"a{self.count}"
        self.names[name] = form
        return name

    # --- statements -----------------------------------------------------------------------------------------------

    def block(self, size: int, depth: int) -> None:
        for _ in range(size):
            kind = self.random.random()
            if kind < 0.12 and depth < 3:
                self.compound(depth)
            elif kind < 0.4:
                self.bind(depth)
            else:
                self.store(depth)

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def bind(self, depth: int) -> None:
        if self.random.random() < 0.6:
            text, form = self.view()
        else:
            form = self.random.choice(list(SIZES))
            text = self.value(form)
        if depth > 1 or self.random.random() < 0.3:
            name = self.pick(form)
            if name and name != "x":
                self.put(depth, f"{name} = {text}")
            return
        self.put(depth, f"{self.fresh(form)} = {text}")

    def store(self, depth: int) -> None:
        name = self.pick()
        form = self.names[name]
        choose = self.random.choice
        if form in "vf":
            n = SIZES[form]
            i, j = self.random.randrange(n), self.random.randrange(n)
            lines = [f"{name}[{i}] = {self.number()}", f"{name}[{i}] += {self.number()}", f"{name}[1:] = {name}[:-1]",
                     f"{name}[{i}], {name}[{j}] = {name}[{j}], {name}[{i}]", f"{name}[[0, 0, 1]] = {self.value('v')}",
                     f"{name}[[0, 0, 1]] += {self.value('v')}", f"np.add.at({name}, [0, 0, 2], {self.value('v')})",
                     f"{name}[{name} > 0.4] *= {self.number()}", f"{name}[:-1] *= {name}[1:]"]
        else:
            lines = [f"{name}[{self.random.randrange(2)}] *= {self.number()}", f"{name}[:, 1] = {name}[:, 0]",
                     f"{name}.flat[{self.random.randrange(6)}] = {self.number()}",
                     f"{name}[{name} > 0.4] = {self.number()}", f"{name}[[0, 1]] = {name}[[1, 0]]",
                     f"{name}[1:] += {name}[:-1]", f"np.fill_diagonal({name}, {self.number()})"]
        lines += [f"{name} += {self.value(form)}", f"{name} *= {self.value(form)}", f"{name}[:] = {self.value(form)}",
                  f"np.copyto({name}, {self.value(form)}, where={name} > 0.3)", f"change({name})",
                  f"np.multiply({self.value(form)}, {self.value(form)}, out={name})",
                  f"np.sin({self.value(form)}, out={name}, where={name} > 0.3)", f"{name}.fill({self.number()})"]
        self.put(depth, choose(lines))

    def compound(self, depth: int) -> None:
        if self.random.random() < 0.5:
            self.put(depth, f"for k in range({self.random.choice([1, 2, 3])}):")
        else:
            self.put(depth, f"if {self.number()} > 0.35:")
            if self.random.random() < 0.4:
                self.block(self.random.choice([1, 2]), depth + 1)
                self.put(depth + 1, "pass")
                self.put(depth, "else:")
        self.block(self.random.choice([1, 2, 3]), depth + 1)
        self.put(depth + 1, "pass")
