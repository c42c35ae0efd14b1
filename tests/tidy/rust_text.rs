//! A Rust source seen twice: once with comments and literals blanked, once with only the comments.
//!
//! Rules look for words. A word inside a string is not code, and a word of code is not a comment,
//! so both views are made once. Each view has the characters of the text at the same line and
//! column; what does not belong is a blank.

/// The two views of one source.
#[derive(Debug)]
pub(crate) struct Views {
    /// Code alone: comments, strings and character literals are blanks.
    pub(crate) code: String,
    /// Comments alone.
    pub(crate) comments: String,
}

impl Views {
    pub(crate) fn of(text: &str) -> Self {
        let mut scan = Scan { rest: text.chars().collect(), at: 0, views: Views::empty() };
        while scan.at < scan.rest.len() {
            scan.step();
        }
        scan.views
    }

    fn empty() -> Self {
        Self { code: String::new(), comments: String::new() }
    }
}

/// Whether a character can stand in an identifier.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The identifiers of a piece of code, each with its offset in bytes.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    code.split(|c: char| !is_word(c)).filter_map(move |word| {
        let start = from;
        from += word.len();
        from += code[from..].chars().next().map_or(0, char::len_utf8);
        (!word.is_empty()).then_some((start, word))
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Code,
    Comment,
    Literal,
}

struct Scan {
    rest: Vec<char>,
    at: usize,
    views: Views,
}

impl Scan {
    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.line_comment(),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r' | 'b' | 'c', _) if !self.in_word() && self.raw_hashes().is_some() => {
                self.raw_string();
            }
            ('\'', _) if self.is_char_literal() => self.char_literal(),
            _ => self.take(1, Kind::Code),
        }
    }

    fn peek(&self, ahead: usize) -> char {
        self.rest.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn in_word(&self) -> bool {
        self.at > 0 && is_word(self.rest[self.at - 1])
    }

    fn take(&mut self, count: usize, kind: Kind) {
        for _ in 0..count {
            let Some(&c) = self.rest.get(self.at) else { return };
            let blank = if c == '\n' { '\n' } else { ' ' };
            let (code, comment) = match kind {
                Kind::Code => (c, blank),
                Kind::Comment => (blank, c),
                Kind::Literal => (blank, blank),
            };
            self.views.code.push(code);
            self.views.comments.push(comment);
            self.at += 1;
        }
    }

    fn line_comment(&mut self) {
        while self.at < self.rest.len() && self.peek(0) != '\n' {
            self.take(1, Kind::Comment);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.rest.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.take(1, Kind::Comment);
                    continue;
                }
            }
            self.take(2, Kind::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(1, Kind::Literal);
        while self.at < self.rest.len() {
            match self.peek(0) {
                '\\' => self.take(2, Kind::Literal),
                '"' => return self.take(1, Kind::Literal),
                _ => self.take(1, Kind::Literal),
            }
        }
    }

    /// The prefix length and the number of hashes, where a raw string begins here.
    fn raw_hashes(&self) -> Option<(usize, usize)> {
        let prefix = match (self.peek(0), self.peek(1)) {
            ('r', _) => 1,
            ('b' | 'c', 'r') => 2,
            _ => return None,
        };
        let hashes = (0..).take_while(|&i| self.peek(prefix + i) == '#').count();
        (self.peek(prefix + hashes) == '"').then_some((prefix, hashes))
    }

    fn raw_string(&mut self) {
        let Some((prefix, hashes)) = self.raw_hashes() else { return };
        self.take(prefix + hashes + 1, Kind::Literal);
        while self.at < self.rest.len() {
            let closes = self.peek(0) == '"' && (1..=hashes).all(|i| self.peek(i) == '#');
            if closes {
                return self.take(hashes + 1, Kind::Literal);
            }
            self.take(1, Kind::Literal);
        }
    }

    /// Tells `'a'` and `'\n'` from the lifetime `'a`.
    fn is_char_literal(&self) -> bool {
        self.peek(1) == '\\' || self.peek(2) == '\''
    }

    fn char_literal(&mut self) {
        self.take(1, Kind::Literal);
        while self.at < self.rest.len() {
            match self.peek(0) {
                '\\' => self.take(2, Kind::Literal),
                '\'' => return self.take(1, Kind::Literal),
                _ => self.take(1, Kind::Literal),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_strings_and_comments_in_place() {
        let views = Views::of("let a = \"x // y\"; // z \"q\"\nb /* c /* d */ e */ f");
        let code: Vec<_> = words(&views.code).map(|(_, word)| word).collect();
        assert_eq!(code, ["let", "a", "b", "f"]);
        assert_eq!(views.code.find(';'), Some("let a = \"x // y\"".len()));
        assert_eq!(views.comments.lines().next().map(str::trim), Some("// z \"q\""));
        assert_eq!(views.code.len(), views.comments.len());
    }

    #[test]
    fn knows_raw_strings_and_escapes() {
        let views = Views::of(r###"f(r#"un"safe"#, br"x", b"\"y", r"\") g"###);
        assert!(!views.code.contains("safe") && !views.code.contains('y'), "{}", views.code);
        assert!(views.code.ends_with(") g"), "{}", views.code);
    }

    #[test]
    fn tells_characters_from_lifetimes() {
        let views = Views::of("fn f<'a>(x: &'a str) { g('{', '\\'', '\"') } // end");
        assert_eq!(views.code.matches('{').count(), 1, "{}", views.code);
        assert!(views.code.contains("&'a str"));
        assert!(views.comments.contains("end"));
    }

    #[test]
    fn yields_words_with_their_offsets() {
        let found: Vec<_> = words("fn é(x_1)").collect();
        assert_eq!(found, [(0, "fn"), (3, "é"), (6, "x_1")]);
    }
}
