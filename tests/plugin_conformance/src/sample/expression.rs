//! Expressions to try.

/// Expressions of the languages of the field: SQL selectors and XQuery.
pub(super) fn candidates() -> Vec<String> {
    let candidates = [
        "true()",
        "false()",
        "./weather/temperature > 20",
        "declare variable $color external; $color = 'red'",
        "TRUE",
        "color = 'red'",
        "color = 'red' AND size > 2",
        "size IS NULL",
    ];
    candidates.map(str::to_owned).into()
}
