//! Static analysis: from a syntax tree to a program (XQuery 3.1, section 2.2.3.1).
