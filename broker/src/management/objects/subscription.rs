//! Class subscription.

use philter_management::object::Object;
use philter_management::schema::SUBSCRIPTION;
use philter_management::value::Value;

use crate::management::names;
use crate::management::objects::record;
use crate::management::values::shown;
use crate::session::live::{Live, LiveSubscription};

/// A subscription; none where its session is gone.
pub(super) fn object(live: &Live, subscription: &LiveSubscription) -> Option<Object> {
    let session = live.session(subscription.session)?;
    let (queue, own) = (&*subscription.queue, &*subscription.name);
    let key = names::subscription_key(&session.full_name, queue, own);
    Some(record(&SUBSCRIPTION, &key, subscription.created_ns, |name| {
        Some(match name {
            "sessionRef" => Value::Reference(names::session(&session.full_name)),
            "queueRef" => Value::Reference(names::queue(queue)),
            "name" => Value::from(own),
            "browsing" => Value::Bool(subscription.is_browsing),
            "acknowledged" => Value::Bool(subscription.is_acknowledged),
            "exclusive" => Value::Bool(subscription.is_exclusive),
            "creditMode" => Value::from(subscription.credit_mode()),
            "arguments" => shown(&subscription.arguments),
            "delivered" => Value::Unsigned(subscription.delivered()),
            _ => return None,
        })
    }))
}
