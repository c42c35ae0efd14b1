//! At which parts of their limits queues hold publishers back and raise alerts, and the group of
//! messages that name none, where a queue does not say otherwise.

use philter_model::queue::Defaults;

use super::error::ConfigError;
use super::given::Layers;
use super::name::Name;
use super::value;

/// Reads them; a resume threshold above the stop threshold is an error.
///
/// # Errors
/// A value that is none, or thresholds that do not fit together.
pub(super) fn assemble(layers: &Layers) -> Result<Defaults, ConfigError> {
    let Defaults { flow_stop_percent, flow_resume_percent, alert_percent, group_id } =
        Defaults::default();
    let per_cent =
        |name, default| layers.parse(name, default, |given| value::per_cent(given, 0..=100));
    let stop = per_cent(Name::DefaultFlowStopThreshold, flow_stop_percent)?;
    let resume =
        layers.parse(Name::DefaultFlowResumeThreshold, flow_resume_percent.min(stop), |given| {
            value::per_cent(given, 0..=stop)
        })?;
    Ok(Defaults {
        flow_stop_percent: stop,
        flow_resume_percent: resume,
        alert_percent: per_cent(Name::DefaultEventThresholdRatio, alert_percent)?,
        group_id: layers.parse(Name::DefaultMessageGroup, group_id, value::group_id)?,
    })
}
