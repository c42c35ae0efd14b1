//! Names of queues that the broker makes up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::failure::{Failure, Outcome};

/// Random bytes of a name: as many as RabbitMQ's have, enough that nobody guesses one.
const RANDOM_BYTES: usize = 16;

/// What begins the name of a queue that a client left to the broker, as RabbitMQ's do.
pub(super) const GENERATED: &str = "amq.gen-";

/// A name that nobody has and nobody guesses.
///
/// # Errors
/// The system gave no random bytes.
pub(super) fn unique(prefix: &str) -> Outcome<String> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::exhausted(format!("no random bytes for a name: {error}")))?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_are_short() {
        let one = unique(GENERATED).unwrap();
        assert_ne!(one, unique(GENERATED).unwrap());
        assert_eq!(one.len(), GENERATED.len() + 22);
    }
}
