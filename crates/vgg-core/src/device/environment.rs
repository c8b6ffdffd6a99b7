//! What drivers find in the environment of a program.

/// The directory of the user's session, where the drivers of Linux look for a screen.
#[cfg(target_os = "linux")]
const SESSION: &str = "XDG_RUNTIME_DIR";
/// An absolute path at which nothing is, so that nobody else's socket is taken for a screen.
#[cfg(target_os = "linux")]
const NOWHERE: &str = "/nonexistent";

/// To be called first in `main`. Without a session, as in containers and on cluster nodes, Mesa's layer that sorts devices
/// prints two lines that begin with `error:`, though nothing is wrong: nothing here is ever shown on a screen.
pub fn without_screen() {
    #[cfg(target_os = "linux")]
    if std::env::var_os(SESSION).is_none() {
        // SAFETY: `main` has started no thread yet, so that nobody reads the environment meanwhile.
        unsafe { std::env::set_var(SESSION, NOWHERE) };
    }
}
