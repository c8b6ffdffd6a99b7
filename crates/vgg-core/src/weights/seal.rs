//! The seal of a `.bpk` file: its last line, XXH3-128 over everything before it. Readers of burnpack look no further than
//! the last tensor, so that a sealed file is one for them too.
//!
//! XXH3 is no cryptographic hash and need be none: it is to notice damage, and reads 553 MB in a fraction of a second on
//! processors without instructions for SHA. What a manifest names weights by is still SHA-256.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom, Write};

use twox_hash::XxHash3_128;

const WORDS: &[u8] = b"\ngainlab: XXH3-128 of all bytes before this line: ";
const DIGITS: usize = 32;
const END: &[u8] = b"\n";
const LENGTH: usize = WORDS.len() + DIGITS + END.len();

/// What the end of a file says of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// All bytes are those that were written.
    Whole,
    /// Some are not.
    Broken,
    /// Nothing.
    Missing,
}

/// Whether a file ends in a seal, true or not.
pub(super) fn is_there(file: &mut (impl Read + Seek)) -> Result<bool> {
    Ok(found(file)?.is_some())
}

/// Checks a file from its beginning to its end.
pub(super) fn check(file: &mut (impl Read + Seek)) -> Result<Seal> {
    let Some((length, found)) = found(file)? else { return Ok(Seal::Missing) };
    file.seek(SeekFrom::Start(0))?;
    Ok(if found == of(&mut file.take(length))? { Seal::Whole } else { Seal::Broken })
}

/// Seals a file that ends where its last tensor does.
pub(super) fn append(file: &mut File) -> Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let seal = of(file)?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(&seal)
}

/// How many bytes are sealed, and the seal that stands behind them.
fn found(file: &mut (impl Read + Seek)) -> Result<Option<(u64, Vec<u8>)>> {
    let Some(sealed) = file.seek(SeekFrom::End(0))?.checked_sub(LENGTH as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(sealed))?;
    let mut found = Vec::with_capacity(LENGTH);
    file.take(LENGTH as u64).read_to_end(&mut found)?;
    Ok(found.starts_with(WORDS).then_some((sealed, found)))
}

/// The seal of everything that a reader still has.
fn of(reader: &mut impl Read) -> Result<Vec<u8>> {
    let (mut hasher, mut buffer) = (XxHash3_128::new(), vec![0; 1 << 20]);
    loop {
        match reader.read(&mut buffer)? {
            0 => break,
            count => hasher.write(&buffer[..count]),
        }
    }
    Ok([WORDS, format!("{:032x}", hasher.finish_128()).as_bytes(), END].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_hash_is_that_of_other_programs() {
        // xxhash 4.1.0 for Python: xxhash.xxh3_128_hexdigest(b"gainlab").
        const GAINLAB: &str = "e4360c1dd251069703156a7b2ff21de7";
        let seal = of(&mut Cursor::new(b"gainlab")).expect("in memory");
        let expected = [WORDS, GAINLAB.as_bytes(), END].concat();
        assert_eq!(String::from_utf8(seal), String::from_utf8(expected));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = [b"tensors".as_slice(), &of(&mut Cursor::new(b"tensors")).expect("in memory")].concat();
        assert_eq!(check(&mut Cursor::new(&sealed)).expect("in memory"), Seal::Whole);
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(check(&mut Cursor::new(&flipped)).expect("in memory"), Seal::Whole, "bit {bit}");
        }
        assert_eq!(check(&mut Cursor::new(b"tensors")).expect("in memory"), Seal::Missing);
        assert!(is_there(&mut Cursor::new(&sealed)).expect("in memory"));
    }
}
