//! At which parts of their limits queues hold publishers back and raise alerts, and the group of
//! messages that name none, where a queue does not say otherwise.

use philter_model::queue::Defaults;

use super::name::Name;
use super::reading::Reading;
use super::value;

/// Reads them; a resume threshold above the stop threshold is an error.
pub(super) fn assemble(reading: &mut Reading<'_>) -> Defaults {
    let Defaults { flow_stop_percent, flow_resume_percent, alert_percent, group_id } =
        Defaults::default();
    let mut per_cent =
        |name, default, max| reading.parse(name, default, |given| value::per_cent(given, 0..=max));
    let stop = per_cent(Name::DefaultFlowStopThreshold, flow_stop_percent, 100);
    let resume_default = flow_resume_percent.min(stop);
    Defaults {
        flow_stop_percent: stop,
        flow_resume_percent: per_cent(Name::DefaultFlowResumeThreshold, resume_default, stop),
        alert_percent: per_cent(Name::DefaultEventThresholdRatio, alert_percent, 100),
        group_id: reading.parse(Name::DefaultMessageGroup, group_id, value::group_id),
    }
}
