//! Memory that a thread keeps from one layer to the next.

use std::cell::Cell;

/// Working memory of one thread.
#[derive(Default)]
pub(crate) struct Scratch {
    /// Transformed input, or padded rows.
    pub(crate) input: Buffer,
    /// Sums before the epilogue.
    pub(crate) sums: Buffer,
    /// A padded strip of the input.
    pub(crate) strip: Buffer,
}

thread_local! {
    static KEPT: Cell<Scratch> = Cell::default();
}

/// Runs `work` with this thread's scratch. A call from inside `work` gets fresh memory.
pub(crate) fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    let mut scratch = KEPT.take();
    let result = work(&mut scratch);
    KEPT.set(scratch);
    result
}

/// A growing buffer that is handed out aligned to cache lines.
#[derive(Default)]
pub(crate) struct Buffer(Vec<f32>);

/// float32 values in a cache line of 64 bytes.
pub(crate) const LINE: usize = 16;

impl Buffer {
    /// `len` values that start at a cache line; what they hold is left from before.
    pub(crate) fn get(&mut self, len: usize) -> &mut [f32] {
        if self.0.len() < len + LINE {
            self.0 = vec![0.0; len + LINE];
        }
        let start = self.0.as_ptr().align_offset(4 * LINE).min(LINE);
        &mut self.0[start..start + len]
    }

    /// The first `len` values of a buffer that was handed out at this length or longer before.
    pub(crate) fn peek(&self, len: usize) -> &[f32] {
        let start = self.0.as_ptr().align_offset(4 * LINE).min(LINE);
        &self.0[start..start + len]
    }
}
