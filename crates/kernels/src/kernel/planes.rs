//! A mutable matrix view that can be split between threads by columns.

use std::marker::PhantomData;

/// A mutable view of some columns of a row-major matrix: the transformed input, one row per tile position.
pub(crate) struct Planes<'a> {
    start: *mut f32,
    stride: usize,
    rows: usize,
    columns: usize,
    owner: PhantomData<&'a mut [f32]>,
}

// SAFETY: a `Planes` is an exclusive borrow of its columns, exactly like `&mut [f32]`, which is `Send`.
unsafe impl Send for Planes<'_> {}

impl<'a> Planes<'a> {
    /// Views `data` as rows of `stride` values, of which the first `columns` are used.
    pub(crate) fn new(data: &'a mut [f32], stride: usize, columns: usize) -> Self {
        assert!(columns <= stride && stride > 0);
        Self { start: data.as_mut_ptr(), stride, rows: data.len() / stride, columns, owner: PhantomData }
    }

    /// Splits the view into the columns before `column` and the rest.
    pub(crate) fn split_at(self, column: usize) -> (Self, Self) {
        assert!(column <= self.columns);
        // SAFETY: `column` is within the first row (or one past it), so the pointer stays inside the borrowed data.
        let middle = unsafe { self.start.add(column) };
        let right = Self { start: middle, columns: self.columns - column, ..self };
        (Self { columns: column, ..self }, right)
    }

    /// Number of columns.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The first value of the first row; rows are [`Planes::stride`] apart.
    pub(super) fn start(&mut self) -> *mut f32 {
        self.start
    }

    /// Values from the start of one row to the next.
    pub(super) fn stride(&self) -> usize {
        self.stride
    }
}
