//! Class connection.

use philter_management::object::Object;
use philter_management::schema::CONNECTION;
use philter_management::value::Value;

use crate::management::names;
use crate::management::objects::record;
use crate::management::values::shown;
use crate::session::live::LiveConnection;

/// A connection.
pub(super) fn object(connection: &LiveConnection) -> Object {
    let (remote, traffic) = (&connection.remote, connection.traffic());
    record(&CONNECTION, &connection.address, connection.created_ns, |name| {
        Some(match name {
            "vhostRef" => Value::Reference(names::vhost(&remote.virtual_host)),
            "address" => Value::from(&*connection.address),
            "incoming" => Value::Bool(true),
            "authIdentity" => Value::from(&*remote.identity),
            "remoteProcessName" => Value::from(remote.process_name()?),
            "remotePid" => Value::Unsigned(u64::from(remote.process_id()?)),
            "remoteParentPid" => Value::Unsigned(u64::from(remote.parent_process_id()?)),
            "saslMechanism" => Value::from(&*remote.mechanism),
            "remoteProperties" => shown(&remote.properties),
            "protocol" => Value::from(remote.protocol),
            "closing" => Value::Bool(connection.is_closing()),
            "framesFromClient" => Value::Unsigned(traffic.wire.frames_in),
            "framesToClient" => Value::Unsigned(traffic.wire.frames_out),
            "bytesFromClient" => Value::Unsigned(traffic.wire.bytes_in),
            "bytesToClient" => Value::Unsigned(traffic.wire.bytes_out),
            "msgsFromClient" => Value::Unsigned(traffic.messages_in),
            "msgsToClient" => Value::Unsigned(traffic.messages_out),
            _ => return None,
        })
    })
}
