//! The tables beside the names of Qpid's schemas.

use super::*;
use crate::schema::{Method, Severity};

/// A class: its name, properties, statistics before expansion, methods with their arguments' count.
const CLASS_NAMES: [(&str, &str, &str, &str); 21] = [
    ("system", "systemId osName nodeName release version machine", "", ""),
    (
        "memory",
        "name malloc_arena malloc_ordblks malloc_hblks malloc_hblkhd malloc_uordblks \
         malloc_fordblks malloc_keepcost",
        "",
        "",
    ),
    (
        "broker",
        "name systemRef port workerThreads maxConns connBacklog stagingThreshold \
         mgmtPublish mgmtPubInterval version dataDir",
        "uptime queueCount msgTotalEnqueues msgTotalDequeues byteTotalEnqueues \
         byteTotalDequeues msgDepth byteDepth msgPersistEnqueues msgPersistDequeues \
         bytePersistEnqueues bytePersistDequeues msgTxnEnqueues msgTxnDequeues \
         byteTxnEnqueues byteTxnDequeues msgFtdEnqueues msgFtdDequeues \
         byteFtdEnqueues byteFtdDequeues msgFtdDepth byteFtdDepth releases acquires \
         discardsNoRoute discardsTtl discardsRing discardsLvq discardsOverflow \
         discardsSubscriber discardsPurge reroutes abandoned abandonedViaAlt",
        "echo/2 connect/7 queueMoveMessages/4 setLogLevel/1 getLogLevel/1 \
         getTimestampConfig/1 setTimestampConfig/1 create/4 delete/3 query/3 \
         getLogHiresTimestamp/1 setLogHiresTimestamp/1 queueRedirect/2 shutdown/0",
    ),
    ("agent", "connectionRef label registeredTo systemId brokerBank agentBank", "", ""),
    ("vhost", "brokerRef name federationTag", "", ""),
    (
        "queue",
        "vhostRef name durable autoDelete exclusive arguments altExchange",
        "msgTotalEnqueues msgTotalDequeues msgTxnEnqueues msgTxnDequeues \
         msgPersistEnqueues msgPersistDequeues msgDepth byteDepth byteTotalEnqueues \
         byteTotalDequeues byteTxnEnqueues byteTxnDequeues bytePersistEnqueues \
         bytePersistDequeues msgFtdEnqueues msgFtdDequeues byteFtdEnqueues \
         byteFtdDequeues msgFtdDepth byteFtdDepth releases acquires discardsTtl \
         discardsRing discardsLvq discardsOverflow discardsSubscriber discardsPurge \
         reroutes consumerCount bindingCount unackedMessages messageLatency \
         flowStopped flowStoppedCount redirectPeer redirectSource creator",
        "purge/2 reroute/4",
    ),
    (
        "exchange",
        "vhostRef name type durable autoDelete altExchange arguments",
        "producerCount bindingCount msgReceives msgDrops msgRoutes byteReceives \
         byteDrops byteRoutes",
        "",
    ),
    ("binding", "exchangeRef queueRef bindingKey arguments origin", "msgMatched", ""),
    (
        "subscription",
        "sessionRef queueRef name browsing acknowledged exclusive creditMode \
         arguments",
        "delivered",
        "",
    ),
    (
        "connection",
        "vhostRef address incoming SystemConnection userProxyAuth federationLink \
         authIdentity remoteProcessName remotePid remoteParentPid shadow \
         saslMechanism saslSsf remoteProperties protocol",
        "closing framesFromClient framesToClient bytesFromClient bytesToClient \
         msgsFromClient msgsToClient",
        "close/0",
    ),
    ("incoming", "sessionRef containerid name source target domain", "transfers", ""),
    ("outgoing", "sessionRef containerid name source target domain", "transfers", ""),
    ("domain", "name durable url mechanisms username password", "", ""),
    ("topic", "name exchangeRef durable properties", "", ""),
    ("queuepolicy", "name properties", "", ""),
    ("topicpolicy", "name properties", "", ""),
    (
        "link",
        "vhostRef name host port transport durable connectionRef",
        "state lastError",
        "close/0 bridge/11",
    ),
    (
        "bridge",
        "linkRef name channelId durable src dest key srcIsQueue srcIsLocal tag \
         excludes dynamic sync credit",
        "",
        "close/0",
    ),
    (
        "session",
        "vhostRef name fullName channelId connectionRef detachedLifespan attached \
         expireTime maxClientRate",
        "unackedMessages TxnStarts TxnCommits TxnRejects TxnCount clientCredit \
         framesOutstanding",
        "solicitAck/0 detach/0 resetLifespan/0 close/0",
    ),
    ("managementsetupstate", "objectNum bootSequence", "", ""),
    (
        "acl",
        "brokerRef policyFile enforcingAcl transferAcl lastAclLoad maxConnections \
         maxConnectionsPerIp maxConnectionsPerUser maxQueuesPerUser",
        "aclDenyCount connectionDenyCount queueQuotaDenyCount",
        "reloadACLFile/0 Lookup/6 LookupPublish/4",
    ),
];

/// What is ours and no schema's: properties and statistics, which stand behind Qpid's own.
const OWN: [(&str, &str, &str); 3] = [
    ("broker", " store storeSync storeDurability storeRefusal", ""),
    (
        "exchange",
        "",
        " bindingsConstant bindingsIndexed bindingsResidual bindingsScanned bindingsEvaluated \
         bodiesUnreadable routingFailures",
    ),
    (
        "binding",
        " decidedBy lastFailure",
        " evaluations evaluationFailures evaluationTime transformationFailures",
    ),
];

/// A class of events: its name, severity and arguments.
const EVENT_NAMES: [(&str, &str, &str); 24] = [
    ("clientConnect", "inform", "rhost user properties"),
    ("clientConnectFail", "warn", "rhost user reason properties"),
    ("clientDisconnect", "inform", "rhost user properties"),
    ("brokerLinkUp", "inform", "rhost"),
    ("brokerLinkDown", "warn", "rhost"),
    ("queueDeclare", "inform", "rhost user qName durable excl autoDel altEx args disp"),
    ("queueDelete", "inform", "rhost user qName"),
    ("exchangeDeclare", "inform", "rhost user exName exType altEx durable autoDel args disp"),
    ("exchangeDelete", "inform", "rhost user exName"),
    ("bind", "inform", "rhost user exName qName key args"),
    ("unbind", "inform", "rhost user exName qName key"),
    ("subscribe", "inform", "rhost user qName dest excl args"),
    ("unsubscribe", "inform", "rhost user dest"),
    ("queueThresholdCrossedUpward", "inform", "qName msgDepth byteDepth"),
    ("queueThresholdCrossedDownward", "inform", "qName msgDepth byteDepth"),
    ("queueRedirect", "inform", "qName qTarget"),
    ("queueRedirectCancelled", "inform", "qName qTarget"),
    ("queueThresholdExceeded", "warn", "qName msgDepth byteDepth"),
    ("allow", "inform", "userId action objectType objectName arguments"),
    ("deny", "notice", "userId action objectType objectName arguments"),
    ("connectionDeny", "notice", "userId clientAddr"),
    ("queueQuotaDeny", "notice", "userId queueName"),
    ("fileLoaded", "inform", "userId"),
    ("fileLoadFailed", "error", "userId reason"),
];

/// Watermarked statistics.
const MARKED: [&str; 4] = ["consumerCount", "bindingCount", "unackedMessages", "producerCount"];

/// What a statistic of a class of the schema is on the wire.
fn expanded(class: &str, name: &str) -> Vec<String> {
    let suffixes: &[&str] = match name {
        "messageLatency" => &["Samples", "Min", "Max", "Average"],
        // A session counts them without marks.
        "unackedMessages" if class == "session" => &[""],
        _ if MARKED.contains(&name) => &["", "High", "Low"],
        _ => &[""],
    };
    suffixes.iter().map(|suffix| format!("{name}{suffix}")).collect()
}

fn method_text(method: &Method) -> String {
    format!("{}/{}", method.name, method.arguments.len())
}

#[test]
fn classes_have_the_names_of_qpids_schemas() {
    for (class, (name, properties, statistics, methods)) in classes().iter().zip(CLASS_NAMES) {
        assert_eq!(class.name, name);
        let own = OWN.iter().find(|(class, ..)| *class == name);
        let (own_properties, own_statistics) = own.map_or(("", ""), |own| (own.1, own.2));
        let properties = format!("{properties}{own_properties}");
        let statistics = format!("{statistics}{own_statistics}");
        let have: Vec<_> = class.properties.iter().map(|property| property.name).collect();
        assert_eq!(have.join(" "), properties, "{name}");
        let have: Vec<_> = class.statistics.iter().map(|one| one.name.to_owned()).collect();
        let want: Vec<_> =
            statistics.split_whitespace().flat_map(|one| expanded(name, one)).collect();
        assert_eq!(have, want, "{name}");
        let have: Vec<_> = class.methods.iter().map(method_text).collect();
        assert_eq!(have.join(" "), methods, "{name}");
    }
}

#[test]
fn events_have_the_names_of_qpids_schemas() {
    assert_eq!(events().count(), EVENT_NAMES.len());
    for (event, (name, severity, arguments)) in events().zip(EVENT_NAMES) {
        let have: Vec<_> = event.arguments.iter().map(|argument| argument.name).collect();
        assert_eq!((event.name, have.join(" ").as_str()), (name, arguments));
        let severity = match severity {
            "error" => Severity::Error,
            "warn" => Severity::Warning,
            "notice" => Severity::Notice,
            _ => Severity::Inform,
        };
        assert_eq!(event.severity, severity, "{name}");
    }
}

#[test]
fn the_schemas_have_as_much_as_qpids() {
    let qpids: Vec<_> = classes().iter().filter(|class| class.package != PHILTER_PACKAGE).collect();
    assert_eq!(qpids.len(), CLASS_NAMES.len());
    let count = |of: fn(&Class) -> usize| qpids.iter().map(|class| of(class)).sum::<usize>();
    let own: usize = OWN.iter().map(|own| own.1.split_whitespace().count()).sum();
    assert_eq!(count(|class| class.properties.len()), 143 + own);
    assert_eq!(count(|class| class.methods.len()), 27);
    let statistics: usize =
        CLASS_NAMES.iter().map(|names| names.2.split_whitespace().count()).sum();
    assert_eq!(statistics, 103);
    assert_eq!(events().count(), 24);
}

#[test]
fn classes_are_found_by_name_in_their_package_or_in_any() {
    assert_eq!(find_class("", "queue"), Some(&QUEUE));
    assert_eq!(find_class(BROKER_PACKAGE, "queue"), Some(&QUEUE));
    assert_eq!(find_class(ACL_PACKAGE, "queue"), None);
    assert_eq!(find_event("", "deny").map(|event| event.package), Some(ACL_PACKAGE));
}
