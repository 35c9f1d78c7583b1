"""Formulas and conditions in the reader's words: 综合利用率 < 30%, 综合利用量 ÷ (产生量 + …) × 100."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cellcert.criteria import expression
from cellcert.criteria.schema import Checklist, Indicator
from cellcert.criteria.text import BLANK, Text, figure, measured

SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷",
    ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥", ast.Eq: "=", ast.NotEq: "≠",
}  # fmt: skip
BINDING: Mapping[type[ast.AST], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
FUNCTIONS = {"min": Text("最小值", "min"), "max": Text("最大值", "max"), "abs": Text("绝对值", "abs")}


def formula_in_words(indicator: Indicator) -> Text:
    """How an indicator is computed, by the names of its inputs."""
    names = {one.key: one.label() for one in indicator.inputs}
    return _Words(names).of(expression.tree(indicator.formula).body)


def condition_in_words(condition: str, checklist: Checklist) -> Text:
    """A condition over facts and indicators, by their names and options."""
    names: dict[str, Text] = {fact.key: fact.ask for fact in checklist.facts}
    units = {fact.key: fact.unit for fact in checklist.facts}
    names |= {one.key: one.name for one in checklist.indicators}
    units |= {one.key: one.unit for one in checklist.indicators}
    options = {fact.key: dict(fact.options) for fact in checklist.facts if fact.options}
    truths = frozenset(fact.key for fact in checklist.facts if fact.type == "yes_no")
    return _Words(names, units, options, truths).of(expression.tree(condition).body)


@dataclass(frozen=True, slots=True)
class _Words:
    names: Mapping[str, Text]
    units: Mapping[str, Text] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    truths: frozenset[str] = frozenset()

    def of(self, node: ast.expr) -> Text:
        match node:
            case ast.Name(id=name) if name in self.truths:
                return self._is(name, Text("是", "yes"))
            case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)) if name in self.truths:
                return self._is(name, Text("否", "no"))
            case ast.Name(id=name):
                return self.names.get(name, Text(name))
            case ast.Constant(value=str(word)):
                return Text(word)
            case ast.Constant():
                return Text(figure(Decimal(node.kind or "0")))
            case ast.BoolOp(op=sign, values=parts):
                word = Text("，并且", " and ") if isinstance(sign, ast.And) else Text("，或者", " or ")
                inner = [self._grouped(part, isinstance(part, ast.BoolOp)) for part in parts]
                return Text(word.zh.join(t.zh for t in inner), word.en.join(t.text("en") for t in inner))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inside = self.of(operand)
                return Text(f"不属于（{inside}）", f"not ({inside.text('en')})")
            case ast.UnaryOp(op=sign, operand=operand):
                inside = self._grouped(operand, isinstance(operand, ast.BinOp))
                minus = "−" if isinstance(sign, ast.USub) else ""
                return Text(f"{minus}{inside}", f"{minus}{inside.text('en')}")
            case ast.BinOp(left=left, op=op, right=right):
                mine = BINDING[type(op)]
                # a − (b + c) and a ÷ (b × c) keep their brackets; a + b + c needs none.
                a = self._grouped(left, isinstance(left, ast.BinOp) and BINDING[type(left.op)] < mine)
                tight = isinstance(op, ast.Sub | ast.Div)
                b = self._grouped(right, isinstance(right, ast.BinOp) and BINDING[type(right.op)] < mine + tight)
                return Text(f"{a} {SIGNS[type(op)]} {b}", f"{a.text('en')} {SIGNS[type(op)]} {b.text('en')}")
            case ast.Compare():
                return self._comparison(node)
            case ast.Call(func=ast.Name(id=name), args=args):
                inner = [self.of(arg) for arg in args]
                return Text(
                    f"{FUNCTIONS[name]}（{'，'.join(t.zh for t in inner)}）",
                    f"{FUNCTIONS[name].en}({', '.join(t.text('en') for t in inner)})",
                )
        return Text(ast.unparse(node))

    def _is(self, name: str, said: Text) -> Text:
        ask = self.names[name]
        return Text(f"“{ask}”为{said}", f"“{ask.text('en')}” is {said.en}")

    def _grouped(self, node: ast.expr, in_brackets: bool) -> Text:
        inside = self.of(node)
        return Text(f"（{inside}）", f"({inside.text('en')})") if in_brackets else inside

    def _comparison(self, node: ast.Compare) -> Text:
        sides = [node.left, *node.comparators]
        named = next((side.id for side in sides if isinstance(side, ast.Name)), "")
        shown = [self._side(side, named) for side in sides]
        zh, en = shown[0].zh, shown[0].text("en")
        for sign, side in zip(node.ops, shown[1:], strict=True):
            zh, en = f"{zh} {SIGNS[type(sign)]} {side}", f"{en} {SIGNS[type(sign)]} {side.text('en')}"
        return Text(zh, en)

    def _side(self, node: ast.expr, named: str) -> Text:
        """One side of a comparison: an option by its label, a number with the unit of what it is compared with."""
        match node:
            case ast.Constant(value=str(word)):
                return self.options.get(named, {}).get(word, Text(word))
            case ast.Constant():
                return measured(Decimal(node.kind or "0"), self.units.get(named, BLANK))
        return self.of(node)
