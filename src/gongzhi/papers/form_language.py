"""The small language of a Word form: values, repeated lines, conditions. Nothing in it can call, compute on, or wait.

A form is written outside the platform and uploaded. Jinja's own sandbox lets it call every method of what it is given
(a picture leads to the document, and that to files of this machine) and work for ever; here a form is refused as soon as
it holds more than is listed below. Not here: which values there are (each paper says).
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import SandboxedEnvironment, SecurityError

#: What a form may consist of. No calls, no assignments, no macros, no powers: they are how a form would break out.
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.For,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Test,
    nodes.Filter, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.Concat, nodes.Tuple,
)  # fmt: skip
#: None of these makes a text much longer than what it was given.
_FILTERS = frozenset({
    "abs", "count", "d", "default", "e", "escape", "first", "float", "int", "last", "length", "lower", "round", "trim",
    "upper",
})  # fmt: skip
#: Lines within lines: sections and their sentences.
_DEEPEST = 2


class FormLanguage(SandboxedEnvironment):
    """Reads a form; TemplateSyntaxError (a TemplateError) for anything that is not in the language."""

    intercepted_binops = frozenset({"*"})

    def __init__(self) -> None:
        super().__init__(autoescape=True)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _check(tree, 0)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only the counters of a loop are attributes; everything else that a form names is a key."""
        return isinstance(obj, LoopContext) and super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Said aloud, so that the form is refused, instead of an empty place."""
        raise SecurityError(f"not possible in a form: {attribute}")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Numbers are multiplied; a text is never repeated."""
        if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
            raise SecurityError("only numbers can be multiplied")
        return super().call_binop(context, operator, left, right)


def _check(node: nodes.Node, depth: int) -> None:
    if not isinstance(node, _ALLOWED):
        raise TemplateSyntaxError(
            f"not possible in a form: {type(node).__name__}", getattr(node, "lineno", 1) or 1
        )
    if isinstance(node, nodes.For):
        depth += 1
        if (
            depth > _DEEPEST
            or node.recursive
            or not isinstance(node.iter, (nodes.Name, nodes.Getattr, nodes.Getitem))
        ):
            raise TemplateSyntaxError("not possible in a form: this repetition", node.lineno)
    for part in node.iter_child_nodes():
        _check(part, depth)
