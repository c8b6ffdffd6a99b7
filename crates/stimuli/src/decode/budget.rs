//! Memory for pictures that are being decoded, shared by all threads. Which of them waits changes no result.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes may be held at once.
pub(super) struct Budget {
    limit: u64,
    held: Mutex<u64>,
    released: Condvar,
}

/// Memory that is held until this value is dropped.
pub(super) struct Held<'a> {
    budget: &'a Budget,
    bytes: u64,
}

thread_local! {
    /// How much this thread holds, in pieces.
    static PIECES: Cell<usize> = const { Cell::new(0) };
}

impl Budget {
    pub(super) const fn new(limit: u64) -> Self {
        Self { limit, held: Mutex::new(0), released: Condvar::new() }
    }

    /// Waits until so many bytes are free. More than the limit is granted once nothing else is held.
    ///
    /// A thread that holds memory already is never made to wait, since it might wait for itself: a thread pool may hand
    /// it another picture while it works on the first.
    pub(super) fn take(&self, bytes: u64) -> Held<'_> {
        let may_wait = PIECES.get() == 0;
        let mut held = self.held();
        while may_wait && *held > 0 && held.saturating_add(bytes) > self.limit {
            held = self.released.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held = held.saturating_add(bytes);
        PIECES.set(PIECES.get() + 1);
        Held { budget: self, bytes }
    }

    /// The number is whole even if a thread panicked while it held the lock.
    fn held(&self) -> MutexGuard<'_, u64> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut held = self.budget.held();
        *held = held.saturating_sub(self.bytes);
        PIECES.set(PIECES.get().saturating_sub(1));
        self.budget.released.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    use super::*;

    #[test]
    fn threads_together_never_hold_more_than_the_limit() {
        let (budget, now, most) = (Budget::new(10), AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (budget, now, most) = (&budget, &now, &most);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = 1 + (thread * 7 + round * 3) % 10;
                        let held = budget.take(bytes);
                        most.fetch_max(now.fetch_add(bytes, SeqCst) + bytes, SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(bytes, SeqCst);
                        drop(held);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!(most > 5 && most <= 10, "{most}");
        assert_eq!(*budget.held(), 0);
    }

    #[test]
    fn neither_a_large_piece_nor_a_second_one_waits_for_ever() {
        let budget = Budget::new(10);
        let first = budget.take(25);
        let second = budget.take(25);
        drop((first, second));
        assert_eq!(*budget.held(), 0);
    }
}
