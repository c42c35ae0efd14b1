//! Dates and times in pictures, and read from internet mail.

use super::*;
use crate::atomic::DateTime;
use crate::limits::Limits;
use crate::meter::Meter;

const MOMENT: DateTime = DateTime {
    year: 2003,
    month: 9,
    day: 7,
    hour: 9,
    minute: 15,
    second: 6,
    nanosecond: 456_000_000,
    timezone_minutes: Some(330),
};

fn formatted(value: &DateTime, picture: &str) -> String {
    let limits = Limits::default();
    let meter = Meter::new(&limits);
    let moment = Moment { value, kind: AtomicType::DateTime, place: None };
    let mut output = String::new();
    for part in Picture::parse(picture).unwrap().parts {
        match part {
            Part::Text(text) => output.push_str(&text),
            Part::Marker(marker) => {
                assert!(moment.format(&marker, &mut output, &meter).unwrap());
            }
        }
    }
    output
}

#[test]
fn moments_follow_their_picture() {
    for (picture, expected) in [
        ("[[[Y0001]-[M01]-[D01]]]", "[2003-09-07]"),
        ("[Y01] [Y,2-2] [Y,3-4] [YI] [Yi,3-3]", "03 03 2003 MMIII iii"),
        ("[MNn,3-3] [MN] [Mn,*-4] [M]", "Sep SEPTEMBER sep 9"),
        ("[FNn] [F1] [F,2-2] [W] [w] [d]", "Sunday 7 su 36 1 250"),
        ("[h]:[m] [P] [PN,1-1]", "9:15 am A"),
        ("[s].[f] [f,1-1] [f01] [f001] [f,4-4] [f1,2-2]", "06.456 4 45 456 4560 45"),
        (
            "[Z] [z] [Z0] [z00] [Z0000] [Z0:00] [ZZ] [ZN]",
            "+05:30 GMT+05:30 +5:30 GMT+05:30 +0530 +5:30 +05:30 +05:30",
        ),
        ("[D1o] [Dwo] [DWw]", "7th seventh Seven"),
        ("[Y9,999,*] [Y#.0] [E] [EN]", "2,003 3 ad AD"),
        ("[m\u{660}\u{660}]", "\u{661}\u{665}"),
    ] {
        assert_eq!(formatted(&MOMENT, picture), expected, "{picture}");
    }
}

#[test]
fn weeks_belong_to_the_year_of_their_thursday() {
    for (year, month, day, expected) in [
        (2005, 1, 1, "53 5"),
        (2006, 1, 1, "52 5"),
        (2004, 1, 1, "1 1"),
        (2006, 10, 1, "39 4"),
        (2008, 12, 31, "1 5"),
    ] {
        let value = DateTime { year, month, day, ..MOMENT };
        assert_eq!(formatted(&value, "[W] [w]"), expected, "{year}-{month}-{day}");
    }
}

#[test]
fn pictures_that_are_none_are_refused() {
    for picture in ["]", "[", "[Y", "[bla]", "[]", "[Y,0]", "[Y,4-3]", "[Y,a]"] {
        assert!(Picture::parse(picture).is_err(), "{picture}");
    }
}

#[test]
fn ietf_dates_are_read() {
    for (text, expected) in [
        ("Wed, 06 Jun 1994 07:29:35 GMT", "1994-06-06T07:29:35+00:00"),
        ("Wed, 6 Jun 94 07:29:35 GMT", "1994-06-06T07:29:35+00:00"),
        ("Wed Jun 06 11:54:45 EST 2013", "2013-06-06T11:54:45-05:00"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37+00:00"),
        ("Wed, 6 Jun 94 07:29:35 +0500", "1994-06-06T07:29:35+05:00"),
        ("1 Jan 1900 24:00", "1900-01-02T00:00:00+00:00"),
        (" 1 - jan - 2000 9:00 -5:30 ( EST )", "2000-01-01T09:00:00-05:30"),
    ] {
        let value = ietf::parse(text).unwrap_or_else(|| panic!("{text}"));
        let text = formatted(&value, "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01][Z]");
        assert_eq!(text, expected);
    }
    for text in [
        "",
        "1 Jan 2000",
        "31 Feb 2000 10:00",
        "1 Jan 2000 25:00",
        "1 Jan 200 10:00",
        "1 Jan 2000 10:00 +15:00",
        "Wed1 Jan 2000 10:00",
    ] {
        assert!(ietf::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_calendar_is_named_by_an_eqname() {
    for (calendar, expected) in [
        ("AD", "2003"),
        (" Q{}ISO ", "2003"),
        ("VE", "[Calendar: AD]2003"),
        ("Q{urn:x}maya", "[Calendar: AD]2003"),
        ("xs:maya", "[Calendar: AD]2003"),
        ("maya", "FOFD1340"),
        ("no:maya", "FOFD1340"),
        ("Q{urn:x}1", "FOFD1340"),
        ("Q{urn:x", "FOFD1340"),
        ("", "FOFD1340"),
    ] {
        let query = format!("format-date(xs:date('2003-09-07'), '[Y]', 'en', '{calendar}', ())");
        let query = crate::Query::compile(&query, &crate::Options::default()).unwrap();
        let found = query.serialize(&crate::Environment::default());
        let found = found.unwrap_or_else(|error| error.code().to_string());
        assert_eq!(found, expected, "{calendar:?}");
    }
}
