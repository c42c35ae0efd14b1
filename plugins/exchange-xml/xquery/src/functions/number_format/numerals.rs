//! Numbers by letters and other signs: `A`, `I`, `①` and their kin (section 4.6.1).

/// Roman numerals of one place, and greater ones first.
const ROMAN: [(u32, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];

/// A Roman numeral in lower case; none beyond what people write.
pub(super) fn roman(number: u128) -> Option<String> {
    let mut rest = u32::try_from(number).ok().filter(|number| (1..10_000).contains(number))?;
    let mut numeral = String::new();
    for (value, letters) in ROMAN {
        while rest >= value {
            numeral.push_str(letters);
            rest -= value;
        }
    }
    Some(numeral)
}

/// Letters as a number without a zero: a, b, … z, aa, ab …; none for 0.
pub(super) fn alphabetic(mut number: u128, alphabet: &[char]) -> Option<String> {
    let base = alphabet.len() as u128;
    if number == 0 || base < 2 {
        return None;
    }
    let mut letters = Vec::new();
    while number > 0 {
        number -= 1;
        let index = usize::try_from(number % base).ok()?;
        letters.push(*alphabet.get(index)?);
        number /= base;
    }
    Some(letters.into_iter().rev().collect())
}

/// Signs that each stand for a number: first sign, first number, how many.
const SERIES: [(char, u128, u128); 9] = [
    ('\u{2460}', 1, 20), // ①
    ('\u{2474}', 1, 20), // ⑴
    ('\u{2488}', 1, 20), // ⒈
    ('\u{24F5}', 1, 10), // ⓵
    ('\u{2776}', 1, 10), // ❶
    ('\u{2780}', 1, 10), // ➀
    ('\u{278A}', 1, 10), // ➊
    ('\u{3220}', 1, 10), // ㈠
    ('\u{3280}', 1, 10), // ㊀
];

/// A number of the series that begins with a sign.
pub(super) fn of_series(first: char, number: u128) -> Option<String> {
    if number == 0 {
        return match first {
            '\u{2460}' => Some("\u{24EA}".to_owned()),
            '\u{2776}' => Some("\u{24FF}".to_owned()),
            _ => None,
        };
    }
    let (sign, from, count) = SERIES.into_iter().find(|series| series.0 == first)?;
    let offset = number.checked_sub(from).filter(|offset| *offset < count)?;
    let sign = u32::from(sign) + u32::try_from(offset).ok()?;
    char::from_u32(sign).map(String::from)
}

/// Whether a sign begins a series.
pub(super) fn begins_series(first: char) -> bool {
    SERIES.iter().any(|series| series.0 == first)
}

/// The alphabet that a letter begins.
pub(super) fn alphabet(first: char) -> Option<Vec<char>> {
    let letters = match first {
        'a' => "abcdefghijklmnopqrstuvwxyz",
        'A' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        'α' => "αβγδεζηθικλμνξοπρστυφχψω",
        'Α' => "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
        'а' => "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        'А' => "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        'א' => "אבגדהוזחטיכלמנסעפצקרשת",
        'あ' => {
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
        }
        'ア' => {
            "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
        }
        'い' => {
            "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす"
        }
        'イ' => {
            "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
        }
        _ => return None,
    };
    Some(letters.chars().collect())
}

/// A number in Chinese characters, to the nine thousands; none beyond.
pub(super) fn chinese(number: u128) -> Option<String> {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    const PLACES: [(usize, &str); 4] = [(1000, "千"), (100, "百"), (10, "十"), (1, "")];
    let number = usize::try_from(number).ok().filter(|number| *number < 10_000)?;
    if number == 0 {
        return Some(String::from("〇"));
    }
    let mut text = String::new();
    let mut skipped = false;
    for (value, place) in PLACES {
        let digit = number / value % 10;
        if digit == 0 {
            skipped = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut skipped) {
            text.push('〇');
        }
        // Ten to nineteen leave the one away.
        if !(value == 10 && digit == 1 && text.is_empty()) {
            text.push(*DIGITS.get(digit)?);
        }
        text.push_str(place);
    }
    Some(text)
}
