//! The document that messages for an xml exchange have for a body, and queries over it.
//!
//! Invariants:
//! - the stamp stands at the same place in each, which letters leave well-formed;
//! - a query for one station matches the documents of that station and of no other.

use super::stamp::STAMP_LETTERS;

/// Bytes of a document where nobody says how many.
pub(crate) const DOCUMENT_BYTES: usize = 2_048;

/// What a document begins with, up to its stamp.
const FRONT: &str = r#"<observation stamp=""#;

/// Where the stamp stands.
pub(crate) const STAMP_AT: usize = FRONT.len();

/// What a document ends with, behind its readings and what fills it.
const BACK: &str = "</remark></observation>";

/// A document of a station with so many bytes, or the fewest that it can have.
///
/// # Errors
/// That number, where it is asked for fewer.
pub(crate) fn document(station: &str, bytes: usize) -> Result<Vec<u8>, usize> {
    let stamp = "a".repeat(STAMP_LETTERS);
    let mut text = format!(
        "{FRONT}{stamp}\" station=\"{station}\"><weather><temperature_f>70.5</temperature_f>\
         <dewpoint_f>55.4</dewpoint_f></weather><readings>"
    );
    let end = format!("</readings><remark>{BACK}");
    let Some(mut left) = bytes.checked_sub(text.len() + end.len()) else {
        return Err(text.len() + end.len());
    };
    // As many elements as a document of that size has, rather than one long text.
    for minute in (0..60).cycle() {
        let reading = format!("<reading minute=\"{minute:02}\">70.{}</reading>", minute % 10);
        let Some(rest) = left.checked_sub(reading.len()) else { break };
        text.push_str(&reading);
        left = rest;
    }
    text.push_str("</readings><remark>");
    text.extend(std::iter::repeat_n('x', left));
    text.push_str(BACK);
    Ok(text.into_bytes())
}

/// A query that documents of a station match.
pub(crate) fn query(station: &str) -> String {
    format!("./observation/@station = '{station}' and ./observation/weather/temperature_f > 50")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::stamp::Form;

    #[test]
    fn a_document_has_the_bytes_that_were_asked_for() {
        for bytes in [300, 301, 340, DOCUMENT_BYTES, 100_000] {
            let document = document("q-0", bytes).unwrap();
            assert_eq!(document.len(), bytes);
            assert!(document.ends_with(BACK.as_bytes()));
        }
    }

    #[test]
    fn its_stamp_stands_between_the_quotes() {
        let document = document("q-0", DOCUMENT_BYTES).unwrap();
        let at = Form::Document.stamp_at(document.len()).unwrap();
        assert_eq!((document[at - 1], document[at + STAMP_LETTERS]), (b'"', b'"'));
        assert!(Form::Document.read(&document).is_some());
    }

    #[test]
    fn too_few_bytes_are_answered_with_the_fewest() {
        let least = document("q-0", 10).unwrap_err();
        assert_eq!(document("q-0", least).map(|document| document.len()), Ok(least));
    }
}
