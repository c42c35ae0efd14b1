//! FLWOR expressions.

use super::check;

#[test]
fn tuples_go_through_clauses() {
    check(&[
        ("for $x in (1, 2), $y in (3, 4) return $x * $y", "3 4 6 8"),
        ("for $x at $i in ('a', 'b') return $i || $x", "\"1a\" \"2b\""),
        ("for $x allowing empty at $i in () return count($x) + $i", "0"),
        ("for $x in 1 to 5 where $x > 3 count $c return $c * 10 + $x", "14 25"),
        ("for $x in (3, 1, 2) order by $x return $x", "1 2 3"),
        ("for $x in (3, 1, 2) order by $x descending count $c return $x - $c", "2 0 -2"),
        ("for $x in (1, 2, 3) order by $x mod 2, -$x return $x", "2 3 1"),
        ("for $x in (map{}, map{'k': 1}) order by $x?k empty greatest return count($x?k)", "1 0"),
        (
            "for $x in (map{}, map{'k': xs:double('NaN')}, map{'k': 1}) order by $x?k \
          return string($x?k)",
            "\"\" \"NaN\" \"1\"",
        ),
        ("for $x in (1, 'a') order by $x return $x", "XPTY0004"),
        ("for $x in (1, 2) let $y := $x + 1 return $y", "2 3"),
        ("let $x as xs:string := 1 return $x", "XPTY0004"),
        ("for $x in 1 to 6 group by $k := $x mod 2 order by $k return sum($x)", "12 9"),
        ("for $x in ('a', 'b', 'a') group by $x return $x", "\"a\" \"b\""),
        ("for $x in (1, 2), $y in ('a', 'b') group by $y return count($x)", "2 2"),
        ("for $x in (1, 2) group by $k := (1, 2) return 1", "XPTY0004"),
        ("(for $x in 1 to 3 return $x)[2]", "2"),
        ("for $x in (for $y in (1, 2) return ($y, $y + 1)) return $x", "1 2 2 3"),
    ]);
}

#[test]
fn windows_slide_and_tumble() {
    check(&[
        ("for tumbling window $w in 1 to 7 start at $s when $s mod 3 = 1 return sum($w)", "6 15 7"),
        (
            "for tumbling window $w in 1 to 7 start when true() end at $e when $e mod 3 = 0 \
          return sum($w)",
            "6 15 7",
        ),
        (
            "for tumbling window $w in 1 to 7 start when true() only end at $e when $e mod 3 = 0 \
          return sum($w)",
            "6 15",
        ),
        (
            "for sliding window $w in 1 to 4 start at $s when true() end at $e when $e - $s = 1 \
          return sum($w)",
            "3 5 7 4",
        ),
        (
            "for sliding window $w in 1 to 4 start at $s when true() only end at $e \
          when $e - $s = 1 return sum($w)",
            "3 5 7",
        ),
        (
            "for tumbling window $w in (1, 2, 4, 5, 7) start $a previous $p when not($p = $a - 1) \
          end $e next $n when not($n = $e + 1) return array{$w}",
            "[1,2] [4,5] [7]",
        ),
    ]);
}
