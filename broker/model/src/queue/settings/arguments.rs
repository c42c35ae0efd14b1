//! The arguments of a declare, one by one, and which of them go together.
//!
//! Some mean something only together with others that may come later, so they are kept as given
//! until all are known.

use philter_plugin_api::ValueRef;

use super::value::{flag, limit, name as named, number, text, wrong};
use super::x_arguments::{GivenX, MAX_PRIORITY};
use super::{Lifetime, QueueSettings, SettingsError};
use crate::limits::PRIORITY_LEVELS_MAX;
use crate::queue::alerts::GivenAlerts;
use crate::queue::flow::FlowLimits;
use crate::queue::groups::Groups;
use crate::queue::order::{Order, PriorityLevels, PriorityMapping};
use crate::queue::overflow::OverflowPolicy;

/// Arguments that Qpid's brokers know and this one does not yet.
const NOT_YET: &[&str] = &["qpid.paging", "qpid.max_pages_loaded", "qpid.page_factor"];

/// Numbers for a store of Qpid's brokers, or without effect in any broker: taken and kept for
/// queries.
const WITHOUT_EFFECT: &[&str] = &[
    "qpid.file_count",
    "qpid.file_size",
    "qpid.efp_partition_num",
    "qpid.efp_pool_file_size",
    "qpid.alert_repeat_gap",
    "x-qpid-minimum-alert-repeat-gap",
];

/// The header that is the key where a queue is declared in the old way.
const LEGACY_KEY: &str = "qpid.LVQ_key";

pub(super) const LAST_VALUE: &str = "qpid.last_value_queue_key";
pub(super) const PRIORITIES: &str = "qpid.priorities";
const FAIRSHARE: &str = "qpid.fairshare";
pub(super) const GROUP_HEADER: &str = "qpid.group_header_key";

/// Arguments whose meaning depends on others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Given {
    pub(super) flow: FlowLimits,
    pub(super) alerts: GivenAlerts,
    last_value_key: Option<String>,
    is_legacy_last_value: bool,
    /// 0 as good as absent.
    levels: usize,
    fairshare: Option<u32>,
    /// Share of a level, by name and level.
    shares: Vec<(String, usize, u32)>,
    group_header: Option<String>,
    is_shared_group: bool,
    has_group_timestamp: bool,
    pub(super) x: GivenX,
}

impl QueueSettings {
    pub(super) fn parse_argument(
        &mut self,
        name: &str,
        value: ValueRef<'_>,
    ) -> Result<(), SettingsError> {
        match name {
            "qpid.max_count" => self.count_max = limit(name, value)?,
            "qpid.max_size" => self.bytes_max = limit(name, value)?,
            "qpid.policy_type" => self.policy = policy(name, value)?,
            "qpid.browse-only" => self.is_browse_only = flag(name, value)?,
            "no-local" => self.is_no_local = flag(name, value)?,
            "qpid.auto_delete_timeout" => self.parse_timeout(name, value)?,
            "qpid.lifetime-policy" => self.parse_lifetime(name, value)?,
            "qpid.filter" => self.filter = named(name, value)?,
            "qpid.queue_msg_sequence" => self.sequence_header = named(name, value)?,
            "qpid.trace.id" => self.trace_id = named(name, value)?,
            "qpid.trace.exclude" => self.trace_exclude = trace_ids(&text(name, value)?),
            "qpid.replicate" => replicate(name, value)?,
            _ if NOT_YET.contains(&name) => {
                return Err(SettingsError::NotYet(name.to_owned()));
            }
            _ if WITHOUT_EFFECT.contains(&name) => drop(number(name, value)?),
            _ if name.starts_with("x-") && self.parse_x_argument(name, value)? => {}
            _ if self.given.parse(name, value)? => {}
            _ if name.starts_with("qpid.") => return Err(SettingsError::Unknown(name.to_owned())),
            _ => {}
        }
        Ok(())
    }

    fn parse_timeout(&mut self, name: &str, value: ValueRef<'_>) -> Result<(), SettingsError> {
        let seconds = limit(name, value)?;
        self.auto_delete_timeout_ms = seconds.map(|seconds| seconds.saturating_mul(1_000));
        self.is_auto_delete |= seconds.is_some();
        Ok(())
    }

    fn parse_lifetime(&mut self, name: &str, value: ValueRef<'_>) -> Result<(), SettingsError> {
        let lifetime = match text(name, value)?.as_str() {
            "delete-on-close" => Lifetime::DeleteOnClose,
            "delete-if-unused" => Lifetime::DeleteIfUnused,
            "delete-if-unused-and-empty" => Lifetime::DeleteIfUnusedAndEmpty,
            "manual" => Lifetime::Manual,
            _ => {
                let expected = "'delete-on-close', 'delete-if-unused', \
                                'delete-if-unused-and-empty' or 'manual'";
                return Err(wrong(name, expected, value));
            }
        };
        self.lifetime = Some(lifetime);
        self.is_auto_delete = lifetime != Lifetime::Manual;
        Ok(())
    }
}

impl Given {
    /// Whether it is one of those that are kept here.
    fn parse(&mut self, name: &str, value: ValueRef<'_>) -> Result<bool, SettingsError> {
        match name {
            "qpid.flow_stop_count" => self.flow.stop_count = Some(number(name, value)?),
            "qpid.flow_stop_size" => self.flow.stop_bytes = Some(number(name, value)?),
            "qpid.flow_resume_count" => self.flow.resume_count = Some(number(name, value)?),
            "qpid.flow_resume_size" => self.flow.resume_bytes = Some(number(name, value)?),
            "qpid.alert_count" | "qpid.alert_count_up" | "x-qpid-maximum-message-count" => {
                self.alerts.count_up = Some(number(name, value)?);
            }
            "qpid.alert_size" | "qpid.alert_size_up" | "x-qpid-maximum-message-size" => {
                self.alerts.bytes_up = Some(number(name, value)?);
            }
            "qpid.alert_count_down" => self.alerts.count_down = limit(name, value)?,
            "qpid.alert_size_down" => self.alerts.bytes_down = limit(name, value)?,
            LAST_VALUE => self.last_value_key = named(name, value)?,
            "qpid.last_value_queue" | "qpid.last_value_queue_no_browse" => {
                self.is_legacy_last_value |= flag(name, value)?;
            }
            PRIORITIES | "x-qpid-priorities" => self.levels = levels(name, value)?,
            FAIRSHARE | "x-qpid-fairshare" => self.fairshare = Some(share(name, value)?),
            GROUP_HEADER => self.group_header = named(name, value)?,
            "qpid.shared_msg_group" => self.is_shared_group = flag(name, value)?,
            "qpid.group_timestamp" => self.has_group_timestamp = flag(name, value)?,
            _ => return self.parse_share(name, value),
        }
        Ok(true)
    }

    /// `qpid.fairshare-N`.
    fn parse_share(&mut self, name: &str, value: ValueRef<'_>) -> Result<bool, SettingsError> {
        let level = name.strip_prefix(FAIRSHARE).or_else(|| name.strip_prefix("x-qpid-fairshare"));
        let Some(level) = level.and_then(|rest| rest.strip_prefix('-')) else { return Ok(false) };
        let Ok(level) = level.parse() else { return Ok(false) };
        self.shares.push((name.to_owned(), level, share(name, value)?));
        Ok(true)
    }

    /// The order that was asked for.
    pub(super) fn order(&self) -> Result<Order, SettingsError> {
        let key = match &self.last_value_key {
            None => self.is_legacy_last_value.then(|| LEGACY_KEY.to_owned()),
            key => key.clone(),
        };
        let shares_by = self.fairshare.filter(|share| *share > 0).map(|_| FAIRSHARE);
        let shares_by = shares_by.or(self.shares.first().map(|(name, ..)| name.as_str()));
        match (key, self.levels, shares_by) {
            (Some(_), 1.., _) => Err(conflict(LAST_VALUE, PRIORITIES)),
            (_, 0, Some(name)) => {
                Err(SettingsError::Needs { name: name.to_owned(), needs: PRIORITIES })
            }
            (Some(_), ..) if self.x.max_priority.is_some() => {
                Err(conflict(LAST_VALUE, MAX_PRIORITY))
            }
            (_, 1.., _) if self.x.max_priority.is_some() => Err(conflict(PRIORITIES, MAX_PRIORITY)),
            (Some(key), ..) => Ok(Order::LastValue { key }),
            (None, 0, None) => Ok(self.x.order()),
            (None, levels, _) => self.priorities(levels).map(Order::Priority),
        }
    }

    fn priorities(&self, levels: usize) -> Result<PriorityLevels, SettingsError> {
        let mut shares = vec![self.fairshare.unwrap_or(0); levels];
        for (name, level, share) in &self.shares {
            let Some(slot) = shares.get_mut(*level) else {
                let expected = "a level below qpid.priorities";
                let found = level.to_string();
                return Err(SettingsError::Value { name: name.clone(), expected, found });
            };
            *slot = *share;
        }
        let has_shares = shares.iter().any(|share| *share > 0);
        let shares = if has_shares { shares } else { Vec::new() };
        Ok(PriorityLevels { levels, shares, mapping: PriorityMapping::Middle })
    }

    /// The groups that were asked for.
    pub(super) fn groups(&self) -> Result<Option<Groups>, SettingsError> {
        if let Some(header) = &self.group_header {
            let (is_shared, has_timestamp) = (self.is_shared_group, self.has_group_timestamp);
            let default_id = super::Defaults::default().group_id;
            return Ok(Some(Groups {
                header: header.clone(),
                is_shared,
                has_timestamp,
                default_id,
            }));
        }
        for (is_given, name) in [
            (self.is_shared_group, "qpid.shared_msg_group"),
            (self.has_group_timestamp, "qpid.group_timestamp"),
        ] {
            if is_given {
                let name = name.to_owned();
                return Err(SettingsError::Needs { name, needs: GROUP_HEADER });
            }
        }
        Ok(None)
    }

    /// Groups stand on queues in plain order alone.
    pub(super) fn check_kinds(&self) -> Result<(), SettingsError> {
        match self.group_header {
            Some(_) if self.levels > 0 => Err(conflict(PRIORITIES, GROUP_HEADER)),
            Some(_) if self.x.max_priority.is_some() => Err(conflict(MAX_PRIORITY, GROUP_HEADER)),
            Some(_) if self.last_value_key.is_some() || self.is_legacy_last_value => {
                Err(conflict(LAST_VALUE, GROUP_HEADER))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn conflict(one: &'static str, other: &'static str) -> SettingsError {
    SettingsError::Conflict { one, other }
}

fn levels(name: &str, value: ValueRef<'_>) -> Result<usize, SettingsError> {
    let levels = usize::try_from(number(name, value)?).unwrap_or(usize::MAX);
    match levels <= PRIORITY_LEVELS_MAX {
        true => Ok(levels),
        false => Err(wrong(name, "at most 256 levels", value)),
    }
}

fn share(name: &str, value: ValueRef<'_>) -> Result<u32, SettingsError> {
    number(name, value).map(|share| u32::try_from(share).unwrap_or(u32::MAX))
}

fn policy(name: &str, value: ValueRef<'_>) -> Result<OverflowPolicy, SettingsError> {
    match text(name, value).as_deref() {
        Ok("reject") => Ok(OverflowPolicy::Reject),
        Ok("ring") => Ok(OverflowPolicy::Ring),
        Ok("self-destruct") => Ok(OverflowPolicy::SelfDestruct),
        Ok(policy @ ("ring_strict" | "flow_to_disk")) => {
            Err(SettingsError::NotYet(format!("{name}={policy}")))
        }
        _ => Err(wrong(name, "'reject', 'ring' or 'self-destruct'", value)),
    }
}

/// Brokers of this kind are not replicated among themselves.
fn replicate(name: &str, value: ValueRef<'_>) -> Result<(), SettingsError> {
    match text(name, value)?.as_str() {
        "" | "none" => Ok(()),
        other => Err(SettingsError::NotYet(format!("{name}={other}"))),
    }
}

fn trace_ids(text: &str) -> Vec<String> {
    let ids = text.split([',', ' ']).filter(|id| !id.is_empty());
    ids.map(str::to_owned).collect()
}
