"""The exchange on CPython, without WASM: `python3 -m unittest plugin_test`."""

import unittest
from types import SimpleNamespace

import philter_guest
import plugin


def binding(key, **arguments):
    return SimpleNamespace(key=key, arguments={k.replace("_", "-"): v for k, v in arguments.items()})


class Bindings(unittest.TestCase):
    def test_match_the_beginning_of_the_routing_key(self):
        exchange = plugin.Prefixes()
        exchange.bind(1, binding("Orders."))
        exchange.bind(2, binding("ORDERS.eu", ignore_case=True))
        route = lambda key: exchange.route(SimpleNamespace(key=key))
        self.assertEqual(route("orders.eu.1"), [2])
        self.assertEqual(route("Orders.us.2"), [1])
        self.assertTrue(exchange.unbind(2))
        self.assertFalse(exchange.unbind(2))
        self.assertEqual(route("orders.eu.1"), [])

    def test_refuse_an_argument_of_another_type(self):
        with self.assertRaises(philter_guest.Refused) as caught:
            plugin.Prefixes().bind(1, binding("", ignore_case="yes"))
        self.assertEqual(caught.exception.text, "the argument 'ignore-case' is no boolean")
