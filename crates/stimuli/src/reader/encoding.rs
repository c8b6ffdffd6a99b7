//! Bytes as text.

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Names in use that the Encoding Standard, whose names are the others, does not have.
const ALIASES: [(&str, &str); 4] =
    [("mac_roman", "macintosh"), ("mac-roman", "macintosh"), ("macroman", "macintosh"), ("cp936", "gbk")];

/// The encoding of that name, as browsers and Python call it.
fn known(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().to_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, standard)| *standard);
    Encoding::for_label(alias.unwrap_or(&name).as_bytes())
}

/// What is wrong with the name that a user gives to an encoding.
pub(crate) fn fault(name: &str) -> Option<String> {
    known(name).is_none().then(|| {
        format!(
            "encoding = \"{name}\" is none that is known, such as utf-8, windows-1250, windows-1252, macintosh, gb18030"
        )
    })
}

/// The text of a file, and the encoding where it had to be guessed: by its byte-order mark, else by the name that the
/// user gives, else UTF-16 where every other byte is zero, else UTF-8 if it is valid, else a guess.
pub(super) fn decode(bytes: &[u8], named: Option<&str>) -> Result<(String, Option<&'static str>), String> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let guess = guess(bytes);
    let encoding = marked.or_else(|| named.and_then(known)).unwrap_or(guess);
    let (text, _, damaged) = encoding.decode(bytes);
    if damaged && named.is_some() {
        let name = encoding.name();
        return Err(format!("this is no text in {name}; take out 'encoding', or give the right one"));
    }
    let guessed = marked.is_none() && named.is_none() && ![UTF_8, UTF_16LE, UTF_16BE].contains(&guess);
    Ok((text.into_owned(), guessed.then(|| encoding.name())))
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let start = &bytes[..bytes.len().min(1024)];
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > start.len();
    if zeros(1) {
        UTF_16LE
    } else if zeros(0) {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else if is_mac_roman(bytes) {
        MACINTOSH
    } else {
        WINDOWS_1252
    }
}

/// Whether the letters beyond ASCII stand where Mac OS Roman has them, 0x80 to 0x9F, and none where Windows-1252,
/// which contains Latin-1, has them, from 0xC0. Only bytes beside an ASCII letter are counted; those that are quotation
/// marks and dashes in Windows-1252 stand beside letters there too.
fn is_mac_roman(bytes: &[u8]) -> bool {
    let beside_letter = |at: usize| {
        let neighbours = [at.checked_sub(1), Some(at + 1)];
        neighbours.into_iter().flatten().filter_map(|at| bytes.get(at)).any(u8::is_ascii_alphabetic)
    };
    let count =
        |is: fn(u8) -> bool| bytes.iter().enumerate().filter(|(at, byte)| is(**byte) && beside_letter(*at)).count();
    let mac = count(|byte| matches!(byte, 0x80..=0x84 | 0x86..=0x90 | 0x98..=0x9F));
    mac > 0 && count(|byte| byte >= 0xC0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unicode_encoding_gives_the_same_text() {
        let text = "Café;3,5\n";
        let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE".to_vec(), little.clone()].concat(),
            [b"\xFE\xFF".to_vec(), big.clone()].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&bytes, None), Ok((text.into(), None)), "{bytes:?}");
        }
    }

    #[test]
    fn mac_roman_and_windows_1252_are_told_apart_by_where_their_letters_lie() {
        for (bytes, encoding, text) in [
            (b"Ch\xE2teau".as_slice(), "windows-1252", "Château"),
            (b"the dog\x92s \x93bone\x94", "windows-1252", "the dog’s “bone”"),
            (b"\x8Akoda;Tr\xE9sor", "windows-1252", "Škoda;Trésor"),
            (b"Ch\x89teau;No\x91l", "macintosh", "Château;Noël"),
            (b"M\x8Arz;Gar\x8Don;H\x9Ahe", "macintosh", "März;Garçon;Höhe"),
        ] {
            assert_eq!(decode(bytes, None), Ok((text.into(), Some(encoding))));
        }
    }

    #[test]
    fn the_user_may_name_the_encoding() {
        assert_eq!(decode(b"\xBF\xF3\xB3w", Some("windows-1250")), Ok(("żółw".into(), None)));
        assert_eq!(decode(b"caf\x8E", Some("mac_roman")), Ok(("café".into(), None)));
        assert!(decode(b"caf\xE9", Some("utf-8")).expect_err("damaged").contains("no text in UTF-8"));
        assert!(known("klingon").is_none() && known("Latin1").is_some());
    }
}
