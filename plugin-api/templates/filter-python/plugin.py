"""Filter language `my-plugin`: `NAME = VALUE` matches the messages whose header NAME has that value, a
text or a whole number.

`prepare` is the language, and the function that it answers decides about a message. philter_guest
does the rest: nothing here knows that there are batches, handles or offsets.
"""

import philter_guest


class Language(philter_guest.Language):
    description = {
        "name": "my-plugin",
        "version": "0.1.0",
        "licence": "MIT OR Apache-2.0",
        "type": "my-plugin",
    }

    def prepare(self, expression):
        name, equal, value = (part.strip() for part in expression.partition("="))
        if not equal:
            end = len(expression) + 1
            raise philter_guest.Refused("wanted NAME = VALUE, found no =", 1, end)
        if not name:
            raise philter_guest.Refused("wanted the name of a header before the =", 1, 1)

        def matches(message):
            found = message.headers.get(name)
            is_number = isinstance(found, int) and not isinstance(found, bool)
            return (str(found) if is_number else found) == value

        # The broker hands over no more than what is read.
        return matches, philter_guest.HEADERS


Filter = philter_guest.exports(Language())
