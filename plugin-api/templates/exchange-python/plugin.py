"""Exchange type `x-my-plugin`: a message goes to the bindings whose key its routing key begins with. A
binding with the argument `ignore-case` takes upper and lower case for the same.

`bind` keeps what matters of a binding, `route` decides about a message. philter_exchange does the
rest: nothing here knows that there are batches or offsets. A real exchange would have an index; this
one looks at every binding.
"""

import philter_exchange
import philter_guest


class Prefixes(philter_exchange.Exchange):
    description = {
        "name": "my-plugin",
        "version": "0.1.0",
        "licence": "MIT OR Apache-2.0",
        "type": "x-my-plugin",
    }

    def __init__(self):
        # Functions of a routing key, by the bindings' numbers.
        self.bindings = {}

    def bind(self, number, binding):
        ignores_case = binding.arguments.get("ignore-case", False)
        if not isinstance(ignores_case, bool):
            raise philter_guest.Refused("the argument 'ignore-case' is no boolean")
        if ignores_case:
            begin = binding.key.lower()
            self.bindings[number] = lambda key: key.lower().startswith(begin)
        else:
            begin = binding.key
            self.bindings[number] = lambda key: key.startswith(begin)
        # Equal keys get equal answers, so the broker may remember them.
        return philter_guest.KEY, True

    def unbind(self, number):
        return self.bindings.pop(number, None) is not None

    def route(self, message):
        key = message.key
        return [number for number, matches in self.bindings.items() if matches(key)]


Exchange = philter_exchange.exports(Prefixes())
