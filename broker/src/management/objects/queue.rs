//! Class queue.

use philter_management::object::Object;
use philter_management::schema::QUEUE;
use philter_management::value::Value;
use philter_model::queue::Statistics;
use philter_plugin_api::Value as Argument;

use crate::management::names;
use crate::management::objects::record;
use crate::management::values::shown;
use crate::virtual_host::{DEFAULT_HOST, Queue};

/// Among the arguments of a queue that was to be replicated: it is not.
const NOT_REPLICATED: &str = "philter.replicated";

/// A queue. Its lock is held while its counters are copied.
pub(super) fn object(queue: &Queue) -> Object {
    let (counted, transactional) = (queue.statistics(), queue.transactional());
    let bindings = queue.binding_count() as u64;
    record(&QUEUE, queue.name(), queue.created_ns, |name| {
        property(queue, name).or_else(|| match name {
            "bindingCount" | "bindingCountHigh" | "bindingCountLow" => {
                Some(Value::Unsigned(bindings))
            }
            "msgTxnEnqueues" => Some(Value::Unsigned(transactional.enqueued)),
            "msgTxnDequeues" => Some(Value::Unsigned(transactional.dequeued)),
            "byteTxnEnqueues" => Some(Value::Unsigned(transactional.enqueued_bytes)),
            "byteTxnDequeues" => Some(Value::Unsigned(transactional.dequeued_bytes)),
            _ => statistic(&counted, name),
        })
    })
}

fn property(queue: &Queue, name: &str) -> Option<Value> {
    let settings = queue.settings();
    Some(match name {
        "vhostRef" => Value::Reference(names::vhost(DEFAULT_HOST)),
        "name" => Value::from(&*settings.name),
        "durable" => Value::Bool(settings.is_durable),
        "autoDelete" => Value::Bool(settings.is_auto_delete),
        "exclusive" => Value::Bool(queue.owner().is_some()),
        "arguments" if settings.wants_replicas => {
            let note = (NOT_REPLICATED.to_owned(), Argument::Bool(false));
            shown(&[settings.arguments.as_slice(), &[note]].concat())
        }
        "arguments" => shown(&settings.arguments),
        "altExchange" => Value::Reference(names::exchange(settings.alternate_exchange.as_deref()?)),
        "creator" => Value::from(&*queue.creator),
        "redirectPeer" => Value::from(&**queue.redirect_peer()?.0.name()),
        "redirectSource" => Value::Bool(queue.redirect_peer()?.1),
        _ => return None,
    })
}

fn statistic(counted: &Statistics, name: &str) -> Option<Value> {
    if name == "flowStopped" {
        return Some(Value::Bool(counted.is_flow_stopped));
    }
    Some(Value::Unsigned(match name {
        "msgTotalEnqueues" => counted.enqueued,
        "msgTotalDequeues" => counted.dequeued,
        "msgPersistEnqueues" => counted.durable_enqueued,
        "msgPersistDequeues" => counted.durable_dequeued,
        "msgDepth" => counted.depth_messages,
        "byteDepth" => counted.depth_bytes,
        "byteTotalEnqueues" => counted.enqueued_bytes,
        "byteTotalDequeues" => counted.dequeued_bytes,
        "bytePersistEnqueues" => counted.durable_enqueued_bytes,
        "bytePersistDequeues" => counted.durable_dequeued_bytes,
        "releases" => counted.released,
        "acquires" => counted.acquires,
        "discardsTtl" => counted.expired,
        "discardsRing" => counted.ring_dropped,
        "discardsLvq" => counted.replaced,
        "discardsOverflow" => counted.rejected_full,
        "discardsSubscriber" => counted.rejected + counted.worn_out,
        "discardsPurge" => counted.purged,
        "reroutes" => counted.rerouted,
        "consumerCount" => counted.consumers,
        "consumerCountHigh" => counted.consumers_marks.high,
        "consumerCountLow" => counted.consumers_marks.low,
        "unackedMessages" => counted.acquired,
        "unackedMessagesHigh" => counted.acquired_marks.high,
        "unackedMessagesLow" => counted.acquired_marks.low,
        "flowStoppedCount" => counted.flow_stops,
        _ => return None,
    }))
}
