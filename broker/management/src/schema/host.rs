//! What the broker runs on and in: machine, heap, virtual host, agents.

use super::declare::property;
use super::{
    Access::{ReadCreate, ReadOnly},
    BROKER_PACKAGE, Class,
    Type::{Reference, ShortString, Uint16, Uint32, Uint64, Uuid},
};

/// Class `system`: the machine.
pub static SYSTEM: Class = Class {
    package: BROKER_PACKAGE,
    name: "system",
    properties: &[
        property("systemId", Uuid, ReadCreate, "Identifies the machine.").index(),
        property("osName", ShortString, ReadOnly, "The operating system's name."),
        property("nodeName", ShortString, ReadOnly, "The machine's name in its network."),
        property("release", ShortString, ReadOnly, "The operating system's release."),
        property("version", ShortString, ReadOnly, "The operating system's version."),
        property("machine", ShortString, ReadOnly, "The kind of processor."),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `memory`: the process's heap.
pub static MEMORY: Class = Class {
    package: BROKER_PACKAGE,
    name: "memory",
    properties: &[
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property(
            "malloc_arena",
            Uint64,
            ReadOnly,
            "Bytes of heap taken by growing the data segment.",
        )
        .optional(),
        property("malloc_ordblks", Uint64, ReadOnly, "Free chunks.").optional(),
        property("malloc_hblks", Uint64, ReadOnly, "Chunks that are mappings of their own.")
            .optional(),
        property("malloc_hblkhd", Uint64, ReadOnly, "Bytes in mappings of their own.").optional(),
        property("malloc_uordblks", Uint64, ReadOnly, "Bytes in use.").optional(),
        property("malloc_fordblks", Uint64, ReadOnly, "Bytes free in the heap.").optional(),
        property(
            "malloc_keepcost",
            Uint64,
            ReadOnly,
            "Bytes at the end of the heap that could be given back.",
        )
        .optional(),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `agent`: an agent outside the broker.
pub static AGENT: Class = Class {
    package: BROKER_PACKAGE,
    name: "agent",
    properties: &[
        property("connectionRef", Reference, ReadOnly, "Its connection.")
            .index()
            .references("connection"),
        property("label", ShortString, ReadOnly, "What the agent calls itself."),
        property("registeredTo", Reference, ReadOnly, "The broker it is registered to.")
            .references("broker"),
        property("systemId", Uuid, ReadOnly, "The machine it runs on."),
        property("brokerBank", Uint32, ReadOnly, "The broker's part of object identifiers."),
        property("agentBank", Uint32, ReadOnly, "The agent's part of object identifiers."),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `vhost`: a virtual host.
pub static VHOST: Class = Class {
    package: BROKER_PACKAGE,
    name: "vhost",
    properties: &[
        property("brokerRef", Reference, ReadCreate, "Its broker.").index().parent("broker"),
        property("name", ShortString, ReadCreate, "Its name.").index(),
        property(
            "federationTag",
            ShortString,
            ReadOnly,
            "Names this broker among those it is linked to.",
        ),
    ],
    statistics: &[],
    methods: &[],
};

/// Class `managementsetupstate`: counters of a clustered broker; no longer used.
pub static SETUP_STATE: Class = Class {
    package: BROKER_PACKAGE,
    name: "managementsetupstate",
    properties: &[
        property("objectNum", Uint64, ReadOnly, "No longer used."),
        property("bootSequence", Uint16, ReadOnly, "No longer used."),
    ],
    statistics: &[],
    methods: &[],
};
