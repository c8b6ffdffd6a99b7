//! Numbers as a reader expects them: a true minus sign, as many decimals as the step asks for, powers of ten beyond.

/// `value` with `decimals` decimals and a true minus sign; never `−0`.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}

/// `value` as a mantissa times a power of ten, `1.5×10⁶`; zero stays `0`.
pub(crate) fn scientific(value: f64, exponent: i32, decimals: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    format!("{}×10{}", fixed(value / 10f64.powi(exponent), decimals), superscript(exponent))
}

/// The power of ten at or below the magnitude of a number that is not zero.
pub(crate) fn exponent(value: f64) -> i32 {
    let guess = value.abs().log10().floor() as i32;
    // log10 may land on the wrong side of an exact power of ten.
    if value.abs() >= 10f64.powi(guess + 1) * (1.0 - 1e-12) { guess + 1 } else { guess }
}

/// `value` among values up to `largest` in magnitude, with about three significant digits.
pub(crate) fn short(value: f64, largest: f64) -> String {
    if largest == 0.0 {
        return "0".into();
    }
    match exponent(largest) {
        power @ -3..=4 => fixed(value, (2 - power).max(0) as usize),
        _ if value == 0.0 => "0".into(),
        _ => scientific(value, exponent(value), 1),
    }
}

/// `value` for a tooltip: up to five significant digits, no trailing zeros.
pub(crate) fn precise(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    match exponent(value) {
        power @ -4..=9 => {
            let text = fixed(value, (4 - power).max(0) as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
        }
        power => scientific(value, power, 3),
    }
}

fn superscript(exponent: i32) -> String {
    let digit = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        other => char::from_u32('⁰' as u32 + (other as u32 - '0' as u32)).unwrap_or(other),
    };
    exponent.to_string().chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_powers_are_typeset() {
        assert_eq!(fixed(-12.34, 1), "−12.3");
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(scientific(1.5e6, 6, 1), "1.5×10⁶");
        assert_eq!(scientific(-2e-12, -12, 0), "−2×10⁻¹²");
        assert_eq!((exponent(1000.0), exponent(999.9), exponent(0.001)), (3, 2, -3));
        assert_eq!((short(-12.34, 60.0), short(0.4, 0.5)), ("−12.3".into(), "0.400".into()));
        assert_eq!((short(0.0, 1e9), short(3.0, 1e9)), ("0".into(), "3.0×10⁰".into()));
        assert_eq!(
            (precise(0.6225), precise(-1200.0), precise(1e-9)),
            ("0.6225".into(), "−1200".into(), "1.000×10⁻⁹".into())
        );
    }
}
