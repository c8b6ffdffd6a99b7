//! What the markers of a JPEG file say, found without decoding: whether it is whole, and how it must be decoded.

/// What the decoder needs memory for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Markers {
    /// How many components (colour planes) a pixel has.
    pub components: u8,
    /// Whether the coefficients of all pixels are kept until the last scan has come.
    pub in_passes: bool,
}

/// Reads all markers up to the end-of-image marker; `None` where there is none. The decoder fills what is missing with
/// grey and says nothing. What stands behind the marker, such as a phone's second picture, does not matter.
pub(super) fn markers(bytes: &[u8]) -> Option<Markers> {
    let mut found = Markers::default();
    let (mut position, mut scans) = (2, 0);
    loop {
        position += bytes.get(position..)?.windows(2).position(is_marker)?;
        let marker = bytes[position + 1];
        if marker == 0xD9 {
            return Some(Markers { in_passes: found.in_passes || scans > 1, ..found });
        }
        let length = bytes.get(position + 2..position + 4)?;
        match marker {
            // Start of frame; C4, C8 and CC are tables and an extension.
            0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&marker) => {
                found.components = *bytes.get(position + 9)?;
                found.in_passes |= [0xC2, 0xC6, 0xCA, 0xCE].contains(&marker);
            }
            0xDA => scans += 1,
            _ => {}
        }
        position += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
    }
}

/// Whether these are a marker with a segment behind it, or the end. Within a scan FF is followed by 00 or a restart
/// number, and FF before a marker is a fill byte.
fn is_marker(pair: &[u8]) -> bool {
    matches!(*pair, [0xFF, marker] if !matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8 | 0xFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: [u8; 13] = [0xFF, 0xC2, 0, 11, 8, 0, 1, 0, 1, 3, 1, 0x11, 0];
    const SCAN: [u8; 10] = [0xFF, 0xDA, 0, 3, 9, 0x12, 0xFF, 0x00, 0xFF, 0xD3];

    #[test]
    fn an_end_inside_a_segment_is_not_the_end() {
        let thumbnail = [0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9];
        let start = [&[0xFF, 0xD8][..], &thumbnail, &FRAME, &SCAN, &thumbnail, &SCAN].concat();
        assert_eq!(markers(&start), None);
        let whole = [&start[..], &[0xFF, 0xFF, 0xD9, 1, 2, 3]].concat();
        assert_eq!(markers(&whole), Some(Markers { components: 3, in_passes: true }));
        for length in 0..start.len() + 2 {
            assert_eq!(markers(&whole[..length]), None, "cut after {length} bytes");
        }
    }

    #[test]
    fn several_scans_keep_their_coefficients_though_not_progressive() {
        let frame = [&[0xFF, 0xC0][..], &FRAME[2..]].concat();
        let file = |scans| [&[0xFF, 0xD8][..], &frame, &SCAN.repeat(scans), &[0xFF, 0xD9]].concat();
        assert_eq!(markers(&file(1)), Some(Markers { components: 3, in_passes: false }));
        assert_eq!(markers(&file(3)), Some(Markers { components: 3, in_passes: true }));
    }
}
