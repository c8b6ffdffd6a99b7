//! The files with which processes hand work to each other (`plan.json`, `prepared.json`, `manifest.json`): JSON whose last
//! key, `seal`, is the SHA-256 of everything before it. A flipped bit or an edited value is an error, never another run.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use serde::de::DeserializeOwned;
use serde::{Serialize, ser};
use serde_json::Error;

use crate::record::sha256;

/// How an object ends without a seal.
const END: &[u8] = b"\n}";
const DIGITS: usize = 64;

/// Why the bytes of such a file are not taken.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It does not end in a seal.
    #[error("it does not end in a seal: it is damaged or was edited, or an earlier version of this program wrote it")]
    Missing,
    /// Its seal is another's.
    #[error("it is not what was written: it is damaged or was edited (its SHA-256 is another than its seal says)")]
    Broken,
    /// It is what was written, and is not understood.
    #[error("{0}")]
    Json(#[from] Error),
}

/// What stands in the place of a file.
#[derive(Debug)]
pub enum Found<T> {
    /// Nothing.
    Missing,
    /// What was written.
    Whole(T),
    /// Something else.
    Damaged(SealError),
}

/// What is in a file.
///
/// # Errors
/// It is there, and the operating system does not let it be read.
pub fn find<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Found<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(Found::Missing);
        }
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    Ok(from_json(&bytes).map_or_else(Found::Damaged, Found::Whole))
}

/// A value as sealed JSON.
///
/// # Errors
/// The value is no object.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec_pretty(value)?;
    let no_object = || <Error as ser::Error>::custom("only an object can be sealed");
    let body = json.strip_suffix(END).ok_or_else(no_object)?;
    Ok([body, seal(body).as_bytes()].concat())
}

/// The value that [`to_json`] wrote.
///
/// # Errors
/// Any byte is another than was written, or the value is of another type.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SealError> {
    let start = bytes.len().checked_sub(length()).ok_or(SealError::Missing)?;
    let (body, found) = bytes.split_at(start);
    if found != seal(body).as_bytes() {
        let (start, _) = marks();
        return Err(if found.starts_with(start.as_bytes()) { SealError::Broken } else { SealError::Missing });
    }
    Ok(serde_json::from_slice(&[body, END].concat())?)
}

fn marks() -> (&'static str, &'static str) {
    (",\n  \"seal\": \"", "\"\n}")
}

fn length() -> usize {
    let (start, end) = marks();
    start.len() + DIGITS + end.len()
}

fn seal(body: &[u8]) -> String {
    let (start, end) = marks();
    format!("{start}{}{end}", sha256(body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn what_is_sealed_is_read_and_is_json_with_one_more_key() {
        let value = BTreeMap::from([("plan".to_string(), "ab\"}".to_string())]);
        let json = to_json(&value).expect("an object");
        assert_eq!(from_json::<BTreeMap<String, String>>(&json).expect("just written"), value);
        let plain: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!((plain["plan"].as_str(), plain["seal"].as_str().map(str::len)), (Some("ab\"}"), Some(64)));
        assert!(to_json(&3).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_lost_byte_is_noticed() {
        let json = to_json(&BTreeMap::from([("plan", 12)])).expect("an object");
        for bit in 0..json.len() * 8 {
            let mut flipped = json.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(from_json::<serde_json::Value>(&flipped).is_err(), "bit {bit}");
        }
        for length in 0..json.len() {
            assert!(from_json::<serde_json::Value>(&json[..length]).is_err(), "{length} bytes");
        }
        let edited = String::from_utf8(json).expect("text").replace("12", "13");
        assert!(matches!(from_json::<serde_json::Value>(edited.as_bytes()), Err(SealError::Broken)));
        assert!(matches!(from_json::<serde_json::Value>(b"{\n  \"plan\": 12\n}"), Err(SealError::Missing)));
    }
}
