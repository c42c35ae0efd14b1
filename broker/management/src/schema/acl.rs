//! The rules of who may do what.

use super::declare::{input, output, property, statistic};
use super::{
    ACL_PACKAGE,
    Access::ReadOnly,
    Class, Method,
    Type::{AbsTime, Bool, LongString, Map, Reference, Uint16, Uint64},
};

/// Class `acl`: the rules of who may do what.
pub static ACL: Class = Class {
    package: ACL_PACKAGE,
    name: "acl",
    properties: &[
        property("brokerRef", Reference, ReadOnly, "Its broker.")
            .index()
            .parent("org.apache.qpid.broker:broker"),
        property("policyFile", LongString, ReadOnly, "The rules' file."),
        property("enforcingAcl", Bool, ReadOnly, "Rules are in force."),
        property("transferAcl", Bool, ReadOnly, "Rules on publishing are in force."),
        property("lastAclLoad", AbsTime, ReadOnly, "When the rules were last read."),
        property("maxConnections", Uint16, ReadOnly, "Connections in all."),
        property("maxConnectionsPerIp", Uint16, ReadOnly, "Connections of one address."),
        property("maxConnectionsPerUser", Uint16, ReadOnly, "Connections of one user."),
        property("maxQueuesPerUser", Uint16, ReadOnly, "Queues of one user."),
    ],
    statistics: &[
        statistic("aclDenyCount", Uint64, "Requests denied.").unit("request"),
        statistic("connectionDenyCount", Uint64, "Connections denied.").unit("connection"),
        statistic("queueQuotaDenyCount", Uint64, "Queues denied.").unit("queue"),
    ],
    methods: &[
        Method { name: "reloadACLFile", arguments: &[], description: "Reads the rules anew." },
        Method {
            name: "Lookup",
            arguments: &[
                input("userId", LongString, "The user."),
                input("action", LongString, "The action."),
                input("object", LongString, "The kind of object."),
                input("objectName", LongString, "The object's name."),
                input("propertyMap", Map, "Properties of the request."),
                output("result", LongString, "allow, deny or why it is unknown."),
            ],
            description: "Tells what the rules say to a request.",
        },
        Method {
            name: "LookupPublish",
            arguments: &[
                input("userId", LongString, "The user."),
                input("exchangeName", LongString, "The exchange."),
                input("routingKey", LongString, "The routing key."),
                output("result", LongString, "allow, deny or why it is unknown."),
            ],
            description: "Tells what the rules say to publishing.",
        },
    ],
};
