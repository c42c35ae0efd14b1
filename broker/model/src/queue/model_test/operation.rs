//! What is done to a queue, and the kinds of queues to which it is done.

use std::sync::Arc;

use proptest::prelude::*;

use super::super::*;

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Push { body_bytes: usize, ttl_ms: Option<u64>, priority: u8, key: u8 },
    Pull { consumer: usize, count: usize, bytes_max: u64 },
    Candidates { consumer: usize, count: usize },
    Take { consumer: usize, decided: usize, matches: u64, count: usize, bytes_max: u64 },
    Accept { pick: usize },
    Release { pick: usize, is_redelivered: bool },
    Reject { pick: usize },
    Poll,
    SettleTwice { pick: usize },
    Acquire { consumer: usize, pick: usize },
    Suspend { consumer: usize },
    Resume { consumer: usize },
    Cancel { consumer: usize },
    Subscribe(ConsumerSpec),
    Purge { count: usize },
    RemoveUnheld { from: u64, count: usize },
    Expire { count: usize },
    Tick { ms: u64 },
}

/// The same by two consumers, so that what one does and what it did before meet.
pub(super) fn operation_of_two() -> impl Strategy<Value = Operation> {
    operation().prop_map(|mut operation| {
        match &mut operation {
            Operation::Pull { consumer, .. }
            | Operation::Candidates { consumer, .. }
            | Operation::Take { consumer, .. }
            | Operation::Acquire { consumer, .. }
            | Operation::Suspend { consumer }
            | Operation::Resume { consumer }
            | Operation::Cancel { consumer } => *consumer %= 2,
            _ => {}
        }
        operation
    })
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![12 => traffic(), 8 => settlement(), 8 => attendance(), 4 => upkeep()]
}

fn bytes_max() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(u64::MAX), 1 => 0u64..60]
}

fn traffic() -> impl Strategy<Value = Operation> {
    let push = (0usize..20, prop::option::weighted(0.2, 0u64..50), 0u8..11, 0u8..5);
    let take = (0usize..6, 0usize..8, any::<u64>(), 0usize..8, bytes_max());
    prop_oneof![
        1 => Just(Operation::Poll),
        6 => push.prop_map(|(body_bytes, ttl_ms, priority, key)| {
            Operation::Push { body_bytes, ttl_ms, priority, key }
        }),
        6 => (0usize..6, 0usize..8, bytes_max()).prop_map(|(consumer, count, bytes_max)| {
            Operation::Pull { consumer, count, bytes_max }
        }),
        4 => (0usize..6, 0usize..8)
            .prop_map(|(consumer, count)| Operation::Candidates { consumer, count }),
        4 => take.prop_map(|(consumer, decided, matches, count, bytes_max)| {
            Operation::Take { consumer, decided, matches, count, bytes_max }
        }),
    ]
}

fn settlement() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => any::<usize>().prop_map(|pick| Operation::Accept { pick }),
        3 => (any::<usize>(), any::<bool>())
            .prop_map(|(pick, is_redelivered)| Operation::Release { pick, is_redelivered }),
        1 => any::<usize>().prop_map(|pick| Operation::Reject { pick }),
        1 => any::<usize>().prop_map(|pick| Operation::SettleTwice { pick }),
        1 => (0usize..6, any::<usize>())
            .prop_map(|(consumer, pick)| Operation::Acquire { consumer, pick }),
    ]
}

fn attendance() -> impl Strategy<Value = Operation> {
    let priority = prop_oneof![3 => Just(0), 1 => -1i32..3];
    let spec = (any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.4), priority);
    prop_oneof![
        1 => (0usize..6).prop_map(|consumer| Operation::Suspend { consumer }),
        3 => (0usize..6).prop_map(|consumer| Operation::Resume { consumer }),
        1 => (0usize..6).prop_map(|consumer| Operation::Cancel { consumer }),
        3 => spec.prop_map(|(acquires, is_exclusive, is_filtered, priority)| {
            // Browsers that choose have rules of their own, one by one in the tests.
            let acquires = acquires || is_filtered;
            Operation::Subscribe(ConsumerSpec {
                acquires,
                is_exclusive,
                is_filtered,
                priority,
            })
        }),
    ]
}

fn upkeep() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => (0usize..4).prop_map(|count| Operation::Purge { count }),
        1 => (0u64..60, 0usize..4)
            .prop_map(|(from, count)| Operation::RemoveUnheld { from, count }),
        1 => (0usize..4).prop_map(|count| Operation::Expire { count }),
        1 => (1u64..20).prop_map(|ms| Operation::Tick { ms }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let share = prop_oneof![Just(0u32), 1u32..4];
    let priorities = (1usize..6, prop::option::of(prop::collection::vec(share, 5)));
    prop_oneof![
        2 => Just(Order::Fifo),
        1 => Just(Order::LastValue { key: "key".into() }),
        2 => priorities.prop_map(|(levels, shares)| {
            let shares = shares.map(|shares| shares[..levels].to_vec());
            let mapping = PriorityMapping::Middle;
            let shares = shares.unwrap_or_default();
            Order::Priority(PriorityLevels { levels, shares, mapping })
        }),
        1 => (2usize..6).prop_map(|levels| {
            let mapping = PriorityMapping::Direct;
            Order::Priority(PriorityLevels { levels, shares: Vec::new(), mapping })
        }),
    ]
}

/// What does not depend on the kind.
#[derive(Clone, Debug)]
struct Beyond {
    ready_limits: ReadyLimits,
    message_ttl_ms: Option<u64>,
    delivery_limit: Option<u32>,
    is_single_active: bool,
}

fn beyond() -> impl Strategy<Value = Beyond> {
    let limit = || prop::option::weighted(0.3, 0u64..6);
    let overflow = prop_oneof![
        2 => Just(Overflow::DropHead),
        1 => Just(Overflow::Reject),
        1 => Just(Overflow::RejectToDeadLetters),
    ];
    let ttl = prop::option::weighted(0.3, prop_oneof![1 => Just(0), 3 => 1u64..50]);
    let delivery_limit = prop::option::weighted(0.3, 0u32..3);
    (limit(), limit(), overflow, ttl, delivery_limit, prop::bool::weighted(0.3)).prop_map(
        |(count_max, size_max, overflow, message_ttl_ms, delivery_limit, is_single_active)| {
            let bytes_max = size_max.map(|size| size * 12);
            let ready_limits = ReadyLimits { count_max, bytes_max, overflow };
            Beyond { ready_limits, message_ttl_ms, delivery_limit, is_single_active }
        },
    )
}

/// Queues whose entries may leave memory, with room for more than a segment of them.
pub(super) fn long_settings() -> impl Strategy<Value = QueueSettings> {
    settings().prop_map(|mut settings| {
        (settings.order, settings.groups) = (Order::Fifo, None);
        settings.ready_limits = ReadyLimits::default();
        settings.message_ttl_ms = None;
        settings.count_max = settings.count_max.map(|max| max * 20);
        settings.bytes_max = settings.bytes_max.map(|max| max * 20);
        if settings.policy == OverflowPolicy::Ring {
            settings.policy = OverflowPolicy::Reject;
        }
        settings.apply_defaults(&Defaults::default()).unwrap();
        settings
    })
}

pub(super) fn settings() -> impl Strategy<Value = QueueSettings> {
    let limit = || prop::option::weighted(0.4, 1u64..12);
    let policy = prop_oneof![
        Just(OverflowPolicy::Reject),
        Just(OverflowPolicy::Ring),
        Just(OverflowPolicy::SelfDestruct),
    ];
    let groups = prop::option::of(any::<bool>());
    (limit(), limit(), policy, order(), groups, beyond()).prop_map(
        |(count_max, size_max, policy, order, groups, beyond)| {
            let mut settings = QueueSettings::new("q");
            settings.count_max = count_max;
            settings.bytes_max = size_max.map(|size| size * 12);
            settings.policy = policy;
            let is_fifo = order == Order::Fifo;
            settings.order = order;
            settings.groups = groups.filter(|_| is_fifo).map(|is_shared| Groups {
                header: "key".into(),
                is_shared,
                has_timestamp: false,
                default_id: "none".into(),
            });
            settings.ready_limits = beyond.ready_limits;
            settings.message_ttl_ms = beyond.message_ttl_ms;
            settings.delivery_limit = beyond.delivery_limit;
            settings.is_single_active = beyond.is_single_active && settings.groups.is_none();
            settings.alternate_exchange = Some(Arc::from("alternate"));
            settings.sequence_header = Some("number".into());
            settings.apply_defaults(&Defaults::default()).unwrap();
            settings
        },
    )
}
