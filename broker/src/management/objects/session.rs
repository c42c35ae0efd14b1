//! Class session.

use philter_management::object::{Object, ObjectName};
use philter_management::schema::SESSION;
use philter_management::value::Value;

use crate::management::names;
use crate::management::objects::record;
use crate::session::live::{Live, LiveSession};

/// A session.
pub(super) fn object(live: &Live, session: &LiveSession) -> Object {
    let connection = session.connection().and_then(|number| live.connection(number));
    record(&SESSION, &session.full_name, session.created_ns, |name| {
        Some(match name {
            "vhostRef" => Value::Reference(names::vhost(&session.virtual_host)),
            "name" | "fullName" => Value::from(&*session.full_name),
            "channelId" => Value::Unsigned(u64::from(session.channel()?)),
            "connectionRef" => Value::Reference(match &connection {
                Some(connection) => names::connection(&connection.address),
                None => ObjectName(String::new()),
            }),
            "detachedLifespan" => Value::Unsigned(u64::from(session.lifespan_s())),
            "attached" => Value::Bool(connection.is_some()),
            "expireTime" => Value::Time(session.expires_at_ns()?),
            "unackedMessages" => Value::Unsigned(session.unacked()),
            "TxnStarts" => Value::Unsigned(session.transactions_started()),
            "TxnCommits" => Value::Unsigned(session.transactions_committed()),
            "TxnRejects" => Value::Unsigned(session.transactions_rejected()),
            "TxnCount" => Value::Unsigned(u64::from(session.transactions_pending())),
            _ => return None,
        })
    })
}
