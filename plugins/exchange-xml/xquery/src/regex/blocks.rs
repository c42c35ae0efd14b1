//! Blocks of Unicode, by the names that `\p{Is…}` takes (XML Schema 1.1 part 2, section G.4.2.3):
//! those of Unicode without their spaces, and a few that older versions gave.
//!
//! The table's lines are first and last code point and name.

const TABLE: &str = include_str!("blocks.txt");

/// First and last code point of a block.
pub(super) fn find(name: &str) -> Option<(u32, u32)> {
    let row = TABLE.lines().find(|row| row.ends_with(name) && row.split(' ').nth(2) == Some(name));
    let mut bounds = row?.split(' ').map(|number| u32::from_str_radix(number, 16).ok());
    Some((bounds.next()??, bounds.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_name() {
        for row in TABLE.lines() {
            let name = row.split(' ').nth(2).unwrap();
            let (first, last) = find(name).unwrap();
            assert!(first < last && row.starts_with(&format!("{first:04X} {last:04X} ")), "{row}");
        }
        assert_eq!(find("BasicLatin"), Some((0, 0x7F)));
        assert_eq!(find("Latin"), None);
    }
}
