//! Files of weights that are none of this program, told by their first bytes, so that an error can say what they are.

use std::io::{Read, Result, Seek, SeekFrom};

/// First bytes, and what begins with them.
const KINDS: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "a PyTorch checkpoint, or another archive (.pth, .npz, .whl)"),
    (b"\x80\x02", "a PyTorch checkpoint of the old kind, or another pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras and MATLAB write it"),
    (b"MATLAB", "a MATLAB file"),
];
/// Where safetensors have the first bracket of their header, behind its length.
const SAFETENSORS: usize = 8;

/// What a file is that begins like something else; nothing where it begins like none of these.
pub(super) fn kind(file: &mut (impl Read + Seek)) -> Result<Option<&'static str>> {
    file.seek(SeekFrom::Start(0))?;
    let mut start = Vec::with_capacity(64);
    file.take(64).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(kind_of(&start))
}

fn kind_of(start: &[u8]) -> Option<&'static str> {
    if let Some((_, kind)) = KINDS.iter().find(|(first, _)| start.starts_with(first)) {
        return Some(kind);
    }
    if start.get(SAFETENSORS..SAFETENSORS + 2) == Some(b"{\"") {
        return Some("a safetensors file");
    }
    // The first field of an ONNX model is its version, then comes the producer's name or a graph, as length and bytes.
    let onnx = start.first() == Some(&0x08) && start.get(1).is_some_and(|version| (1..=32).contains(version));
    onnx.then_some("an ONNX file")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let found = |bytes: &[u8]| kind(&mut Cursor::new(bytes)).expect("in memory");
        assert!(found(b"PK\x03\x04\x00\x00").is_some_and(|kind| kind.contains(".pth")));
        assert!(found(b"\x80\x02\x8a\nl\xfc").is_some_and(|kind| kind.contains("old kind")));
        assert_eq!(found(b"\x40\0\0\0\0\0\0\0{\"a\":"), Some("a safetensors file"));
        assert_eq!(found(b"\x08\x07\x12\x07pytorch"), Some("an ONNX file"));
        assert_eq!([found(b""), found(b"\x08"), found(b"something else")], [None; 3]);
    }
}
