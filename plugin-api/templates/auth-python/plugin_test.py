"""The provider on CPython, without WASM: `python3 -m unittest plugin_test`."""

import unittest

import philter_auth
import philter_guest
import plugin

PEER = philter_auth.Peer("127.0.0.1:4711", is_loopback=True)


def provider():
    users = plugin.Users()
    users.begin({"users": {"jo": "secret"}}, {})
    return users


def is_jo(outcome):
    return isinstance(outcome, philter_auth.Success) and outcome.identity == "jo"


class Logins(unittest.TestCase):
    def test_need_the_password(self):
        users = provider()
        self.assertTrue(is_jo(users.start(1, PEER, "PLAIN", b"\0jo\0secret")))
        for wrong in [b"\0jo\0Secret", b"\0jo\0", b"jo\0secret", b"", b"\xff"]:
            outcome = users.start(1, PEER, "PLAIN", wrong)
            self.assertIsInstance(outcome, philter_auth.Failure)
        self.assertIsInstance(users.start(1, PEER, "PLAIN", b"\0al\0x"), philter_auth.NotMine)

    def test_are_asked_for_their_message_once(self):
        users = provider()
        self.assertIsInstance(users.start(1, PEER, "PLAIN", None), philter_auth.Challenge)
        self.assertTrue(is_jo(users.step(1, b"\0jo\0secret")))
        self.assertFalse(is_jo(users.step(1, b"\0jo\0secret")))
        users.start(2, PEER, "PLAIN", None)
        users.abandon(2)
        self.assertFalse(is_jo(users.step(2, b"\0jo\0secret")))

    def test_are_refused_where_others_read_along(self):
        remote = philter_auth.Peer("192.0.2.1:4711")
        self.assertEqual(provider().mechanisms(remote), [])
        outcome = provider().start(1, remote, "PLAIN", b"\0jo\0secret")
        self.assertIsInstance(outcome, philter_auth.Failure)

    def test_a_configuration_that_is_none_is_refused(self):
        for wrong in [{"user": {}}, {"users": 1}, {"users": {"jo": 1}}, []]:
            with self.assertRaises(philter_guest.Refused):
                plugin.Users().begin(wrong, {})


class Maps(unittest.TestCase):
    def test_are_read_as_they_were_written(self):
        success = philter_auth.Success("jo", ["a", "b"], 7, b"x")
        read = philter_guest.decode_map(philter_auth.success_map(success))
        wanted = {"identity": "jo", "groups": ["a", "b"], "expires-at-ms": 7, "additional": b"x"}
        self.assertEqual(read, wanted)
        limits = philter_auth.limits_map({"queues-max": 3})
        self.assertEqual(philter_guest.decode_map(limits), {"queues-max": 3})
