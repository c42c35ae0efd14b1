//! Does a message match? A filter is a query whose answer is yes or no; it is compiled once and
//! then asked about each document, with the message's properties as variables.

use philter_xquery::{Atomic, Document, DocumentLimits, Evaluation, Options, Query, Result, Value};

const FILTER: &str = "
    declare variable $region external;
    $region = 'eu' and ./weather/temperature_f > 50 and ./weather/wind_speed_mph < 20";

const MESSAGES: [(&str, &str); 3] = [
    (
        "eu",
        "<weather><temperature_f>70</temperature_f><wind_speed_mph>7</wind_speed_mph></weather>",
    ),
    (
        "us",
        "<weather><temperature_f>70</temperature_f><wind_speed_mph>7</wind_speed_mph></weather>",
    ),
    (
        "eu",
        "<weather><temperature_f>40</temperature_f><wind_speed_mph>7</wind_speed_mph></weather>",
    ),
];

fn main() -> Result<()> {
    let filter = Query::compile(FILTER, &Options::default())?;
    for (region, body) in MESSAGES {
        let document = Document::parse(body, &DocumentLimits::default())?;
        let region = [Value::from(Atomic::string(region))];
        let evaluation = Evaluation::new(&filter).document(&document).variable("region", &region);
        print(&format!("{body}: {}", evaluation.boolean()?));
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example shows what it does")]
fn print(line: &str) {
    println!("{line}");
}
