//! Colours as numbers: from and to hexadecimal, and how well one is seen on another.

/// Red, green and blue, 0 to 255.
pub(crate) type Rgb = [f64; 3];

/// A colour as `#rrggbb`.
pub(crate) fn hex(colour: Rgb) -> String {
    let [red, green, blue] = colour.map(|part| part.round() as u8);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Relative luminance of WCAG 2.2, from 0 for black to 1 for white.
pub(crate) fn luminance(colour: Rgb) -> f64 {
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
pub(crate) mod contrast {
    use super::*;

    /// The colour of `#rrggbb`.
    pub fn parse(text: &str) -> Rgb {
        let part = |at: usize| f64::from(u8::from_str_radix(&text[at..at + 2], 16).expect("two hexadecimal digits"));
        [part(1), part(3), part(5)]
    }

    /// Contrast ratio of WCAG 2.2, from 1 to 21.
    pub fn ratio(a: &str, b: &str) -> f64 {
        let [a, b] = [a, b].map(|colour| luminance(parse(colour)) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn contrasts_are_those_of_the_standard() {
        assert_eq!(ratio("#ffffff", "#000000"), 21.0);
        // The example of the WCAG documentation: #767676 is the lightest grey that passes on white.
        assert!(ratio("#767676", "#ffffff") >= 4.5 && ratio("#777777", "#ffffff") < 4.5);
        assert_eq!(hex(parse("#0a72b2")), "#0a72b2");
    }
}
