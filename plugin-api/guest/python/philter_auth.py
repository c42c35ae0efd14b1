"""What an auth provider for the Philter message broker that is a WASM component needs in Python,
beside what is in philter_guest: a plugin derives from `Provider` and sees peers, logins and
exceptions.

The broker calls an instance from one thread at a time; there is no need for locks. An instance knows
the logins that began with it, and no others.
"""

import json
import struct

from philter_guest import UNSUPPORTED, Refused, answering, decode_map

# What componentize-py makes is there in a component alone, and of a world what it imports. A component
# has no files to import from later, so it is done here.
try:
    from wit_world.exports import auth as _auth
except ImportError:
    _auth = None
try:
    from wit_world.imports import files as _files
except ImportError:
    _files = None
try:
    from wit_world.imports import http as _http
except ImportError:
    _http = None

ALLOW, ALLOW_LOGGED, DENY, DENY_LOGGED, ABSTAIN = range(5)


class Challenge:
    """Send this and wait for the peer's response."""

    def __init__(self, data=b""):
        self.data = data


class Success:
    """The peer is who it says. `expires_at_ms` counts from 1970; without it the identity ends with
    the connection. `additional` accompanies the success."""

    def __init__(self, identity, groups=(), expires_at_ms=None, additional=b""):
        self.identity, self.groups = identity, tuple(groups)
        self.expires_at_ms, self.additional = expires_at_ms, additional


class Failure:
    """The peer is not who it says. The text is for the log, never for the peer."""

    def __init__(self, text):
        self.text = text


class NotMine:
    """This provider does not know the mechanism or the user; the next one is asked."""


class Peer:
    """Who asks to be let in."""

    __slots__ = ("address", "is_encrypted", "is_loopback", "server_name")

    def __init__(self, address="", is_loopback=False, is_encrypted=False, server_name=""):
        self.address, self.server_name = address, server_name
        self.is_loopback, self.is_encrypted = is_loopback, is_encrypted


class Provider:
    """An auth provider: derive from it, with `description`, `mechanisms`, `start` and `step`."""

    # What the broker is told about the plugin, as README.md says.
    description = {}

    def begin(self, configuration, context):
        """The configuration and the context, as dicts. Raises Refused."""

    def end(self):
        """The last call."""

    def mechanisms(self, peer):
        """The names of the mechanisms on offer to a peer, strongest first. It may not wait."""
        raise NotImplementedError

    def start(self, session, peer, mechanism, initial):
        """Begins a login: a Challenge, Success, Failure or NotMine. `initial` is None where the peer
        sent no message."""
        raise NotImplementedError

    def step(self, session, response):
        """Goes on with a login after a challenge."""
        raise NotImplementedError

    def abandon(self, session):
        """The peer is gone."""

    def authorize(self, access):
        """ALLOW, DENY and the like: `access` is a dict of identity, action, object, name and
        properties, whose numbers philter-auth.wit says."""
        return ABSTAIN

    def limits(self, identity):
        """The quotas of an identity, both or one of connections-max and queues-max, as a dict. It
        may not wait."""
        return {}

    # Optional. A plugin that has one names it in `entries` of the description.

    def inspect(self):
        """Counters, as something for JSON."""
        raise Refused("this plugin has no inspect", kind=UNSUPPORTED)

    def command(self, configuration, arguments, standard_input):
        """A subcommand: output, errors and the exit code."""
        raise Refused("this plugin has no subcommand", kind=UNSUPPORTED)


# ---- what is granted -----------------------------------------------------------------------------


def _granted(function, *arguments):
    from componentize_py_types import Err

    try:
        return function(*arguments)
    except Err as error:
        raise Refused(error.value.text, kind=error.value.kind.value) from None


def read_file(name):
    """The bytes of a granted file. The world has to be one with files."""
    if _files is None:
        raise Refused("this plugin is built for a world without files", kind=UNSUPPORTED)
    return _granted(_files.read, name)


def http_request(endpoint, method, path_and_query, headers=(), body=b""):
    """What a granted endpoint answers, with `status`, `headers` and `body`. The world has to be one
    with http."""
    if _http is None:
        raise Refused("this plugin is built for a world without http", kind=UNSUPPORTED)
    return _granted(_http.request, endpoint, method, path_and_query, list(headers), body)


# ---- encoded maps that go out --------------------------------------------------------------------


def _bytes(constructor, data):
    return bytes([constructor]) + struct.pack(">I", len(data)) + data


def _compound(constructor, values):
    return bytes([constructor]) + struct.pack(
        ">II", 4 + sum(map(len, values)), len(values)
    ) + b"".join(values)


def _text(text):
    return _bytes(0xB1, text.encode())


def _ulong(number):
    return b"\x80" + struct.pack(">Q", number)


def _map(pairs):
    return _compound(0xD1, [part for key, value in pairs for part in (_text(key), value)])


def success_map(success):
    """A success as the contract has it."""
    pairs = [("identity", _text(success.identity))]
    if success.groups:
        pairs.append(("groups", _compound(0xD0, [_text(group) for group in success.groups])))
    if success.expires_at_ms is not None:
        pairs.append(("expires-at-ms", _ulong(success.expires_at_ms)))
    if success.additional:
        pairs.append(("additional", _bytes(0xB0, success.additional)))
    return _map(pairs)


def limits_map(limits):
    """Quotas as the contract has them."""
    return _map([(name, _ulong(limit)) for name, limit in limits.items()])


# ---- the exports ---------------------------------------------------------------------------------


def _peer(encoded):
    peer = decode_map(encoded)
    return Peer(
        peer.get("address", ""),
        peer.get("is-loopback", False),
        peer.get("is-encrypted", False),
        peer.get("server-name", ""),
    )


def _outcome(outcome):
    if isinstance(outcome, Challenge):
        return _auth.Outcome_Challenge(outcome.data)
    if isinstance(outcome, Success):
        return _auth.Outcome_Success(success_map(outcome))
    if isinstance(outcome, Failure):
        return _auth.Outcome_Failure(outcome.text)
    return _auth.Outcome_NotMine()


def exports(provider):
    """The class that a component has to have under the name `Auth`."""

    # There is one object of it for each call, so that what is kept is kept in `provider`.
    class Exports:
        def describe(self):
            return json.dumps(provider.description)

        @answering
        def create(self, configuration, context):
            provider.begin(json.loads(configuration), decode_map(context))

        def destroy(self):
            provider.end()

        def mechanisms(self, peer):
            return list(provider.mechanisms(_peer(peer)))

        @answering
        def start(self, session, peer, mechanism, initial):
            return _outcome(provider.start(session, _peer(peer), mechanism, initial))

        @answering
        def step(self, session, response):
            return _outcome(provider.step(session, response))

        def abandon(self, session):
            provider.abandon(session)

        @answering
        def authorize(self, access):
            return _auth.Authorization(provider.authorize(decode_map(access)))

        def limits(self, identity):
            return limits_map(provider.limits(identity))

        @answering
        def inspect(self):
            return json.dumps(provider.inspect())

        @answering
        def command(self, configuration, arguments, standard_input):
            from wit_world.imports import types

            made = provider.command(json.loads(configuration), arguments, standard_input)
            return types.CommandOutput(*made)

    return Exports
