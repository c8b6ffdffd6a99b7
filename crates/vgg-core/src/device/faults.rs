//! What a driver reports outside of any call: memory that ran out, work that it refuses, a device that is gone.
//!
//! wgpu hands such errors to a handler of the device. Burn's handler panics; ours notes what happened, and the
//! next reading of results fails with it. Nothing that was computed meanwhile is used.

use std::sync::{Arc, Mutex};

use burn::tensor::wgpu::wgpu;

/// Why a device failed, as far as a caller can act on it. Of several causes the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The device is gone (reset, unplugged, timed out): it cannot be used again in this process.
    DeviceLost,
    /// The device has no memory left: fewer pictures at once can help.
    OutOfMemory,
    /// A value is larger than float16 can hold.
    BeyondFloat16,
    /// A value is larger than float32 can hold.
    BeyondFloat32,
    /// Anything else.
    Other,
}

/// The faults of one device since they were last asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Mutex<Vec<(Cause, String)>>>);

/// What drivers, wgpu and CubeCL say where memory is too small, in lower case.
const OUT_OF_MEMORY: [&str; 6] = [
    "out of memory",
    "out of device memory",
    "out of host memory",
    "not enough memory",
    "can't allocate",
    "outofmemory",
];
/// What they say where the device is gone.
const LOST: [&str; 4] = ["device lost", "device is lost", "device is poisoned", "device was lost"];

impl Cause {
    /// The cause that a message of a driver speaks of.
    pub(crate) fn of_message(message: &str) -> Self {
        let message = message.to_lowercase();
        let speaks_of = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        match (speaks_of(&LOST), speaks_of(&OUT_OF_MEMORY)) {
            (true, _) => Self::DeviceLost,
            (_, true) => Self::OutOfMemory,
            _ => Self::Other,
        }
    }

    /// What a person can do about it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::OutOfMemory => "A smaller `--memory`, other programs closed, or `--device cpu` may help",
            Self::DeviceLost => "Start again: a run continues where it stopped; `--device cpu` avoids the driver",
            Self::BeyondFloat16 => {
                "Start a run in float32: leave `--precision f16`, or `precision` in the configuration, out"
            }
            Self::BeyondFloat32 => "Smaller gains, or weights on a smaller scale, keep them in it",
            Self::Other => "`--device cpu` may help",
        }
    }
}

impl Faults {
    /// Notes every error that the device reports outside of a call.
    pub(super) fn watch(device: &wgpu::Device) -> Self {
        let faults = Self::default();
        let noted = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error| noted.note(&error)));
        faults
    }

    fn note(&self, error: &wgpu::Error) {
        let cause = match error {
            wgpu::Error::OutOfMemory { .. } => Cause::OutOfMemory,
            other => Cause::of_message(&other.to_string()),
        };
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((cause, error.to_string()));
    }

    /// The most telling of the faults since the last call, if there were any.
    pub(crate) fn take(&self) -> Option<(Cause, String)> {
        let mut noted = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        std::mem::take(&mut *noted).into_iter().min_by_key(|(cause, _)| *cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out_of_memory() -> wgpu::Error {
        wgpu::Error::OutOfMemory { source: "no memory".into() }
    }

    fn refused(description: &str) -> wgpu::Error {
        wgpu::Error::Validation { source: "buffer".into(), description: description.into() }
    }

    #[test]
    fn messages_are_told_apart() {
        let cases = [
            ("out of device memory allocating 5 bytes", Cause::OutOfMemory),
            ("can't allocate buffer of size: 268435456", Cause::OutOfMemory),
            (
                "Can't allocate 12 bytes: every page size the memory tracks still holds live allocations",
                Cause::OutOfMemory,
            ),
            ("Not enough memory left", Cause::OutOfMemory),
            ("The device is poisoned\nCaused by:\n  Unknown: out of memory", Cause::DeviceLost),
            ("Parent device is lost", Cause::DeviceLost),
            ("shader refused", Cause::Other),
        ];
        for (message, cause) in cases {
            assert_eq!(Cause::of_message(message), cause, "{message}");
        }
    }

    #[test]
    fn lack_of_memory_is_noted_with_its_consequences_and_told_once() {
        let faults = Faults::default();
        faults.note(&out_of_memory());
        faults.note(&refused("the bind group has no such buffer"));
        assert_eq!(faults.take().map(|(cause, _)| cause), Some(Cause::OutOfMemory));
        assert_eq!(faults.take(), None);
    }

    #[test]
    fn work_that_a_driver_refuses_is_noted() {
        let faults = Faults::default();
        faults.note(&refused("too many workgroups"));
        let (cause, reason) = faults.take().expect("noted");
        assert!(cause == Cause::Other && reason.contains("too many workgroups"), "{cause:?} {reason}");
    }
}
