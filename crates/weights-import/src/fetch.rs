//! Downloads a pinned file. What is there under the final name is whole and has the right hash; until then the bytes
//! lie in a `.part` file, and an interrupted download goes on from its end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use crate::catalog::PinnedFile;
use crate::hash;

/// A server that is silent for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER: usize = 1 << 17;

/// What [`fetch`] did.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file was downloaded, or the rest of it.
    Downloaded(PathBuf),
    /// The file was there before, with the right hash.
    AlreadyThere(PathBuf),
}

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The server cannot be reached, or the connection broke.
    #[error(
        "{url}: {reason}. Check the connection and run the same command again; a browser's download saved as {target} does as well"
    )]
    Network {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The server answers, but not with the file.
    #[error("{url}: the server answers {status}")]
    Status {
        /// The address.
        url: String,
        /// Status code and its meaning.
        status: String,
    },
    /// The server offers a file of another size.
    #[error("{url}: expected {expected} bytes, the server offers {found}; the file there is another one now")]
    OtherSize {
        /// The address.
        url: String,
        /// The pinned size.
        expected: u64,
        /// The size that the server names.
        found: u64,
    },
    /// The connection ended early.
    #[error("{url}: the download stopped after {found} of {expected} bytes; run the same command again to go on")]
    Truncated {
        /// The address.
        url: String,
        /// The pinned size.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The bytes are not those of the pinned file.
    #[error("{path}: expected sha256 {expected}, found {found}; {remedy}")]
    WrongHash {
        /// The file.
        path: PathBuf,
        /// The pinned hash.
        expected: String,
        /// The hash that was found.
        found: String,
        /// What has been done, or must be.
        remedy: &'static str,
    },
    /// The disk refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Downloads a file into a folder, which is made if it does not exist.
///
/// `progress` is told the bytes that are there, again and again.
///
/// # Errors
/// The network, the server or the disk failed, or the bytes are not the pinned ones. A download that was cut short is
/// kept and continued by the next call; bytes with a wrong hash are deleted.
pub fn fetch(file: &PinnedFile, folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<Fetched, FetchError> {
    let target = folder.join(&file.file);
    if target.exists() {
        check_hash(file, &target, "it is not the pinned file: move it away")?;
        return Ok(Fetched::AlreadyThere(target));
    }
    fs::create_dir_all(folder).map_err(at(folder))?;
    let part = Part::of(&target);
    let mut there = part.length(file.size)?;
    if there < file.size {
        there = download(file, &target, &part, there, progress)?;
    }
    if there != file.size {
        return Err(FetchError::Truncated { url: file.url.clone(), expected: file.size, found: there });
    }
    if let Err(error) = check_hash(file, &part.path, "the download was deleted; run the same command again") {
        part.remove()?;
        return Err(error);
    }
    part.finish(&target)?;
    Ok(Fetched::Downloaded(target))
}

/// The unfinished file, and the server's tag of the version it began with.
struct Part {
    path: PathBuf,
    tag: PathBuf,
}

impl Part {
    fn of(target: &Path) -> Self {
        let with = |ending: &str| {
            let mut name = target.as_os_str().to_os_string();
            name.push(ending);
            PathBuf::from(name)
        };
        Self { path: with(".part"), tag: with(".part.etag") }
    }

    /// Bytes that are there; a part longer than the whole is dropped.
    fn length(&self, size: u64) -> Result<u64, FetchError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.len() <= size => Ok(metadata.len()),
            Ok(_) => self.remove().map(|()| 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(at(&self.path)(error)),
        }
    }

    fn remove(&self) -> Result<(), FetchError> {
        for path in [&self.path, &self.tag] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(path)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Gives the file its final name.
    fn finish(&self, target: &Path) -> Result<(), FetchError> {
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(at(&self.path))?;
        fs::rename(&self.path, target).map_err(at(target))?;
        self.remove()
    }
}

/// Asks for the bytes from `there` on; gives the bytes that are there in the end.
fn download(
    file: &PinnedFile,
    target: &Path,
    part: &Part,
    there: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, FetchError> {
    let network = |reason: String| FetchError::Network { url: file.url.clone(), reason, target: target.into() };
    let tag = fs::read_to_string(&part.tag).ok().filter(|_| there > 0);
    let mut response = request(file, there, tag.as_deref()).map_err(|error| network(error.to_string()))?;
    let start = match continues_at(&response, there, file.size) {
        Some(start) => start,
        None => {
            // Another version, or a server that cannot go on from the middle: begin again. What is there is dropped
            // only once the whole file is on offer, so that a server that is down for an hour costs nothing.
            if matches!(response.status(), StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE) {
                response = request(file, 0, None).map_err(|error| network(error.to_string()))?;
            }
            check_whole(file, &response)?;
            part.remove()?;
            0
        }
    };
    let fresh = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    if let Some(tag) = fresh {
        fs::write(&part.tag, tag).map_err(at(&part.tag))?;
    }
    copy(file, response, part, start, progress, &network)
}

fn request(file: &PinnedFile, there: u64, tag: Option<&str>) -> Result<Response<Body>, ureq::Error> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE));
    let agent: Agent = config.build().into();
    // Compressed bytes would have another size than the pinned one.
    let mut request = agent.get(&file.url).header(header::ACCEPT_ENCODING, "identity");
    if there > 0 {
        request = request.header(header::RANGE, format!("bytes={there}-"));
        if let Some(tag) = tag {
            request = request.header(header::IF_RANGE, tag);
        }
    }
    request.call()
}

/// Where a partial answer begins, if it goes on from `there` in a file of the right size.
fn continues_at(response: &Response<Body>, there: u64, size: u64) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let expected = format!("bytes {there}-{}/{size}", size - 1);
    (there > 0 && response.status() == StatusCode::PARTIAL_CONTENT && range == expected).then_some(there)
}

/// Checks that an answer is the whole file.
fn check_whole(file: &PinnedFile, response: &Response<Body>) -> Result<(), FetchError> {
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status { url: file.url.clone(), status: response.status().to_string() });
    }
    match response.body().content_length() {
        Some(found) if found != file.size => {
            Err(FetchError::OtherSize { url: file.url.clone(), expected: file.size, found })
        }
        _ => Ok(()),
    }
}

/// Appends the answer to the part.
fn copy(
    file: &PinnedFile,
    response: Response<Body>,
    part: &Part,
    start: u64,
    progress: &mut dyn FnMut(u64),
    network: &dyn Fn(String) -> FetchError,
) -> Result<u64, FetchError> {
    let mut output = OpenOptions::new()
        .create(true)
        .append(start > 0)
        .write(true)
        .truncate(start == 0)
        .open(&part.path)
        .map_err(at(&part.path))?;
    let (mut there, mut buffer) = (start, vec![0; BUFFER]);
    let mut input = response.into_body().into_with_config().limit(u64::MAX).reader();
    progress(there);
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => return Ok(there),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(there),
            Err(error) => return Err(network(format!("{error} after {there} of {} bytes", file.size))),
        };
        there += count as u64;
        if there > file.size {
            part.remove()?;
            return Err(FetchError::OtherSize { url: file.url.clone(), expected: file.size, found: there });
        }
        output.write_all(&buffer[..count]).map_err(at(&part.path))?;
        progress(there);
    }
}

fn check_hash(file: &PinnedFile, path: &Path, remedy: &'static str) -> Result<(), FetchError> {
    let found = hash::sha256(&[path.to_path_buf()]).map_err(at(path))?;
    if found == file.sha256 {
        return Ok(());
    }
    Err(FetchError::WrongHash { path: path.into(), expected: file.sha256.clone(), found, remedy })
}

fn at(path: &Path) -> impl Fn(io::Error) -> FetchError + '_ {
    move |source| FetchError::Io { path: path.into(), source }
}
