"""The language on CPython, without WASM: `python3 -m unittest plugin_test`."""

import unittest
from types import SimpleNamespace

import philter_guest
import plugin


def matches(expression, **headers):
    predicate, _reads = plugin.Language().prepare(expression)
    return predicate(SimpleNamespace(headers=headers))


class Expressions(unittest.TestCase):
    def test_compares_texts_and_numbers(self):
        self.assertTrue(matches("region = eu", region="eu"))
        self.assertTrue(matches("amount = 7", amount=7))
        self.assertFalse(matches("region = us", region="eu"))
        self.assertFalse(matches("colour = red", region="eu"))
        self.assertFalse(matches("flag = True", flag=True))

    def test_says_where_an_expression_is_wrong(self):
        for expression, column in [("region", 7), (" = eu", 1)]:
            with self.assertRaises(philter_guest.Refused) as caught:
                matches(expression)
            self.assertEqual((caught.exception.line, caught.exception.column), (1, column))
