//! The numbers of the header under their C names, and what they are here.

use crate::abi::types::number;
use crate::abi::types::tag;
use crate::abi::{magic, status};
use crate::auth::{Action, ObjectKind};
use crate::error::ErrorKind;
use crate::exchange::{Protocol, Reads};
use crate::factory::Kind;
use crate::log::Level;
use crate::message::Property;
use crate::notify::Event;
use crate::store::Offers;

/// Every number that the header names, as the C compiler prints it after a cast to `long long`.
pub(super) fn constants() -> Vec<(&'static str, i64)> {
    let groups =
        [mechanism(), values_and_messages(), host(), exchange_and_filter(), auth(), store()];
    groups.concat()
}

fn mechanism() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_MAGIC", magic::MAGIC.into()),
        ("PH_ABI_MAJOR", magic::ABI_MAJOR.into()),
        ("PH_ABI_MINOR", magic::ABI_MINOR.into()),
        ("PH_EXCHANGE_MAJOR", Kind::Exchange.version().major.into()),
        ("PH_EXCHANGE_MINOR", Kind::Exchange.version().minor.into()),
        ("PH_FILTER_MAJOR", Kind::Filter.version().major.into()),
        ("PH_FILTER_MINOR", Kind::Filter.version().minor.into()),
        ("PH_AUTH_MAJOR", Kind::Auth.version().major.into()),
        ("PH_AUTH_MINOR", Kind::Auth.version().minor.into()),
        ("PH_STORE_MAJOR", Kind::Store.version().major.into()),
        ("PH_STORE_MINOR", Kind::Store.version().minor.into()),
        ("PH_OK", status::OK.into()),
        ("PH_ABSENT", status::ABSENT.into()),
        ("PH_PENDING", status::PENDING.into()),
        ("PH_ERR_INVALID_ARGUMENT", status::of_error(ErrorKind::InvalidArgument).into()),
        ("PH_ERR_NOT_FOUND", status::of_error(ErrorKind::NotFound).into()),
        ("PH_ERR_UNAUTHORIZED", status::of_error(ErrorKind::Unauthorized).into()),
        ("PH_ERR_LIMIT_EXCEEDED", status::of_error(ErrorKind::LimitExceeded).into()),
        ("PH_ERR_UNSUPPORTED", status::of_error(ErrorKind::Unsupported).into()),
        ("PH_ERR_INTERNAL", status::of_error(ErrorKind::Internal).into()),
        ("PH_ERR_PANIC", status::of_error(ErrorKind::Panic).into()),
        ("PH_KIND_EXCHANGE", Kind::Exchange.number().into()),
        ("PH_KIND_FILTER", Kind::Filter.number().into()),
        ("PH_KIND_AUTH", Kind::Auth.number().into()),
        ("PH_KIND_STORE", Kind::Store.number().into()),
        ("PH_FACTORY_MAY_BLOCK", number::FACTORY_MAY_BLOCK.cast_signed()),
    ]
}

fn values_and_messages() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_VALUE_NULL", tag::NULL.into()),
        ("PH_VALUE_BOOL", tag::BOOL.into()),
        ("PH_VALUE_UBYTE", tag::UBYTE.into()),
        ("PH_VALUE_USHORT", tag::USHORT.into()),
        ("PH_VALUE_UINT", tag::UINT.into()),
        ("PH_VALUE_ULONG", tag::ULONG.into()),
        ("PH_VALUE_BYTE", tag::BYTE.into()),
        ("PH_VALUE_SHORT", tag::SHORT.into()),
        ("PH_VALUE_INT", tag::INT.into()),
        ("PH_VALUE_LONG", tag::LONG.into()),
        ("PH_VALUE_FLOAT", tag::FLOAT.into()),
        ("PH_VALUE_DOUBLE", tag::DOUBLE.into()),
        ("PH_VALUE_DECIMAL32", tag::DECIMAL32.into()),
        ("PH_VALUE_DECIMAL64", tag::DECIMAL64.into()),
        ("PH_VALUE_DECIMAL128", tag::DECIMAL128.into()),
        ("PH_VALUE_CHAR", tag::CHAR.into()),
        ("PH_VALUE_TIMESTAMP", tag::TIMESTAMP.into()),
        ("PH_VALUE_UUID", tag::UUID.into()),
        ("PH_VALUE_BINARY", tag::BINARY.into()),
        ("PH_VALUE_STRING", tag::STRING.into()),
        ("PH_VALUE_SYMBOL", tag::SYMBOL.into()),
        ("PH_VALUE_ENCODED", tag::ENCODED.into()),
        ("PH_PROPERTY_EXCHANGE", Property::Exchange.number().into()),
        ("PH_PROPERTY_VIRTUAL_HOST", Property::VirtualHost.number().into()),
        ("PH_PROPERTY_PUBLISHER", Property::Publisher.number().into()),
        ("PH_PROPERTY_MESSAGE_ID", Property::MessageId.number().into()),
        ("PH_PROPERTY_CORRELATION_ID", Property::CorrelationId.number().into()),
        ("PH_PROPERTY_USER_ID", Property::UserId.number().into()),
        ("PH_PROPERTY_CONTENT_TYPE", Property::ContentType.number().into()),
        ("PH_PROPERTY_CONTENT_ENCODING", Property::ContentEncoding.number().into()),
        ("PH_PROPERTY_TIMESTAMP", Property::Timestamp.number().into()),
        ("PH_PROPERTY_EXPIRATION", Property::Expiration.number().into()),
        ("PH_PROPERTY_PRIORITY", Property::Priority.number().into()),
        ("PH_PROPERTY_DURABLE", Property::Durable.number().into()),
        ("PH_PROPERTY_REPLY_TO", Property::ReplyTo.number().into()),
        ("PH_PROPERTY_TYPE", Property::Type.number().into()),
        ("PH_PROPERTY_SUBJECT", Property::Subject.number().into()),
        ("PH_PROPERTY_APP_ID", Property::AppId.number().into()),
        ("PH_PROPERTY_GROUP_ID", Property::GroupId.number().into()),
        ("PH_PROPERTY_TIME_TO_LIVE", Property::TimeToLive.number().into()),
        ("PH_PROPERTY_PROTOCOL", Property::Protocol.number().into()),
        ("PH_READS_KEY", Reads::KEY.bits().into()),
        ("PH_READS_PROPERTIES", Reads::PROPERTIES.bits().into()),
        ("PH_READS_HEADERS", Reads::HEADERS.bits().into()),
        ("PH_READS_BODY", Reads::BODY.bits().into()),
        ("PH_READS_OTHER", Reads::OTHER.bits().into()),
    ]
}

fn host() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_LEVEL_TRACE", (Level::Trace as u32).into()),
        ("PH_LEVEL_DEBUG", (Level::Debug as u32).into()),
        ("PH_LEVEL_INFO", (Level::Info as u32).into()),
        ("PH_LEVEL_WARN", (Level::Warn as u32).into()),
        ("PH_LEVEL_ERROR", (Level::Error as u32).into()),
        ("PH_EVENT_EPOCH_LOST", Event::EpochLost.number().into()),
        ("PH_EVENT_META_CHANGED", Event::MetaChanged.number().into()),
    ]
}

fn exchange_and_filter() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_DESTINATION_QUEUE", number::DESTINATION_QUEUE.into()),
        ("PH_DESTINATION_EXCHANGE", number::DESTINATION_EXCHANGE.into()),
        ("PH_PROTOCOL_0_9_1", Protocol::V0_9_1.number().into()),
        ("PH_PROTOCOL_0_10", Protocol::V0_10.number().into()),
        ("PH_PROTOCOL_1_0", Protocol::V1_0.number().into()),
        ("PH_PROTOCOL_BROKER", Protocol::Broker.number().into()),
        ("PH_VERDICT_PASS", number::VERDICT_PASS.into()),
        ("PH_VERDICT_DROP", number::VERDICT_DROP.into()),
        ("PH_VERDICT_DEAD_LETTER", number::VERDICT_DEAD_LETTER.into()),
        ("PH_VERDICT_REPLACE", number::VERDICT_REPLACE.into()),
    ]
}

fn auth() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_SASL_CHALLENGE", number::SASL_CHALLENGE.into()),
        ("PH_SASL_SUCCESS", number::SASL_SUCCESS.into()),
        ("PH_SASL_FAILURE", number::SASL_FAILURE.into()),
        ("PH_SASL_NOT_MINE", number::SASL_NOT_MINE.into()),
        ("PH_ACTION_ACCESS", Action::Access.number().into()),
        ("PH_ACTION_BIND", Action::Bind.number().into()),
        ("PH_ACTION_CONSUME", Action::Consume.number().into()),
        ("PH_ACTION_CREATE", Action::Create.number().into()),
        ("PH_ACTION_DELETE", Action::Delete.number().into()),
        ("PH_ACTION_MOVE", Action::Move.number().into()),
        ("PH_ACTION_PUBLISH", Action::Publish.number().into()),
        ("PH_ACTION_PURGE", Action::Purge.number().into()),
        ("PH_ACTION_REDIRECT", Action::Redirect.number().into()),
        ("PH_ACTION_REROUTE", Action::Reroute.number().into()),
        ("PH_ACTION_UNBIND", Action::Unbind.number().into()),
        ("PH_ACTION_UPDATE", Action::Update.number().into()),
        ("PH_OBJECT_BROKER", ObjectKind::Broker.number().into()),
        ("PH_OBJECT_CONNECTION", ObjectKind::Connection.number().into()),
        ("PH_OBJECT_EXCHANGE", ObjectKind::Exchange.number().into()),
        ("PH_OBJECT_LINK", ObjectKind::Link.number().into()),
        ("PH_OBJECT_METHOD", ObjectKind::Method.number().into()),
        ("PH_OBJECT_QUERY", ObjectKind::Query.number().into()),
        ("PH_OBJECT_QUEUE", ObjectKind::Queue.number().into()),
        ("PH_DECISION_ALLOW", number::DECISION_ALLOW.into()),
        ("PH_DECISION_DENY", number::DECISION_DENY.into()),
        ("PH_DECISION_ABSTAIN", number::DECISION_ABSTAIN.into()),
        ("PH_NO_LIMIT", number::NO_LIMIT.cast_signed()),
    ]
}

fn offer(offer: Offers) -> i64 {
    offer.bits().cast_signed()
}

fn store() -> Vec<(&'static str, i64)> {
    vec![
        ("PH_OFFER_META_LIST", offer(Offers::META_LIST)),
        ("PH_OFFER_META_WATCH", offer(Offers::META_WATCH)),
        ("PH_OFFER_META_REMOVE", offer(Offers::META_REMOVE)),
        ("PH_OFFER_APPEND_HERE", offer(Offers::APPEND_HERE)),
        ("PH_OFFER_ENTRIES", offer(Offers::ENTRIES)),
        ("PH_OFFER_APPEND_LAZILY", offer(Offers::APPEND_LAZILY)),
        ("PH_OPERATION_PUT", number::OPERATION_PUT.into()),
        ("PH_OPERATION_DELETE", number::OPERATION_DELETE.into()),
        ("PH_OPERATION_META", number::OPERATION_META.into()),
        ("PH_OPERATION_MARK", number::OPERATION_MARK.into()),
        ("PH_APPEND_DONE", number::APPEND_DONE.into()),
        ("PH_APPEND_FENCED", number::APPEND_FENCED.into()),
        ("PH_APPEND_FULL", number::APPEND_FULL.into()),
        ("PH_APPEND_UNKNOWN", number::APPEND_UNKNOWN.into()),
    ]
}
