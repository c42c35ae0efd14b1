"""The store on CPython, without WASM: `python3 -m unittest plugin_test`."""

import random
import unittest

import philter_guest
import philter_map_store
import philter_store
import plugin
from philter_store import FENCED, FULL, MORE, Delete, Key, Mark, Put

SHARD, ALL = 3, (0, 2**64 - 1)


def made(bytes_max=philter_map_store.UNLIMITED):
    """A store over a map in memory, and the map."""
    store, under = plugin.CheckedStore(), philter_store.MemoryMap()
    store.map, store.bytes_max = plugin.Checked(under), bytes_max
    return store, under


def pages(page, start, bytes_max):
    """All that pages have, which begin with a number."""
    while True:
        found, has_more = page(start, bytes_max)
        yield from found
        if not has_more:
            return
        start = found[-1][0] + 1


def replayed(store, with_bodies=True, bytes_max=2000):
    page = lambda start, size: store.replay(SHARD, start, ALL[1], with_bodies, size)
    return list(pages(page, 0, bytes_max))


class Records(unittest.TestCase):
    def test_that_are_not_settled_come_back_in_order(self):
        store, _ = made()
        epoch, fence = store.acquire(SHARD, "node")
        put = Put(10, b"h", b"b", [(7, 1), (7, 2)])
        batch = [put, Delete((7, 1)), Mark((7, 2), 3), Key("k", b"v")]
        self.assertEqual((fence, store.append(SHARD, epoch, batch)), (0, 4))
        left = put._replace(entries=[(7, 2)])
        self.assertEqual(replayed(store), [(0, left), (2, batch[2]), (3, batch[3])])
        self.assertEqual(store.append(SHARD, epoch, [Delete((7, 2)), Key("k", b"")]), 6)
        self.assertEqual((replayed(store), store.read(SHARD, (7, 2))), ([], None))

    def test_stay_with_their_message(self):
        store, _ = made()
        epoch, _ = store.acquire(SHARD, "node")
        store.append(SHARD, epoch, [Put(1, b"h", b"b", [(1, 1)])])
        with self.assertRaisesRegex(philter_guest.Refused, "is message 1 and cannot be message 2"):
            store.append(SHARD, epoch, [Put(2, b"h", b"b", [(1, 2), (1, 1)])])
        self.assertIsNone(store.read(SHARD, (1, 2)))

    def test_of_an_earlier_epoch_are_fenced(self):
        store, _ = made()
        (first, _), (second, _) = store.acquire(SHARD, "one"), store.acquire(SHARD, "other")
        self.assertEqual(store.append(SHARD, first, []), FENCED)
        self.assertEqual(store.purge(SHARD, first, 1), FENCED)
        self.assertEqual(store.append(SHARD + 1, 1, []), FENCED)
        self.assertEqual(store.append(SHARD, second, []), 0)

    def test_need_room_until_others_are_settled(self):
        store, _ = made(bytes_max=3000)
        epoch, _ = store.acquire(SHARD, "node")
        put = lambda number: Put(number, b"", b"1" * 1000, [(1, number)])
        self.assertEqual(store.append(SHARD, epoch, [put(1), put(2)]), 2)
        self.assertEqual(store.append(SHARD, epoch, [put(3)]), FULL)
        with self.assertRaises(philter_guest.Refused) as caught:
            store.append(SHARD, epoch, [put(3), put(4), put(5)])
        self.assertEqual(caught.exception.kind, philter_guest.LIMIT_EXCEEDED)
        self.assertEqual(store.append(SHARD, epoch, [Delete((1, 1))]), 3)
        self.assertEqual(store.append(SHARD, epoch, [put(3)]), 4)

    def test_are_those_of_a_model(self):
        seed = random.randrange(2**32)
        with self.subTest(seed=seed):
            for run in range(30):
                self.compare(random.Random(seed + run))

    def compare(self, chance):
        """A store against dicts: entries with message, body and delivery count, and keys."""
        (store, under), entries, keys = made(), {}, {}
        epoch, end = store.acquire(SHARD, "node")[0], 0
        for _ in range(30):
            batch = [operation(chance) for _ in range(chance.randrange(6))]
            before, end = end, store.append(SHARD, epoch, batch)
            self.assertEqual(end, before + len(batch))
            apply(batch, entries, keys)
            bodies = chance.random() < 0.5
            kept = replayed(store, bodies, bytes_max=chance.choice([0, 500, 9000]))
            positions = [position for position, _ in kept]
            self.assertEqual(positions, sorted(set(positions)))
            again, keys_again = {}, {}
            apply([record for _, record in kept], again, keys_again)
            wanted = {
                entry: (message, body if bodies else None, count)
                for entry, (message, body, count) in entries.items()
            }
            self.assertEqual((again, keys_again), (wanted, keys))
        for queue in range(3):
            wanted = [
                (number, b"header", entries[queue, number][1])
                for number in range(3, 9)
                if (queue, number) in entries
            ]
            page = lambda start, size: store.entries(SHARD, queue, start, 9, size)
            self.assertEqual(list(pages(page, 3, 1000)), wanted)
            for number in range(12):
                body = entries.get((queue, number), (None, None))[1]
                self.assertEqual(store.read(SHARD, (queue, number)), body)
            while store.purge(SHARD, epoch, queue) == MORE:
                pass
        store.append(SHARD, epoch, [Key("a", b""), Key("b", b"")])
        self.assertEqual(store.statistics(SHARD)["bytes"], 0)
        self.assertEqual(store.inspect()["bytes"], 0)
        self.assertEqual(len(under.values), 2, "the shard's head and the totals")


def operation(chance):
    entry, number = (chance.randrange(3), chance.randrange(12)), chance.randrange(12)
    # The same message has the same entries and the same body, so that a retry is one.
    body = b"b" * [0, 20, 1024, 1025, 5000][number % 5]
    put = Put(number, b"header", body, [(queue, number) for queue in chance.sample(range(3), 2)])
    key = Key(chance.choice("ab"), chance.choice([b"", b"1", b"22"]))
    return chance.choices([put, Delete(entry), key, Mark(entry, number)], [4, 3, 1, 1])[0]


def apply(records, entries, keys):
    for record in records:
        match record:
            case Put(message, _, body, there):
                for entry in there:
                    entries.setdefault(entry, (message, body, 0))
            case Delete(entry):
                entries.pop(entry, None)
            case Key(key, value):
                keys[key] = value
                if not value:
                    del keys[key]
            case Mark(entry, count) if entry in entries:
                entries[entry] = (*entries[entry][:2], count)


class Keys(unittest.TestCase):
    def test_are_set_and_removed_at_their_revisions(self):
        store, _ = made()
        self.assertEqual(store.meta_compare_and_set("k", 0, b"v"), 1)
        self.assertIsNone(store.meta_compare_and_set("k", 0, b"w"))
        self.assertEqual(store.meta_compare_and_set("k", 1, b""), 2)
        self.assertEqual(store.meta_get("k"), (2, b""))
        self.assertEqual([store.meta_remove("k", n) for n in (1, 2, 2)], [False, True, False])
        self.assertIsNone(store.meta_get("k"))
        self.assertEqual(store.meta_compare_and_set("k", 0, b"v"), 3)

    def test_are_listed_by_prefix_in_pages(self):
        store, _ = made()
        for key in ["q/1", "q/2", "q/ü", "a", "q", "r"]:
            store.meta_compare_and_set(key, 0, b"v")
        self.assertEqual(store.meta_list("q/", "q/2", 0), ([(2, b"q/2", b"v")], True))
        keys = [str(key, "utf-8") for _, key, _ in store.meta_list("q/", "", 999)[0]]
        self.assertEqual(keys, ["q/1", "q/2", "q/ü"])
        self.assertEqual(len(store.meta_list("", "", 9999)[0]), 6)


class Layout(unittest.TestCase):
    def test_is_the_one_of_every_language(self):
        store, under = made()
        store.map = under
        epoch, _ = store.acquire(1, "n")
        store.append(1, epoch, [Put(9, b"h", b"b", [(2, 5)]), Mark((2, 5), 4), Key("k", b"v")])
        number = lambda *numbers: b"".join(n.to_bytes(8, "little") for n in numbers)
        shard, entry = b"\0\0\0\1", bytes(7) + b"\2" + bytes(7) + b"\5"
        cost, key_cost = 96 + 2, 96 + 2
        bytes_kept = cost + key_cost + 192
        put = b"\1\0\0\0\1\0\0\0\1\0\0\0" + number(9, 2, 5) + b"hb"
        wanted = {
            b"h" + shard: number(1, 3, 1, 1, bytes_kept) + b"n",
            b"r" + shard + bytes(8): put,
            b"r" + shard + bytes(7) + b"\1": b"\4\0\0\0\4\0\0\0" + number(2, 5),
            b"r" + shard + bytes(7) + b"\2": b"\3\0\0\0\1\0\0\0kv",
            b"e" + shard + entry: number(9, 0, 1, cost) + b"\1\0\0\0",
            b"k" + shard + b"k": number(2, key_cost),
            b"t": number(bytes_kept, 0, 0),
        }
        self.assertEqual(under.values, wanted)
        store.append(1, epoch, [Delete((2, 5)), Put(8, b"", bytes(1025), [(3, 1), (2, 6)])])
        at = shard + bytes(7) + b"\4"
        self.assertEqual(under.values[b"b" + at], bytes(1025))
        self.assertEqual(under.values[b"l" + at], number(2, 96 + 1025))
        put = b"\2\0\0\0\2\0\0\0\0\0\0\0" + number(8, 2, 6, 3, 1)
        self.assertEqual(under.values[b"r" + at], put)
        store.meta_compare_and_set("q", 0, b"v")
        self.assertEqual(under.values[b"sq"], number(1) + b"\1\0\0\0qv")

    def test_records_cross_as_they_are(self):
        records = [
            Put(1, b"header", b"body", [(1, 2), (3, 4)]),
            Delete((1, 2)),
            Key("ü", b"value"),
            Mark((3, 4), 5),
        ]
        page = philter_store.write_records(list(enumerate(records)), True)
        self.assertEqual(page[:8], b"\4\0\0\0\1\0\0\0")
        self.assertEqual(philter_store.read_operations(page), records)


class Damage(unittest.TestCase):
    def test_is_noticed_by_the_checksum(self):
        value = plugin.checksum(b"value") + b"value"
        self.assertEqual(plugin.checked(b"k", value), b"value")
        for wrong in [value + b"!", value[:-1], value[:3], b"", b"\0" + value[1:]]:
            with self.assertRaisesRegex(philter_guest.Refused, "key b'k' is damaged"):
                plugin.checked(b"k", wrong)

    def test_of_what_is_behind_it_is_named(self):
        store, under = made()
        epoch, _ = store.acquire(SHARD, "node")
        store.append(SHARD, epoch, [Put(1, b"h", b"b", [(1, 1)])])
        for key, value in list(under.values.items()):
            if key[:1] not in b"re":
                continue
            wrongs = [None, *(bytes(size) for size in range(36))]
            for wrong in wrongs if key[:1] == b"r" else wrongs[1:]:
                store.map.write({key: wrong})
                with self.assertRaisesRegex(philter_guest.Refused, "map is damaged") as caught:
                    store.read(SHARD, (1, 1))
                self.assertEqual(caught.exception.kind, philter_guest.INTERNAL)
            under.write({key: value})
