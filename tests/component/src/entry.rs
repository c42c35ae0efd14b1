//! The functions of the interfaces: their types in components, and in core code.

use Answer::{Bytes, Nothing, Number, Of, Output, Text, Unit, Verdict};
use Parameter as P;

/// What a parameter is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter {
    Text,
    Bytes,
    MaybeBytes,
    Number,
    /// Of 32 bits.
    Small,
    Truth,
    MaybeNumber,
    Numbers,
    Texts,
}

/// What a function answers; all but the first and `describe`'s may be an error instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Nothing,
    Description,
    /// Bytes that are never an error.
    Buffer,
    /// Texts that are never an error.
    BareTexts,
    Unit,
    Number,
    Bytes,
    Text,
    Verdict,
    Output,
    /// A type as the component model has it; `{s}` stands behind the names of the interface's own.
    Of(&'static str),
}

/// A function of an interface.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    parameters: &'static [(&'static str, Parameter)],
    pub(crate) answer: Answer,
}

const fn entry(
    name: &'static str,
    parameters: &'static [(&'static str, Parameter)],
    answer: Answer,
) -> Entry {
    Entry { name, parameters, answer }
}

const CREATE: Entry = entry("create", &[("configuration", P::Text), ("context", P::Bytes)], Unit);
const COMMAND: Entry = entry(
    "command",
    &[("configuration", P::Text), ("arguments", P::Texts), ("input", P::Bytes)],
    Output,
);

/// The entries of `filter`.
pub(crate) const FILTER: &[Entry] = &[
    entry("describe", &[], Answer::Description),
    CREATE,
    entry("destroy", &[], Nothing),
    entry("compile", &[("handle", P::Number), ("expression", P::Text)], Number),
    entry("release", &[("handle", P::Number)], Nothing),
    entry("matches", &[("batch", P::Bytes), ("handles", P::Numbers)], Bytes),
    entry("transform", &[("handle", P::Number), ("message", P::Bytes)], Verdict),
    entry("inspect", &[("handle", P::MaybeNumber)], Text),
    entry("explain", &[("expression", P::Text)], Text),
    entry("try-expression", &[("expression", P::Text), ("message", P::Bytes)], Text),
    COMMAND,
];

/// The entries of `exchange`.
pub(crate) const EXCHANGE: &[Entry] = &[
    entry("describe", &[], Answer::Description),
    CREATE,
    entry("destroy", &[], Nothing),
    entry(
        "bind",
        &[("id", P::Number), ("key", P::Text), ("arguments", P::Bytes), ("context", P::Bytes)],
        Number,
    ),
    entry("unbind", &[("id", P::Number)], Unit),
    entry("route", &[("batch", P::Bytes)], Bytes),
    entry("inspect", &[("binding", P::MaybeNumber)], Text),
    entry("explain", &[("binding", P::Number)], Text),
    entry(
        "try-binding",
        &[("key", P::Text), ("arguments", P::Bytes), ("context", P::Bytes), ("message", P::Bytes)],
        Text,
    ),
    COMMAND,
];

/// The entries of `auth`.
pub(crate) const AUTH: &[Entry] = &[
    entry("describe", &[], Answer::Description),
    CREATE,
    entry("destroy", &[], Nothing),
    entry("mechanisms", &[("peer", P::Bytes)], Answer::BareTexts),
    entry(
        "start",
        &[
            ("session", P::Number),
            ("peer", P::Bytes),
            ("mechanism", P::Text),
            ("initial", P::MaybeBytes),
        ],
        Of("$outcome{s}"),
    ),
    entry("step", &[("session", P::Number), ("response", P::Bytes)], Of("$outcome{s}")),
    entry("abandon", &[("session", P::Number)], Nothing),
    entry("authorize", &[("access", P::Bytes)], Of("$authorization{s}")),
    entry("limits", &[("identity", P::Text)], Answer::Buffer),
    entry("inspect", &[], Text),
    COMMAND,
];

const SHARD: (&str, Parameter) = ("shard", P::Small);

/// The entries of `store`.
pub(crate) const STORE: &[Entry] = &[
    entry("describe", &[], Answer::Description),
    CREATE,
    entry("destroy", &[], Nothing),
    entry("capabilities", &[], Answer::Buffer),
    entry("acquire", &[SHARD, ("node", P::Text)], Of("$acquired{s}")),
    entry(
        "append",
        &[SHARD, ("epoch", P::Number), ("operations", P::Bytes)],
        Of("$append-outcome{s}"),
    ),
    entry("purge", &[SHARD, ("epoch", P::Number), ("queue", P::Number)], Of("$purge-outcome{s}")),
    entry(
        "replay",
        &[
            SHARD,
            ("from", P::Number),
            ("until", P::Number),
            ("with-bodies", P::Truth),
            ("bytes-max", P::Small),
        ],
        Bytes,
    ),
    entry("read", &[SHARD, ("queue", P::Number), ("id", P::Number)], Of("(option (list u8))")),
    entry(
        "entries",
        &[
            SHARD,
            ("queue", P::Number),
            ("from", P::Number),
            ("until", P::Number),
            ("bytes-max", P::Small),
        ],
        Bytes,
    ),
    entry("statistics", &[SHARD], Text),
    entry("meta-get", &[("key", P::Text)], Of("(option $revision-and-value{s})")),
    entry(
        "meta-compare-and-set",
        &[("key", P::Text), ("expected", P::Number), ("value", P::Bytes)],
        Of("(option u64)"),
    ),
    entry("meta-remove", &[("key", P::Text), ("expected", P::Number)], Of("bool")),
    entry("meta-list", &[("prefix", P::Text), ("from", P::Text), ("bytes-max", P::Small)], Bytes),
    entry("inspect", &[], Text),
    COMMAND,
];

/// A type that an interface has of its own: its name, and what it is.
pub(crate) type OwnType = (&'static str, &'static str);

/// The types of `filter`.
pub(crate) const FILTER_TYPES: &[OwnType] = &[
    ("replacement", "(record (field \"body\" (list u8)) (field \"properties\" (list u8)))"),
    (
        "verdict",
        "(variant (case \"pass\") (case \"drop\") (case \"dead-letter\") \
         (case \"replace\" $replacement{s}))",
    ),
];

/// The types of `auth`.
pub(crate) const AUTH_TYPES: &[OwnType] = &[
    (
        "outcome",
        "(variant (case \"challenge\" (list u8)) (case \"success\" (list u8)) \
         (case \"failure\" string) (case \"not-mine\"))",
    ),
    ("authorization", "(enum \"allow\" \"allow-logged\" \"deny\" \"deny-logged\" \"abstain\")"),
];

/// The types of `store`.
pub(crate) const STORE_TYPES: &[OwnType] = &[
    ("acquired", "(record (field \"epoch\" u64) (field \"fence\" u64))"),
    ("append-outcome", "(variant (case \"done\" u64) (case \"fenced\") (case \"full\"))"),
    ("purge-outcome", "(variant (case \"done\" u64) (case \"more\") (case \"fenced\"))"),
    ("revision-and-value", "(record (field \"revision\" u64) (field \"value\" (list u8)))"),
];

impl Entry {
    /// Its type in a component; `$error` and the like end in `suffix`.
    pub(crate) fn component_type(&self, suffix: &str) -> String {
        let parameters = self.parameters.iter().map(|(name, parameter)| {
            let kind = match parameter {
                P::Text => "string",
                P::Bytes => "(list u8)",
                P::MaybeBytes => "(option (list u8))",
                P::Number => "u64",
                P::Small => "u32",
                P::Truth => "bool",
                P::MaybeNumber => "(option u64)",
                P::Numbers => "(list u64)",
                P::Texts => "(list string)",
            };
            format!("(param \"{name}\" {kind}) ")
        });
        let parameters: String = parameters.collect();
        let failing = |what: &str| format!("(result (result {what} (error $error{suffix})))");
        let answer = match self.answer {
            Nothing => String::new(),
            Answer::Description => "(result string)".to_owned(),
            Answer::Buffer => "(result (list u8))".to_owned(),
            Answer::BareTexts => "(result (list string))".to_owned(),
            Of(kind) => failing(&kind.replace("{s}", suffix)),
            Unit => failing(""),
            Number => failing("u32"),
            Bytes => failing("(list u8)"),
            Text => failing("string"),
            Verdict => failing(&format!("$verdict{suffix}")),
            Output => failing(&format!("$command-output{suffix}")),
        };
        parameters + &answer
    }

    /// Its parameters in core code, each with its type.
    fn core_parameters(&self) -> Vec<(String, &'static str)> {
        let flat = self.parameters.iter().flat_map(|(name, parameter)| match parameter {
            P::Text | P::Bytes => {
                vec![(name.to_string(), "i32"), (format!("{name}-bytes"), "i32")]
            }
            P::MaybeBytes => vec![
                (format!("has-{name}"), "i32"),
                (name.to_string(), "i32"),
                (format!("{name}-bytes"), "i32"),
            ],
            P::Numbers | P::Texts => {
                vec![(name.to_string(), "i32"), (format!("{name}-count"), "i32")]
            }
            P::Number => vec![(name.to_string(), "i64")],
            P::Small | P::Truth => vec![(name.to_string(), "i32")],
            P::MaybeNumber => vec![(format!("has-{name}"), "i32"), (name.to_string(), "i64")],
        });
        flat.collect()
    }

    /// Its type in core code.
    pub(crate) fn core_type(&self) -> String {
        let parameters = self.core_parameters();
        let parameters = parameters.iter().map(|(name, kind)| format!("(param ${name} {kind}) "));
        let answer = if self.answer == Nothing { "" } else { "(result i32)" };
        parameters.collect::<String>() + answer
    }

    /// The body that calls the default.
    pub(crate) fn default_body(&self) -> String {
        let parameters = self.core_parameters();
        let arguments = parameters.iter().map(|(name, _)| format!(" (local.get ${name})"));
        format!("(call $default-{}{})", self.name, arguments.collect::<String>())
    }

    /// What a description calls it; none where it always is there.
    pub(crate) fn optional_name(&self) -> Option<&'static str> {
        match self.name {
            "transform" | "inspect" | "explain" => Some(self.name),
            "try-expression" | "try-binding" => Some("try"),
            _ => None,
        }
    }
}
