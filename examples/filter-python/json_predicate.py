"""Predicates over messages with JSON bodies, in a safe part of Python's own syntax:
`body.temperature > 30 and headers.site == 'b'`.

Python's parser makes a tree of the expression. Each kind of node that is allowed has a method here
that makes a function of it; every other kind is refused with its place. Nothing is ever handed to
eval() or exec().
"""

import ast
import operator
import warnings

from philter_guest import BODY, HEADERS, INVALID_ARGUMENT, KEY, LIMIT_EXCEEDED, PROPERTIES, Refused

# Bytes of an expression: words in a row nest as well, and a component has stack for some hundreds.
EXPRESSION_BYTES_MAX = 1000

# How deep an expression may nest: compiling and deciding take stack for each.
DEPTH_MAX = 40


def prepare(text):
    """A function of a message, and what it reads."""
    if len(text.encode()) > EXPRESSION_BYTES_MAX:
        limit = f"an expression has at most {EXPRESSION_BYTES_MAX} bytes"
        raise Refused(limit, kind=LIMIT_EXCEEDED)
    compiler = _Compiler(text)
    compiler.check_nesting()
    decide = compiler.make(compiler.tree())
    return (lambda message: bool(decide(message, {}))), compiler.reads


# ---- values --------------------------------------------------------------------------------------


def _ordered(compare):
    """Values that have no order do not match, in whatever order they are asked."""

    def answer(left, right):
        try:
            return compare(left, right)
        except TypeError:
            return False

    return answer


def _arithmetic(calculate):
    """None where there is no number: * would repeat a text, + would join lists."""

    def answer(left, right):
        if not _is_number(left) or not _is_number(right):
            return None
        try:
            return calculate(left, right)
        except (ZeroDivisionError, OverflowError):
            return None

    return answer


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _member(value, name):
    """`value.name`, `value['name']`, `value[0]`; None where that is not there."""
    if isinstance(value, dict) and isinstance(name, str):
        return value.get(name)
    if isinstance(value, list) and isinstance(name, int) and -len(value) <= name < len(value):
        return value[name]
    return None


def _length(value):
    return len(value) if isinstance(value, (str, list, dict)) else None


def _lower(value):
    return value.lower() if isinstance(value, str) else None


def _starts(value, prefix):
    return isinstance(value, str) and isinstance(prefix, str) and value.startswith(prefix)


# ---- what is allowed -----------------------------------------------------------------------------

_ROOTS = {
    "key": (KEY, lambda message, _: message.key),
    "properties": (PROPERTIES, lambda message, _: message.properties),
    "headers": (HEADERS, lambda message, _: message.headers),
    "body": (BODY, lambda message, _: message.json),
}
_CONSTANTS = {"true": True, "false": False, "null": None}
_COMPARISONS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _ordered(lambda left, right: left in right),
    ast.NotIn: _ordered(lambda left, right: left not in right),
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_CALCULATIONS = {
    ast.Add: _arithmetic(operator.add),
    ast.Sub: _arithmetic(operator.sub),
    ast.Mult: _arithmetic(operator.mul),
    ast.Div: _arithmetic(operator.truediv),
    ast.Mod: _arithmetic(operator.mod),
}
# How many arguments, and what it does.
_FUNCTIONS = {"len": (1, _length), "lower": (1, _lower), "starts": (2, _starts)}
_QUANTIFIERS = {"any": any, "all": all}


class _Compiler:
    """Makes functions of (message, variables) of a tree's nodes."""

    def __init__(self, text):
        self.text = text
        # Python takes several lines only in brackets; an expression needs none.
        self.line = text.replace("\r", " ").replace("\n", " ")
        self.indent = len(self.line) - len(self.line.lstrip())
        self.reads = 0
        self.variables = []
        self.depth = 0

    def refused(self, offset, what, kind=INVALID_ARGUMENT):
        """With the place of a character."""
        before = self.text[:offset]
        column = offset - (before.rfind("\n") + 1) + 1
        return Refused(what, before.count("\n") + 1, column, kind)

    def refuse(self, node, what, kind=INVALID_ARGUMENT):
        """Columns of nodes count bytes."""
        before = self.line[self.indent :].encode()[: node.col_offset]
        raise self.refused(self.indent + len(before.decode()), what, kind)

    def check_nesting(self):
        """Brackets that are open and signs in a row take more stack in Python's parser than a
        component has for hundreds. Those in texts count as well: they may be expressions again."""
        brackets = signs = 0
        for offset, character in enumerate(self.text):
            brackets += (character in "([{") - (character in ")]}")
            signs = signs + 1 if character in "-+~" else signs * character.isspace()
            if brackets + signs > DEPTH_MAX:
                raise self.refused(offset, f"nested more than {DEPTH_MAX} deep", LIMIT_EXCEEDED)

    def tree(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # as of "\d", which means nothing
            try:
                return ast.parse(self.line[self.indent :], mode="eval").body
            except SyntaxError as error:
                if error.offset == 0:  # beyond the last character
                    end = len(self.text.rstrip())
                    raise self.refused(end, "the expression is not complete") from None
                offset = 0 if error.offset is None else self.indent + error.offset - 1
                raise self.refused(offset, error.msg) from None
            except ValueError as error:
                raise self.refused(0, str(error)) from None
            except (RecursionError, MemoryError):
                raise self.refused(0, "nested too deep", LIMIT_EXCEEDED) from None

    def make(self, node):
        making = getattr(self, "make_" + type(node).__name__, None)
        if making is None:
            self.refuse(node, f"{type(node).__name__} is not allowed in an expression")
        if self.depth == DEPTH_MAX:
            self.refuse(node, f"nested more than {DEPTH_MAX} deep", LIMIT_EXCEEDED)
        self.depth += 1
        made = making(node)
        self.depth -= 1
        return made

    def make_Constant(self, node):
        value = node.value
        if not isinstance(value, (str, int, float, type(None))):
            self.refuse(node, f"a value of type {type(value).__name__} is not allowed")
        return lambda message, variables: value

    def make_Name(self, node):
        name = node.id
        if name in self.variables:
            return lambda message, variables: variables[name]
        if name in _CONSTANTS:
            return lambda message, variables: _CONSTANTS[name]
        if name not in _ROOTS:
            self.refuse(node, f"'{name}' is not known: there are {', '.join(_ROOTS)}")
        reads, root = _ROOTS[name]
        self.reads |= reads
        return root

    def make_Attribute(self, node):
        of, name = self.make(node.value), node.attr
        if isinstance(node.value, ast.Name) and node.value.id == "properties":
            name = name.replace("_", "-")
        return lambda message, variables: _member(of(message, variables), name)

    def make_Subscript(self, node):
        of, name = self.make(node.value), self.make(node.slice)
        return lambda message, variables: _member(of(message, variables), name(message, variables))

    def make_List(self, node):
        elements = [self.make(element) for element in node.elts]
        return lambda message, variables: [element(message, variables) for element in elements]

    make_Tuple = make_List

    def make_BoolOp(self, node):
        parts = [self.make(part) for part in node.values]
        join = all if isinstance(node.op, ast.And) else any
        return lambda message, variables: join(part(message, variables) for part in parts)

    def make_UnaryOp(self, node):
        of = self.make(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda message, variables: not of(message, variables)
        if isinstance(node.op, ast.USub):
            negate = _CALCULATIONS[ast.Sub]
            return lambda message, variables: negate(0, of(message, variables))
        return self.refuse(node, "of the signs before a value only - is allowed")

    def make_BinOp(self, node):
        calculate = _CALCULATIONS.get(type(node.op))
        if calculate is None:
            self.refuse(node, "of arithmetic + - * / % are allowed")
        left, right = self.make(node.left), self.make(node.right)
        return lambda message, variables: calculate(
            left(message, variables), right(message, variables)
        )

    def make_Compare(self, node):
        first = self.make(node.left)
        signs = [_COMPARISONS[type(sign)] for sign in node.ops]
        rest = list(zip(signs, map(self.make, node.comparators)))

        def decide(message, variables):
            left = first(message, variables)
            for compare, to in rest:
                right = to(message, variables)
                if not compare(left, right):
                    return False
                left = right
            return True

        return decide

    def make_Call(self, node):
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in _QUANTIFIERS:
            return self.quantified(node, _QUANTIFIERS[name])
        if name not in _FUNCTIONS:
            self.refuse(node, f"of functions there are {', '.join([*_FUNCTIONS, *_QUANTIFIERS])}")
        count, function = _FUNCTIONS[name]
        if len(node.args) != count or node.keywords:
            self.refuse(node, f"{name} takes {count} argument{'s' if count > 1 else ''}")
        arguments = [self.make(argument) for argument in node.args]
        return lambda message, variables: function(
            *(argument(message, variables) for argument in arguments)
        )

    def quantified(self, node, join):
        """`any(TEST for NAME in LIST if TEST)`; where there is no list, neither holds."""
        loop = node.args[0] if len(node.args) == 1 else None
        if not isinstance(loop, ast.GeneratorExp) or len(loop.generators) > 1 or node.keywords:
            self.refuse(node, f"{node.func.id} takes (TEST for NAME in LIST)")
        part = loop.generators[0]
        if not isinstance(part.target, ast.Name) or part.is_async:
            self.refuse(part.target, "one name is allowed here")
        name, values = part.target.id, self.make(part.iter)
        self.variables.append(name)
        test = self.make(loop.elt)
        conditions = [self.make(condition) for condition in part.ifs]
        self.variables.pop()

        def decide(message, variables):
            elements = values(message, variables)
            if not isinstance(elements, list):
                return False
            scopes = ({**variables, name: element} for element in elements)
            return join(
                test(message, scope)
                for scope in scopes
                if all(condition(message, scope) for condition in conditions)
            )

        return decide
