//! Numbers in English words, cardinal and ordinal.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Names of powers of a thousand, from the second on.
const POWERS: [&str; 13] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
    "decillion",
    "undecillion",
];

/// A cardinal number: `one hundred and twenty-three`.
pub(super) fn cardinal(number: u128) -> String {
    let mut groups = Vec::new();
    let mut rest = number;
    while rest > 0 {
        groups.push(u32::try_from(rest % 1000).unwrap_or(0));
        rest /= 1000;
    }
    let mut words: Vec<String> = Vec::new();
    for (power, group) in groups.iter().enumerate().rev().filter(|(_, group)| **group > 0) {
        if power == 0 && *group < 100 && !words.is_empty() {
            words.push("and".to_owned());
        }
        words.push(below_thousand(*group));
        words.extend(POWERS.get(power).filter(|_| power > 0).map(|name| (*name).to_owned()));
    }
    if words.is_empty() { "zero".to_owned() } else { words.join(" ") }
}

fn below_thousand(number: u32) -> String {
    match (number / 100, number % 100) {
        (0, rest) => below_hundred(rest),
        (hundreds, 0) => format!("{} hundred", below_hundred(hundreds)),
        (hundreds, rest) => {
            format!("{} hundred and {}", below_hundred(hundreds), below_hundred(rest))
        }
    }
}

fn below_hundred(number: u32) -> String {
    let word =
        |words: &[&'static str], index: u32| words.get(index as usize).copied().unwrap_or_default();
    match (number / 10, number % 10) {
        (0 | 1, _) => word(&SMALL, number).to_owned(),
        (tens, 0) => word(&TENS, tens).to_owned(),
        (tens, ones) => format!("{}-{}", word(&TENS, tens), word(&SMALL, ones)),
    }
}

/// An ordinal number: `one hundred and twenty-third`.
pub(super) fn ordinal(number: u128) -> String {
    const IRREGULAR: [(&str, &str); 7] = [
        ("one", "first"),
        ("two", "second"),
        ("three", "third"),
        ("five", "fifth"),
        ("eight", "eighth"),
        ("nine", "ninth"),
        ("twelve", "twelfth"),
    ];
    let cardinal = cardinal(number);
    let last = cardinal.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (before, last) = cardinal.split_at_checked(last).unwrap_or(("", &cardinal));
    if let Some((_, ordinal)) = IRREGULAR.iter().find(|word| word.0 == last) {
        return format!("{before}{ordinal}");
    }
    match last.strip_suffix('y') {
        Some(stem) => format!("{before}{stem}ieth"),
        None => format!("{before}{last}th"),
    }
}

/// What makes an ordinal number of digits: `st`, `nd`, `rd`, `th`.
pub(super) fn ordinal_suffix(number: u128) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

/// Each word with a capital, but for "and".
pub(super) fn title_case(words: &str) -> String {
    let mut titled = String::with_capacity(words.len());
    for (index, word) in words.split_inclusive([' ', '-']).enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index == 0 || word.trim_end() != "and" => {
                titled.extend(first.to_uppercase());
                titled.push_str(letters.as_str());
            }
            _ => titled.push_str(word),
        }
    }
    titled
}
