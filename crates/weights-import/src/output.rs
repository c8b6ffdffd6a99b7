//! Standard output. A reader that has seen enough closes it (`show F | head -1`), which is no fault: what follows is
//! dropped and the work goes on to its end, so that its files are written and its exit status is right. Anything else,
//! such as a full disk, is one error.

use std::io::{self, ErrorKind, Write};

/// A writer that survives its reader.
pub struct Output<W> {
    inner: W,
    closed: bool,
}

impl Output<io::StdoutLock<'static>> {
    /// Standard output of this program.
    pub fn standard() -> Self {
        Self::new(io::stdout().lock())
    }
}

impl<W: Write> Output<W> {
    fn new(inner: W) -> Self {
        Self { inner, closed: false }
    }

    fn forgive<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            Err(error) => Err(io::Error::new(error.kind(), format!("standard output: {error}"))),
            good => good,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        if matches!(&result, Err(error) if error.kind() == ErrorKind::Interrupted) {
            return result;
        }
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.forgive(result, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes some bytes and then fails.
    struct Failing(usize, ErrorKind);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(self.1.into()) } else { Ok(taken) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_may_leave() {
        let mut output = Output::new(Failing(5, ErrorKind::BrokenPipe));
        output.write_all(b"more than five bytes").expect("no fault");
        output.write_all(b"and more").expect("no fault");
        output.flush().expect("no fault");
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut output = Output::new(Failing(5, ErrorKind::StorageFull));
        let error = output.write_all(b"more than five bytes").expect_err("no room").to_string();
        assert!(error.starts_with("standard output: "), "{error}");
    }
}
