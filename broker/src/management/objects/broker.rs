//! Class broker: what stays the same, and the sums over everything in it.

use philter_management::object::Object;
use philter_management::schema::BROKER;
use philter_management::value::Value;

use crate::clock::unix_ns;
use crate::management::Management;
use crate::management::facts::hyphenated;
use crate::management::names;
use crate::management::objects::record;
use crate::store::NOTHING_OUTLIVES;
use crate::virtual_host::Sums;

/// The broker.
pub(super) fn object(management: &Management) -> Object {
    let facts = &management.facts;
    let sums = management.host.sums();
    record(&BROKER, names::BROKER_KEY, facts.started_ns, |name| {
        Some(match name {
            "name" => Value::from(names::BROKER_KEY),
            "systemRef" => Value::Reference(names::system(&hyphenated(&facts.system_id))),
            "port" => Value::Unsigned(u64::from(facts.port)),
            "workerThreads" => Value::Unsigned(facts.worker_threads as u64),
            "maxConns" => Value::Unsigned(facts.connections_max as u64),
            "connBacklog" => Value::Unsigned(facts.backlog),
            "mgmtPublish" => Value::Bool(facts.is_published),
            "mgmtPubInterval" => Value::Unsigned(u64::from(facts.interval_s)),
            "version" => Value::from(env!("CARGO_PKG_VERSION")),
            "dataDir" => Value::Text(facts.data_dir.as_ref()?.display().to_string()),
            "store" => Value::from(&*facts.store),
            "storeSync" => Value::from(&*management.hosts.ledger()?.durability().sync),
            "storeDurability" => management.hosts.ledger().map_or_else(
                || Value::from(NOTHING_OUTLIVES),
                |ledger| Value::from(&*ledger.durability().sentence),
            ),
            "storeRefusal" => Value::from(&*management.hosts.ledger()?.refusal()?),
            "uptime" => Value::Duration(unix_ns().saturating_sub(facts.started_ns)),
            _ => Value::Unsigned(sum(&sums, name)?),
        })
    })
}

fn sum(sums: &Sums, name: &str) -> Option<u64> {
    let queues = &sums.queues;
    Some(match name {
        "queueCount" => sums.queue_count as u64,
        "msgTotalEnqueues" => queues.enqueued,
        "msgTotalDequeues" => queues.dequeued,
        "byteTotalEnqueues" => queues.enqueued_bytes,
        "byteTotalDequeues" => queues.dequeued_bytes,
        "msgDepth" => queues.depth_messages,
        "byteDepth" => queues.depth_bytes,
        "msgPersistEnqueues" => queues.durable_enqueued,
        "msgPersistDequeues" => queues.durable_dequeued,
        "bytePersistEnqueues" => queues.durable_enqueued_bytes,
        "bytePersistDequeues" => queues.durable_dequeued_bytes,
        "msgTxnEnqueues" => sums.transactional.enqueued,
        "msgTxnDequeues" => sums.transactional.dequeued,
        "byteTxnEnqueues" => sums.transactional.enqueued_bytes,
        "byteTxnDequeues" => sums.transactional.dequeued_bytes,
        "releases" => queues.released,
        "acquires" => queues.acquires,
        "discardsNoRoute" => sums.unroutable,
        "discardsTtl" => queues.expired,
        "discardsRing" => queues.ring_dropped,
        "discardsLvq" => queues.replaced,
        "discardsOverflow" => queues.rejected_full,
        "discardsSubscriber" => queues.rejected + queues.worn_out,
        "discardsPurge" => queues.purged,
        "reroutes" => queues.rerouted,
        "abandoned" => sums.abandoned,
        "abandonedViaAlt" => sums.abandoned_by_alternate,
        _ => return None,
    })
}
