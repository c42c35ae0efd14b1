//! The optional entries of the meta data: keys are listed, watched and removed.

use philter_plugin_api::{Error, ErrorKind, Event, MetaEntry, MetaRevision, Offers, Value};

use super::bench::{Bench, Taken};
use super::telling::field;
use crate::rule::{Checked, Rule, Stop, demand, done, fails, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "has the entries that it offers, and no other", check: offers },
    Rule { name: "lists the keys of a prefix, in order", check: lists },
    Rule { name: "tells of changes of the keys that are watched", check: watches },
    Rule { name: "removes a key at its revision", check: removes },
];

const NEW: MetaRevision = MetaRevision(0);

fn offers(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let offers = taken.store.offers();
    let entries = [
        ("meta_list", Offers::META_LIST, taken.store.meta_list("none/", &mut |_| true)),
        ("meta_watch", Offers::META_WATCH, taken.store.meta_watch("none/")),
        ("meta_remove", Offers::META_REMOVE, remove(&taken, "none/", NEW)?.map(drop)),
    ];
    let mut offered = Vec::new();
    for (entry, offer, answer) in entries {
        let is_unsupported = is_unsupported(&answer);
        demand(offers.contains(offer) != is_unsupported, || {
            let says = if is_unsupported { "offers, and is" } else { "does not offer, and is not" };
            format!("{entry} is an entry that it {says} unsupported")
        })?;
        if !is_unsupported {
            done(entry, answer)?;
            offered.push(entry);
        }
    }
    Ok(format!("offered are [{}]", offered.join(", ")))
}

fn is_unsupported<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(error) if error.kind() == ErrorKind::Unsupported)
}

/// A store that offers this, with nothing in it.
fn offering(bench: &Bench, offer: Offers) -> Result<Taken<'_>, Stop> {
    let taken = bench.taken()?;
    if taken.store.offers().contains(offer) { Ok(taken) } else { skips("it does not offer that") }
}

fn remove(
    taken: &Taken<'_>,
    key: &str,
    expected: MetaRevision,
) -> Result<Result<bool, Error>, Stop> {
    taken.bench.subject.answer("meta_remove", |done| taken.store.meta_remove(key, expected, done))
}

fn listed(taken: &Taken<'_>, prefix: &str, at_most: usize) -> Result<Vec<MetaEntry>, Stop> {
    let mut entries = Vec::new();
    let mut visit = |entry| {
        entries.push(entry);
        entries.len() < at_most
    };
    done("meta_list", taken.store.meta_list(prefix, &mut visit))?;
    Ok(entries)
}

fn lists(bench: &Bench) -> Checked {
    let taken = offering(bench, Offers::META_LIST)?;
    let keys: Vec<_> = (0..300).map(|number| format!("queue/{number:03}")).collect();
    let mut expected = Vec::new();
    for key in keys.iter().rev() {
        let value = key.as_bytes().to_vec();
        let revision = taken.must_set(key, NEW, &value)?;
        expected.insert(0, MetaEntry { key: key.clone(), revision, value });
    }
    for other in ["queue", "queue0", "exchange/1", "r"] {
        taken.must_set(other, NEW, b"other")?;
    }
    let found = listed(&taken, "queue/", usize::MAX)?;
    demand(found == expected, || {
        let keys: Vec<_> = found.iter().take(5).map(|entry| &entry.key).collect();
        format!("of 300 keys {} are listed, the first of them {keys:?}", found.len())
    })?;
    let all = listed(&taken, "", usize::MAX)?.len();
    demand(all == 304, || format!("of 304 keys in all {all} are listed"))?;
    let few = listed(&taken, "queue/", 7)?.len();
    demand(few == 7, || format!("told to end after 7 keys it lists {few}"))?;
    demand(listed(&taken, "nothing/", 1)?.is_empty(), || "a key has another's prefix".to_owned())?;
    Ok("300 of 304 keys".to_owned())
}

fn watches(bench: &Bench) -> Checked {
    let taken = offering(bench, Offers::META_WATCH)?;
    taken.must_set("queue/before", NEW, b"1")?;
    done("meta_watch", taken.store.meta_watch("queue/"))?;
    taken.must_set("exchange/1", NEW, b"1")?;
    let first = taken.must_set("queue/1", NEW, b"1")?;
    hears(&taken, "queue/1", first)?;
    let second = taken.must_set("queue/1", first, b"2")?;
    hears(&taken, "queue/1", second)?;
    if taken.store.offers().contains(Offers::META_REMOVE) {
        done("meta_remove", remove(&taken, "queue/1", second)?)?;
        hears(&taken, "queue/1", NEW)?;
    }
    let told = bench.subject.recorder.told(taken.making.instance());
    let is_other = |(_, value): &&(Event, Value)| !is_key(value, "queue/1");
    match told.iter().find(is_other) {
        None => Ok(format!("{} events", told.len())),
        Some(other) => fails(format!("told is also {other:?}")),
    }
}

fn is_key(value: &Value, key: &str) -> bool {
    matches!(field(value, "key"), Some(Value::String(found)) if found == key)
}

/// Waits for the news that a key has this revision.
fn hears(taken: &Taken<'_>, key: &str, revision: MetaRevision) -> Result<(), Stop> {
    let subject = &taken.bench.subject;
    let is_it = |event, value: &Value| {
        let is_revision = field(value, "revision") == Some(&Value::Ulong(revision.0));
        event == Event::MetaChanged && is_key(value, key) && is_revision
    };
    let instance = taken.making.instance();
    demand(subject.recorder.waits_for_event(instance, subject.deadline(), is_it), || {
        let told = subject.recorder.told(instance);
        format!("nobody is told that '{key}' has revision {}; told is {told:?}", revision.0)
    })
}

fn removes(bench: &Bench) -> Checked {
    let taken = offering(bench, Offers::META_REMOVE)?;
    let first = taken.must_set("key", NEW, b"1")?;
    let second = taken.must_set("key", first, b"2")?;
    for (key, expected, is_removed) in [
        ("key", first, false),
        ("key", NEW, false),
        ("none", NEW, false),
        ("none", first, false),
        ("key", second, true),
        ("key", second, false),
    ] {
        let found = done("meta_remove", remove(&taken, key, expected)?)?;
        demand(found == is_removed, || {
            let revision = expected.0;
            format!("removing '{key}' at revision {revision} is answered by {found}")
        })?;
    }
    let gone = done("meta_get", taken.store.meta_get("key"))?;
    demand(gone.is_none(), || "a key that was removed is there".to_owned())?;
    let third = taken.must_set("key", NEW, b"3")?;
    demand(third > second, || {
        format!("made again it has revision {}, and had {} before", third.0, second.0)
    })?;
    Ok("one of six calls removes it".to_owned())
}
