//! The order in which SASL mechanisms are offered: clients take the first that they know.

/// Sorts mechanisms, strongest first, each once. What is not known here keeps its place between
/// those that hide the password and those that show it.
pub(crate) fn strongest_first(mechanisms: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut sorted: Vec<String> = Vec::new();
    for mechanism in mechanisms {
        if !sorted.contains(&mechanism) {
            sorted.push(mechanism);
        }
    }
    sorted.sort_by_key(|mechanism| rank(mechanism));
    sorted
}

fn rank(mechanism: &str) -> u8 {
    match mechanism {
        "EXTERNAL" => 0,
        "GSSAPI" => 1,
        "SCRAM-SHA-512" => 2,
        "SCRAM-SHA-256" => 3,
        "PLAIN" => 10,
        "ANONYMOUS" => 11,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_each_once_and_the_strongest_first() {
        let given = ["PLAIN", "X-OWN", "SCRAM-SHA-256", "ANONYMOUS", "PLAIN"];
        let sorted = strongest_first(given.map(str::to_owned));
        assert_eq!(sorted, ["SCRAM-SHA-256", "X-OWN", "PLAIN", "ANONYMOUS"]);
    }
}
