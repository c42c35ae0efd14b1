//! Writes a regular expression without back-references for the crate `regex`, which searches in
//! linear time.

use regex_syntax::is_meta_character;

use super::Flags;
use super::syntax::Node;

/// Writes parts.
pub(super) struct Writer {
    flags: Flags,
    text: String,
}

impl Writer {
    /// The whole, as the crate reads it.
    pub(super) fn write(root: &Node, flags: Flags) -> String {
        let mut writer = Self { flags, text: String::new() };
        writer.node(root);
        writer.text
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty | Node::BackReference(_) => {}
            Node::Character(c) => self.character(*c),
            Node::Class(class) => self.text.push_str(class),
            Node::Start => self.text.push_str(if self.flags.multi_line { "(?m:^)" } else { r"\A" }),
            Node::End => self.text.push_str(if self.flags.multi_line { "(?m:$)" } else { r"\z" }),
            Node::Group(number, node) => {
                self.text.push_str(if number.is_some() { "(" } else { "(?:" });
                self.node(node);
                self.text.push(')');
            }
            Node::Sequence(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Choice(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    if index > 0 {
                        self.text.push('|');
                    }
                    self.node(node);
                }
            }
            Node::Repeat { node, min, max, greedy } => {
                self.node(node);
                self.text.push_str(&match max {
                    Some(max) => format!("{{{min},{max}}}"),
                    None => format!("{{{min},}}"),
                });
                if !greedy {
                    self.text.push('?');
                }
            }
        }
    }

    fn character(&mut self, c: char) {
        if self.flags.case_insensitive {
            self.text.push_str("(?i:");
        }
        if is_meta_character(c) {
            self.text.push('\\');
        }
        self.text.push(c);
        if self.flags.case_insensitive {
            self.text.push(')');
        }
    }
}
