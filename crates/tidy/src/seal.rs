//! The seal of a Parquet file: SHA-256 over everything behind it, in one line right behind the four bytes with which such
//! a file begins. File and hash are one file, so that neither can be lost or renamed without the other.
//!
//! Readers of Parquet find the footer at the end of a file and everything else by the offsets in it; bytes that no offset
//! names are skipped (<https://datafusion.apache.org/blog/2025/07/14/user-defined-parquet-indexes/>). Whoever wants to
//! check a file without this program: `tail -c +110 FILE | sha256sum` is what `head -c 108 FILE` ends in.

use sha2::{Digest, Sha256};

/// What every Parquet file begins with.
const MAGIC: &[u8; 4] = b"PAR1";
const WORDS: &[u8; 40] = b"\ngainlab: SHA-256 of what follows here: ";
const DIGITS: usize = 64;
const END: &[u8; 1] = b"\n";

/// Where what is sealed begins.
const START: usize = MAGIC.len() + WORDS.len() + DIGITS + END.len();

/// Why the bytes of a file are not taken for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It ends within its seal, or has none.
    #[error("it has no seal: it is damaged, or another program or an earlier version wrote it")]
    Missing,
    /// What it holds is not what was sealed.
    #[error("its bytes are not those that were written: their SHA-256 is another than its seal says")]
    Broken,
}

/// What stands in the place of the seal until all other bytes are known.
pub(crate) fn blank() -> Vec<u8> {
    vec![0; START - MAGIC.len()]
}

/// Seals a finished file whose seal is blank.
pub(crate) fn close(file: &mut [u8]) {
    let seal = of(&file[START..]);
    file[MAGIC.len()..START].copy_from_slice(&seal);
}

/// Checks that every byte of a file is the one that was written.
pub(crate) fn check(file: &[u8]) -> Result<(), SealError> {
    let (head, sealed) = file.split_at_checked(START).ok_or(SealError::Missing)?;
    let seal = head.strip_prefix(MAGIC).filter(|seal| seal.starts_with(WORDS)).ok_or(SealError::Missing)?;
    if seal == of(sealed) { Ok(()) } else { Err(SealError::Broken) }
}

fn of(sealed: &[u8]) -> Vec<u8> {
    let digits: String = Sha256::digest(sealed).iter().map(|byte| format!("{byte:02x}")).collect();
    [WORDS.as_slice(), digits.as_bytes(), END].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_lost_byte_is_noticed() {
        let mut file = [MAGIC.as_slice(), &blank(), b"what is sealed"].concat();
        close(&mut file);
        assert_eq!(check(&file), Ok(()));
        for bit in 0..file.len() * 8 {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(check(&flipped).is_err(), "bit {bit}");
        }
        for length in 0..file.len() {
            assert!(check(&file[..length]).is_err(), "{length} bytes");
        }
        assert_eq!(check(&[&file[..], b"x"].concat()), Err(SealError::Broken));
        assert_eq!(
            check(b"PAR1 of another program, longer than any seal of ours, and then it ends in that word: PAR1"),
            Err(SealError::Missing)
        );
    }

    #[test]
    fn the_places_that_the_description_names_are_those_of_the_seal() {
        assert_eq!((START, START - END.len()), (109, 108));
    }
}
