"""Store `my-plugin`: keeps everything in the map that it is given, with a checksum, so that what
was damaged is noticed.

Records, queues, epochs and keys are philter_map_store's, over any map of bytes. Begin with
`Checked`, which is what this store has of its own: a map over another one, the broker's, which is
on its disk.
"""

import binascii

import philter_guest
import philter_map_store
import philter_store


class Checked:
    """A map over another one, which keeps a checksum in front of every value."""

    def __init__(self, inner):
        self.inner = inner

    def get(self, keys):
        return [checked(key, value) for key, value in zip(keys, self.inner.get(keys))]

    def scan(self, start, until, pairs_max, bytes_max):
        pairs, has_more = self.inner.scan(start, until, pairs_max, bytes_max)
        return [(key, checked(key, value)) for key, value in pairs], has_more

    def write(self, changes):
        self.inner.write(
            {
                key: None if value is None else checksum(value) + value
                for key, value in changes.items()
            }
        )


def checked(key, value):
    """What stands behind its checksum; None where there is no value."""
    if value is None:
        return None
    if value[:4] != checksum(value[4:]):
        text = f"the value of key {key!r} is damaged: its checksum is another"
        raise philter_guest.Refused(text, kind=philter_guest.INTERNAL)
    return value[4:]


def checksum(value):
    """CRC-32, as four bytes."""
    return binascii.crc32(value).to_bytes(4, "little")


class CheckedStore(philter_map_store.MapStore):
    description = {
        "name": "my-plugin",
        "version": "0.1.0",
        "licence": "MIT OR Apache-2.0",
        "type": "my-plugin",
        "entries": ["inspect"],
    }

    def begin(self, configuration, context):
        self.map = Checked(philter_store.Granted())


Store = philter_store.exports(CheckedStore())
