//! The interface `auth`.

use std::convert::Infallible;
use std::time::Duration;

use philter_plugin_api::{Authorization, Kind};
use wasmtime::component::{ComponentType, Lift, TypedFunc};

use super::{Answer, Contract, Exports, Id, TextOf, WrongFunction};
use crate::failure::Failure;
use crate::instance::Live;

/// The interface `auth`. Instances are told nothing but what they are asked.
pub(crate) struct AuthContract;

/// A function that answers what becomes of a login.
pub(crate) type OutcomeOf<P> = TypedFunc<P, (Answer<GuestOutcome>,)>;

/// What a login begins with: its number, the peer, the mechanism and the first message.
type Start = (u64, Vec<u8>, String, Option<Vec<u8>>);

/// Its functions.
pub(crate) struct AuthCalls {
    pub(crate) mechanisms: TypedFunc<(Vec<u8>,), (Vec<String>,)>,
    pub(crate) start: OutcomeOf<Start>,
    pub(crate) step: OutcomeOf<(u64, Vec<u8>)>,
    pub(crate) abandon: TypedFunc<(u64,), ()>,
    pub(crate) authorize: TypedFunc<(Vec<u8>,), (Answer<GuestAuthorization>,)>,
    pub(crate) limits: TypedFunc<(String,), (Vec<u8>,)>,
    pub(crate) inspect: TextOf<()>,
}

/// A step of a login.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum GuestOutcome {
    #[component(name = "challenge")]
    Challenge(Vec<u8>),
    /// An encoded map.
    #[component(name = "success")]
    Success(Vec<u8>),
    #[component(name = "failure")]
    Failure(String),
    #[component(name = "not-mine")]
    NotMine,
}

/// The answer to a question.
#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "lifted by number")]
pub(crate) enum GuestAuthorization {
    #[component(name = "allow")]
    Allow,
    #[component(name = "allow-logged")]
    AllowLogged,
    #[component(name = "deny")]
    Deny,
    #[component(name = "deny-logged")]
    DenyLogged,
    #[component(name = "abstain")]
    Abstain,
}

impl From<GuestAuthorization> for Authorization {
    fn from(answer: GuestAuthorization) -> Self {
        match answer {
            GuestAuthorization::Allow => Self::Allow { log: false },
            GuestAuthorization::AllowLogged => Self::Allow { log: true },
            GuestAuthorization::Deny => Self::Deny { log: false },
            GuestAuthorization::DenyLogged => Self::Deny { log: true },
            GuestAuthorization::Abstain => Self::Abstain,
        }
    }
}

impl Contract for AuthContract {
    const KIND: Kind = Kind::Auth;
    const INTERFACE: &'static str = "philter:auth/auth@0.1.0";
    const ENTRIES: &'static [(&'static str, &'static str)] = &[("inspect", "inspect")];
    type Calls = AuthCalls;
    type Item = Infallible;

    fn functions(exports: &mut Exports<'_>) -> Result<AuthCalls, WrongFunction> {
        Ok(AuthCalls {
            mechanisms: exports.function("mechanisms")?,
            start: exports.function("start")?,
            step: exports.function("step")?,
            abandon: exports.function("abandon")?,
            authorize: exports.function("authorize")?,
            limits: exports.function("limits")?,
            inspect: exports.function("inspect")?,
        })
    }

    fn tell(_: &mut Live<Self>, _: Id, nothing: &Infallible, _: Duration) -> Result<u32, Failure> {
        match *nothing {}
    }

    fn is_remembered(_: u32) -> bool {
        false
    }

    fn forget(_: &mut Live<Self>, _: Id, _: Duration) -> Result<(), Failure> {
        Ok(())
    }
}
