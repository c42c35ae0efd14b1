"""Tests of the predicates: a message is whatever has key, properties, headers and json."""

import types
import unittest

import philter_guest
from json_predicate import EXPRESSION_BYTES_MAX, prepare

READING = {
    "temperature": 31,
    "unit": "C",
    "tags": ["red", "outside"],
    "items": [{"kind": "x", "price": 200}, {"kind": "y", "price": 5}],
    "nothing": None,
    "broken": False,
}


def message(body=READING, headers=None):
    return types.SimpleNamespace(
        key="sensors.b.7",
        properties={"content-type": "application/json", "priority": 4},
        headers={"site": "b", "hops": 2} if headers is None else headers,
        json=body,
    )


class Predicates(unittest.TestCase):
    def matches(self, expression, expected=True, **parts):
        predicate, _ = prepare(expression)
        self.assertIs(predicate(message(**parts)), expected, expression)

    def refuses(self, expression, line, column, text):
        with self.assertRaises(philter_guest.Refused) as caught:
            prepare(expression)
        refused = caught.exception
        self.assertEqual((refused.line, refused.column), (line, column), refused.text)
        self.assertIn(text, refused.text)

    def test_every_part_of_a_message_can_be_asked_about(self):
        self.matches("body.temperature > 30 and headers.site == 'b'")
        self.matches("starts(key, 'sensors.') and properties['content-type'] == 'application/json'")
        self.matches("properties.content_type != 'text/plain' and properties.priority >= 4")
        self.matches("body['tags'][1] == 'outside' and body.items[-1].price == 5")

    def test_comparisons_are_pythons(self):
        self.matches("10 < body.temperature <= 31")
        self.matches("'red' in body.tags and 'blue' not in body.tags and 'tag' not in body.unit")
        self.matches("headers.site in ('a', 'b')")
        self.matches("not body.broken and body.nothing is None and body.nothing == null")
        self.matches("(body.temperature - 1) * 2 == 60 and -body.temperature % 2 == 1")
        self.matches("len(body.tags) == 2 and lower(body.unit) == 'c'")

    def test_what_is_not_there_is_none_and_has_no_order(self):
        self.matches("body.a.b.c == None and body.tags[7] == None and body.unit.x == None")
        self.matches("body.missing > 0", False)
        self.matches("not body.missing > 0")
        self.matches("body.missing > 0 or headers.hops == 2")
        self.matches("'x' in body.missing", False)

    def test_a_body_that_is_no_json_matches_nothing_about_it(self):
        self.matches("body.temperature > 30", False, body=None)
        self.matches("headers.site == 'b'", body=None)

    def test_arithmetic_takes_numbers_alone(self):
        self.matches("body.unit * 1000000000 == None and body.tags + body.tags == None")
        self.matches("body.temperature / 0 == None and 1e308 * 10 > 1 and true + 1 == None")

    def test_lists_can_be_searched(self):
        self.matches("any(item.price > 100 for item in body.items if item.kind == 'x')")
        self.matches("all(item.price > 100 for item in body.items)", False)
        self.matches("any(any(tag == 'red' for tag in body.tags) for item in body.items)")
        self.matches("any(true for item in body.missing)", False)
        self.matches("all(true for item in body.missing)", False)

    def test_an_expression_says_what_it_reads(self):
        for expression, reads in (
            ("key == 'a'", philter_guest.KEY),
            ("headers.a == 1", philter_guest.HEADERS),
            ("properties.type or body", philter_guest.PROPERTIES | philter_guest.BODY),
            ("1 == 1", 0),
        ):
            self.assertEqual(prepare(expression)[1], reads, expression)

    def test_what_is_not_allowed_is_refused_with_its_place(self):
        self.refuses("__import__('os')", 1, 1, "of functions there are len,")
        self.refuses("key.upper()", 1, 1, "of functions there are")
        self.refuses("key == [x for x in body]", 1, 8, "ListComp is not allowed")
        self.refuses("key == f'{key}'", 1, 8, "JoinedStr is not allowed")
        self.refuses("body ** 2", 1, 1, "of arithmetic")
        self.refuses("body == b'x'", 1, 9, "a value of type bytes")
        self.refuses("headers.site == 'ä' and size", 1, 25, "'size' is not known")
        self.refuses("any(body)", 1, 1, "any takes (TEST for NAME in LIST)")
        self.refuses("any(x for x in body) and x", 1, 26, "'x' is not known")
        self.refuses("any(1 for a, b in body)", 1, 11, "one name is allowed")
        self.refuses("len(body, 1)", 1, 1, "len takes 1 argument")

    def test_what_is_no_python_is_refused_with_its_place(self):
        self.refuses("", 1, 1, "not complete")
        self.refuses("body.temperature >", 1, 19, "not complete")
        self.refuses("  body.a ==\n  'b", 2, 3, "unterminated string")
        self.refuses("headers.site\n== size", 2, 4, "'size' is not known")
        self.refuses("key == 'a' key", 1, 12, "invalid syntax")
        self.refuses("'\\d' == key", 1, 1, "invalid escape sequence")

    def test_size_and_nesting_are_limited(self):
        longest = "key == '" + "a" * (EXPRESSION_BYTES_MAX - 9) + "'"
        self.matches(longest, False)
        self.refuses(longest + " ", None, None, f"at most {EXPRESSION_BYTES_MAX} bytes")
        self.matches("(" * 40 + "key" + ")" * 40)
        self.refuses("(" * 41 + "key" + ")" * 41, 1, 41, "nested more than 40 deep")
        self.refuses("-" * 900 + "1", 1, 41, "nested more than 40 deep")
        self.refuses("not " * 200 + "key", 1, 161, "nested more than 40 deep")
        self.refuses("key" + ".a" * 400, 1, 1, "nested more than 40 deep")


if __name__ == "__main__":
    unittest.main()
