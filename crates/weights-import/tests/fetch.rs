//! Downloads from a server on this machine that behaves as servers do, well and badly.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest, Sha256};
use weights_import::{FetchError, Fetched, PinnedFile, PreprocessingChoice, fetch};

/// What the server does with a request.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Serves ranges and honours If-Range.
    Good,
    /// Answers every request with the whole file.
    IgnoresRanges,
    /// Promises the whole file and hangs up after so many bytes of it.
    HangsUp(usize),
    /// Answers 404.
    Lost,
    /// Answers 503.
    Busy,
    /// Serves other bytes of the same size.
    OtherBytes,
    /// Serves a longer file.
    Longer,
    /// Answers a range with the wrong range.
    WrongRange,
    /// Answers a range with 416.
    Unsatisfiable,
    /// Redirects once, then serves ranges.
    Redirects,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

const TAG: &str = "\"version-2\"";

fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

impl Server {
    fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/weights.bin", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client may hang up first; that is its own affair.
                let _ = answer(stream.unwrap(), manner, &log);
            }
        });
        Self { url, requests }
    }

    fn file(&self) -> PinnedFile {
        let bytes = content();
        PinnedFile {
            name: "weights".into(),
            file: "weights.bin".into(),
            url: self.url.clone(),
            size: bytes.len() as u64,
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            licence: "none".into(),
            about: "for tests".into(),
            preprocessing: PreprocessingChoice::Torchvision,
        }
    }

    fn ranges(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, manner: Manner, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (mut path, mut range, mut if_range) = (String::new(), String::new(), String::new());
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.starts_with("get ") {
            path = line.clone();
        }
        range = line.strip_prefix("range: ").map_or(range, ToString::to_string);
        if_range = line.strip_prefix("if-range: ").map_or(if_range, ToString::to_string);
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(range.clone());
    let mut bytes = content();
    let start = range.strip_prefix("bytes=").and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
    let current = if_range.is_empty() || if_range == TAG;
    let mut head = String::from("HTTP/1.1 200 OK");
    let mut extra = String::new();
    let mut sent = bytes.len();
    match (manner, start) {
        (Manner::Lost, _) => {
            return stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        (Manner::Busy, _) => {
            return stream
                .write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        (Manner::Redirects, _) if !path.contains("/moved") => {
            return stream.write_all(
                b"HTTP/1.1 302 Found\r\nlocation: /moved.bin\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
        (Manner::Unsatisfiable, Some(_)) => {
            return stream.write_all(b"HTTP/1.1 416 Nope\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        (Manner::OtherBytes, _) => bytes.reverse(),
        (Manner::Longer, _) => bytes.extend(b"more"),
        (Manner::HangsUp(count), _) => sent = count,
        (Manner::WrongRange, Some(start)) => {
            head = "HTTP/1.1 206 Partial Content".into();
            extra = format!("content-range: bytes {}-{}/{}\r\n", start - 1, bytes.len() - 1, bytes.len());
            bytes.drain(..start - 1);
        }
        (Manner::Good | Manner::Redirects, Some(start)) if current => {
            head = "HTTP/1.1 206 Partial Content".into();
            extra = format!("content-range: bytes {start}-{}/{}\r\n", bytes.len() - 1, bytes.len());
            bytes.drain(..start);
        }
        _ => {}
    }
    let length = bytes.len();
    write!(stream, "{head}\r\ncontent-length: {length}\r\netag: {TAG}\r\n{extra}connection: close\r\n\r\n")?;
    stream.write_all(&bytes[..sent.min(length)])
}

fn run(server: &Server, folder: &Path) -> Result<Fetched, FetchError> {
    fetch(&server.file(), folder, &mut |_| {})
}

/// Leaves an unfinished download behind: the first bytes of the file and the tag that the server gave with them.
fn leave_part(folder: &Path, bytes: &[u8], tag: &str) {
    std::fs::write(folder.join("weights.bin.part"), bytes).unwrap();
    std::fs::write(folder.join("weights.bin.part.etag"), tag).unwrap();
}

fn check_whole(folder: &Path) {
    assert_eq!(std::fs::read(folder.join("weights.bin")).unwrap(), content());
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "nothing but the file is left");
}

fn check_absent(folder: &Path) {
    assert!(!folder.join("weights.bin").exists());
}

#[test]
fn a_whole_download() {
    let (server, folder) = (Server::start(Manner::Good), tempfile::tempdir().unwrap());
    let into = folder.path().join("models");
    let mut seen = vec![];
    let fetched = fetch(&server.file(), &into, &mut |bytes| seen.push(bytes)).unwrap();
    assert_eq!(fetched, Fetched::Downloaded(into.join("weights.bin")));
    check_whole(&into);
    assert!(seen.is_sorted() && seen[0] == 0 && seen.last() == Some(&1_200_000), "{seen:?}");
    assert_eq!(run(&server, &into).unwrap(), Fetched::AlreadyThere(into.join("weights.bin")));
    assert_eq!(server.ranges(), [""], "the second call asks no one");
}

#[test]
fn an_interrupted_download_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Server::start(Manner::HangsUp(700_000));
    let error = run(&broken, folder.path()).expect_err("cut short").to_string();
    assert!(error.contains("stopped after 700000 of 1200000 bytes; run the same command again"), "{error}");
    check_absent(folder.path());
    let good = Server::start(Manner::Good);
    run(&good, folder.path()).unwrap();
    assert_eq!(good.ranges(), ["bytes=700000-"]);
    check_whole(folder.path());
}

#[test]
fn a_server_that_ignores_ranges() {
    let (server, folder) = (Server::start(Manner::IgnoresRanges), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &content()[..5000], TAG);
    run(&server, folder.path()).unwrap();
    assert_eq!(server.ranges(), ["bytes=5000-"], "the whole answer is used as it is");
    check_whole(folder.path());
}

#[test]
fn another_version_on_the_server() {
    let (server, folder) = (Server::start(Manner::Good), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &[7; 5000], "\"version-1\"");
    run(&server, folder.path()).unwrap();
    check_whole(folder.path());
}

#[test]
fn answers_that_do_not_continue() {
    for manner in [Manner::WrongRange, Manner::Unsatisfiable] {
        let (server, folder) = (Server::start(manner), tempfile::tempdir().unwrap());
        leave_part(folder.path(), &content()[..5000], TAG);
        run(&server, folder.path()).unwrap();
        assert_eq!(server.ranges(), ["bytes=5000-", ""], "asked again for everything");
        check_whole(folder.path());
    }
}

#[test]
fn a_part_that_is_complete_or_too_long() {
    let (server, folder) = (Server::start(Manner::Good), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &content(), TAG);
    run(&server, folder.path()).unwrap();
    assert!(server.ranges().is_empty(), "only the hash was missing");
    check_whole(folder.path());
    let folder = tempfile::tempdir().unwrap();
    leave_part(folder.path(), &[content(), content()].concat(), TAG);
    run(&server, folder.path()).unwrap();
    check_whole(folder.path());
}

#[test]
fn a_part_with_damage() {
    let (server, folder) = (Server::start(Manner::Good), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &[7; 5000], TAG);
    let error = run(&server, folder.path()).expect_err("five thousand wrong bytes").to_string();
    assert!(error.contains("the download was deleted; run the same command again"), "{error}");
    run(&server, folder.path()).unwrap();
    check_whole(folder.path());
}

#[test]
fn a_redirect_is_followed() {
    let (server, folder) = (Server::start(Manner::Redirects), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &content()[..5000], TAG);
    run(&server, folder.path()).unwrap();
    assert_eq!(server.ranges(), ["bytes=5000-", "bytes=5000-"]);
    check_whole(folder.path());
}

fn check_refused(manner: Manner, parts: &[&str]) {
    let (server, folder) = (Server::start(manner), tempfile::tempdir().unwrap());
    let error = run(&server, folder.path()).expect_err("refused").to_string();
    for part in parts {
        assert!(error.contains(part), "\"{part}\" is not in: {error}");
    }
    check_absent(folder.path());
    assert!(!folder.path().join("weights.bin.part").exists(), "nothing worth continuing is left");
}

#[test]
fn a_missing_file() {
    check_refused(Manner::Lost, &["127.0.0.1", "the server answers 404 Not Found"]);
}

#[test]
fn a_server_that_is_down_costs_nothing() {
    let (server, folder) = (Server::start(Manner::Busy), tempfile::tempdir().unwrap());
    leave_part(folder.path(), &content()[..5000], TAG);
    let error = run(&server, folder.path()).expect_err("down").to_string();
    assert!(error.contains("the server answers 503 Service Unavailable"), "{error}");
    run(&Server::start(Manner::Good), folder.path()).unwrap();
    check_whole(folder.path());
}

#[test]
fn another_file() {
    check_refused(Manner::OtherBytes, &["weights.bin.part: expected sha256", "the download was deleted"]);
    check_refused(Manner::Longer, &["expected 1200000 bytes, the server offers 1200004"]);
}

#[test]
fn no_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/weights.bin", listener.local_addr().unwrap());
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let error = run(&Server { url, requests: Arc::default() }, folder.path()).expect_err("no one listens").to_string();
    assert!(error.contains("Check the connection") && error.contains("weights.bin does as well"), "{error}");
}

#[test]
fn another_file_of_the_same_name() {
    let (server, folder) = (Server::start(Manner::Good), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("weights.bin"), "mine").unwrap();
    let error = run(&server, folder.path()).expect_err("another file").to_string();
    assert!(error.contains("it is not the pinned file: move it away"), "{error}");
    assert_eq!(std::fs::read(folder.path().join("weights.bin")).unwrap(), b"mine");
}
