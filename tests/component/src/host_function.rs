//! A function that the host has beside those of every component, as core code calls it.

/// A function of an imported instance.
#[derive(Clone, Debug)]
pub(crate) struct HostFunction {
    instance: String,
    function: String,
    name: String,
    core_type: String,
}

impl HostFunction {
    pub(crate) fn new(instance: &str, function: &str, name: &str, core_type: &str) -> Self {
        let [instance, function, name, core_type] =
            [instance, function, name, core_type].map(str::to_owned);
        Self { instance, function, name, core_type }
    }

    /// All of them, made for core code.
    pub(crate) fn lowered(all: &[Self]) -> String {
        let lowered = all.iter().enumerate().map(|(number, one)| {
            let Self { instance, function, .. } = one;
            format!(
                "  (alias export {instance} \"{function}\" (func $own-{number}))\
                 \n  (core func $core-own-{number} (canon lower (func $own-{number})\
                 \n    (memory $linear) (realloc $realloc) string-encoding=utf8))\n"
            )
        });
        let exported = all.iter().enumerate().map(|(number, one)| {
            format!("\n    (export \"{}\" (func $core-own-{number}))", one.name)
        });
        let (lowered, exported): (String, String) = (lowered.collect(), exported.collect());
        format!("{lowered}  (core instance $core-own{exported})\n")
    }

    /// All of them, as core code imports them.
    pub(crate) fn imports(all: &[Self]) -> String {
        let imports = all.iter().map(|Self { name, core_type, .. }| {
            format!("    (import \"own\" \"{name}\" (func {name} {core_type}))\n")
        });
        imports.collect()
    }
}
