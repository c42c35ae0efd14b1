"""What an exchange for the Philter message broker that is a WASM component needs in Python, beside
what is in philter_guest: a plugin derives from `Exchange` and sees bindings, messages and exceptions.

The broker calls an instance from one thread at a time; there is no need for locks.
"""

import json
import struct

from philter_guest import NOT_FOUND, UNSUPPORTED, Refused, answering, decode_map, messages

_MATCH = struct.Struct("<IIQ")


class Binding:
    """A binding as a client declared it."""

    __slots__ = ("arguments", "context", "key")

    def __init__(self, key, arguments, context):
        self.key = key
        # Both by their names; of the context destination, destination-kind and declared-by.
        self.arguments, self.context = decode_map(arguments), decode_map(context)


class Exchange:
    """An exchange type: derive from it, with `description`, `bind`, `unbind` and `route`. There is
    one object of it for each declared exchange."""

    # What the broker is told about the plugin, as README.md says.
    description = {}

    def begin(self, configuration, context):
        """The configuration and the context, as dicts. Raises Refused."""

    def end(self):
        """The last call."""

    def bind(self, number, binding):
        """Takes a binding: answers what its answers read, and whether equal routing keys always get
        equal ones. Raises Refused, and then nothing changed."""
        raise NotImplementedError

    def unbind(self, number):
        """Forgets a binding: answers whether there was one of this number."""
        raise NotImplementedError

    def route(self, message):
        """The numbers of the bindings that a message matches; none where this raises."""
        raise NotImplementedError

    # Optional. A plugin that has one names it in `entries` of the description.

    def inspect(self, number):
        """Counters, as something for JSON; of the exchange where `number` is None."""
        raise Refused("this plugin has no inspect", kind=UNSUPPORTED)

    def explain(self, number):
        """How a binding is decided, as something for JSON."""
        raise Refused("this plugin has no explain", kind=UNSUPPORTED)

    def attempt(self, binding, message):
        """Whether such a binding would match a message and why, for JSON: the entry `try`."""
        raise Refused("this plugin has no try", kind=UNSUPPORTED)

    def command(self, configuration, arguments, standard_input):
        """A subcommand: output, errors and the exit code."""
        raise Refused("this plugin has no subcommand", kind=UNSUPPORTED)


CACHEABLE = 256


def _matches(exchange, message):
    """One message that it fails on is no match, and costs no other one."""
    try:
        return list(exchange.route(message))
    except Exception:  # whatever a message can do to it
        return []


def exports(exchange):
    """The class that a component has to have under the name `Exchange`."""

    # There is one object of it for each call, so that what is kept is kept in `exchange`.
    class Exports:
        def describe(self):
            return json.dumps(exchange.description)

        @answering
        def create(self, configuration, context):
            exchange.begin(json.loads(configuration), decode_map(context))

        def destroy(self):
            exchange.end()

        @answering
        def bind(self, number, key, arguments, context):
            reads, is_cacheable = exchange.bind(number, Binding(key, arguments, context))
            return reads | (CACHEABLE if is_cacheable else 0)

        @answering
        def unbind(self, number):
            if not exchange.unbind(number):
                raise Refused(f"binding {number} is not bound", kind=NOT_FOUND)

        @answering
        def route(self, batch):
            return b"".join(
                _MATCH.pack(place, 0, number)
                for place, message in enumerate(messages(batch))
                for number in _matches(exchange, message)
            )

        @answering
        def inspect(self, number):
            return json.dumps(exchange.inspect(number))

        @answering
        def explain(self, number):
            return json.dumps(exchange.explain(number))

        @answering
        def try_binding(self, key, arguments, context, message):
            binding = Binding(key, arguments, context)
            return json.dumps(exchange.attempt(binding, messages(message)[0]))

        @answering
        def command(self, configuration, arguments, standard_input):
            from wit_world.imports import types

            made = exchange.command(json.loads(configuration), arguments, standard_input)
            return types.CommandOutput(*made)

    return Exports
