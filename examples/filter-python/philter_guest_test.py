"""Tests of what reads batches and values, by bytes as the broker writes them."""

import json
import struct
import unittest
import uuid

import philter_guest
from philter_guest import decode, messages, rows_of_bits


def text(value):
    return b"\xa1" + bytes([len(value.encode())]) + value.encode()


def encoded_map(*parts):
    content = b"".join(parts)
    return b"\xd1" + struct.pack(">II", len(content) + 4, len(parts)) + content


def batch(*rows, step=40):
    """Rows of (key, properties, headers, body)."""
    head, data = b"", b""
    start = 16 + step * len(rows)
    for row in rows:
        entry = b""
        for part in row:
            entry += struct.pack("<II", start + len(data), len(part))
            data += part
        entry += struct.pack("<Q", len(row[3]))
        head += entry.ljust(step, b"\0")
    return struct.pack("<IIII", len(rows), step, 15, 16) + head + data


class Values(unittest.TestCase):
    def reads(self, data, expected):
        value, end = decode(bytes.fromhex(data), 0)
        self.assertEqual(value, expected)
        self.assertIs(type(value), type(expected))
        self.assertEqual(end, len(bytes.fromhex(data)))

    def test_every_type_is_read(self):
        for data, expected in (
            ("40", None), ("41", True), ("42", False), ("56 01", True), ("43", 0), ("44", 0),
            ("45", []), ("50 ff", 255), ("51 ff", -1), ("52 07", 7), ("53 07", 7), ("54 fe", -2),
            ("55 fe", -2), ("60 0102", 258), ("61 fffe", -2), ("70 00000001", 1),
            ("71 fffffffe", -2), ("72 3fc00000", 1.5), ("73 000000e4", "ä"),
            ("73 00110000", "\ufffd"),
            ("80 ffffffffffffffff", 2**64 - 1), ("81 ffffffffffffffff", -1),
            ("82 4004000000000000", 2.5), ("83 0000000000000001", 1),
            ("84 0000000000000001", b"\0" * 7 + b"\1"),
            ("98" + "11" * 16, uuid.UUID("11" * 16)), ("a0 01 ff", b"\xff"), ("a1 02 c3a4", "ä"),
            ("a3 01 61", "a"), ("b0 00000001 ff", b"\xff"), ("b1 00000001 61", "a"),
            ("b3 00000001 61", "a"), ("c0 03 02 41 42", [True, False]),
            ("d0 00000006 00000002 41 42", [True, False]), ("c1 05 02 a1 01 61 41", {"a": True}),
            ("e0 04 02 50 01 02", [1, 2]), ("f0 00000007 00000002 50 01 02", [1, 2]),
            ("00 53 70 a1 01 61", "a"), ("e0 07 02 00 53 01 50 01 02", [1, 2]),
        ):  # fmt: skip
            with self.subTest(data):
                self.reads(data, expected)


class Batches(unittest.TestCase):
    def test_a_message_has_what_the_broker_wrote(self):
        properties = encoded_map(b"\x52\x07", text("application/json"), b"\x52\x0b", b"\x50\x04")
        headers = encoded_map(text("site"), text("b"))
        [first, second] = messages(
            batch((b"a.b", properties, headers, b'{"a": 1}'), (b"", b"", b"", b""), step=48)
        )
        self.assertEqual(first.key, "a.b")
        self.assertEqual(first.properties, {"content-type": "application/json", "priority": 4})
        self.assertEqual(first.headers, {"site": "b"})
        self.assertEqual((first.body, first.body_length, first.json), (b'{"a": 1}', 8, {"a": 1}))
        self.assertEqual((second.key, second.properties, second.headers), ("", {}, {}))
        self.assertIsNone(second.json)

    def test_json_that_nests_too_deep_is_none(self):
        def parsed(body):
            return messages(batch((b"", b"", b"", body)))[0].json

        self.assertIsNotNone(parsed(b"[" * 200 + b"]" * 200))
        self.assertIsNone(parsed(b"[" * 201 + b"]" * 201))
        self.assertIsNone(parsed(b"[" * 100000))
        brackets = '[{"' * 100 + "\\"
        self.assertEqual(parsed(json.dumps([brackets] * 3).encode()), [brackets] * 3)
        self.assertEqual(parsed(json.dumps([[]] * 300).encode()), [[]] * 300)

    def test_json_is_text_in_utf_8_alone(self):
        for body in (b"\xff\xfe1\x00", b"\xfe\xff\x001", b"\xef\xbb\xbf1", b"1\x00", b"\xff"):
            with self.subTest(body):
                self.assertIsNone(messages(batch((b"", b"", b"", body)))[0].json)

    def test_bits_are_rows_with_the_lowest_first(self):
        odd, even, never = (lambda n: n % 2), (lambda n: n % 2 == 0), (lambda n: False)
        self.assertEqual(rows_of_bits([1, 2], [odd, even, never]), bytes([0b010001]))
        self.assertEqual(rows_of_bits(range(9), [even]), bytes([0b01010101, 1]))
        self.assertEqual(rows_of_bits(range(8), [odd]), bytes([0b10101010]))
        self.assertEqual(rows_of_bits([1], []), b"")
        self.assertEqual(rows_of_bits([0, 2], [lambda n: 1 / n]), bytes([0b10]))


class Exports(unittest.TestCase):
    def test_what_is_compiled_is_kept_from_object_to_object(self):
        class Language(philter_guest.Language):
            description = {"type": "equal"}

            def prepare(self, expression):
                return (lambda message: message.key == expression), philter_guest.KEY

        Filter = philter_guest.exports(Language())
        self.assertEqual(json.loads(Filter().describe()), {"type": "equal"})
        Filter().create("{}", b"")
        self.assertEqual(Filter().compile(7, "a"), philter_guest.KEY)
        Filter().compile(9, "b")
        rows = batch((b"a", b"", b"", b""), (b"b", b"", b"", b""))
        self.assertEqual(Filter().matches(rows, [7, 9]), bytes([0b1001]))
        Filter().release(7)
        self.assertEqual(Filter().matches(rows, [9]), bytes([0b10]))


if __name__ == "__main__":
    unittest.main()
