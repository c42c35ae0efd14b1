"""The component: the filter language `json-py`. Its predicates are in json_predicate.py."""

import json_predicate
import philter_guest


class JsonLanguage(philter_guest.Language):
    description = {
        "name": "filter-python",
        "version": "0.1.0",
        "licence": "MIT OR Apache-2.0",
        "type": "json-py",
        "entries": ["try"],
    }

    def prepare(self, expression):
        return json_predicate.prepare(expression)

    def attempt(self, expression, message):
        predicate, reads = self.prepare(expression)
        return {"matches": predicate(message), "reads": reads}


Filter = philter_guest.exports(JsonLanguage())
