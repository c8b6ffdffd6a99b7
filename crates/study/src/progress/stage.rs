//! One stage of the work: a bar on a terminal, lines in a log, or events.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{Voice, is_terminal, plain};
use crate::cost::duration;
use crate::output::{event, tell};

/// Steps can take long; the clock goes on meanwhile.
const TICK: Duration = Duration::from_millis(500);
/// A log gets a line of a stage no oftener than this.
const LOG_EVERY: u64 = 60;

/// One stage of the work.
pub struct Stage {
    voice: Voice,
    name: String,
    device: Option<String>,
    total: usize,
    done: AtomicUsize,
    begun: Instant,
    /// Seconds after which the next line of a log is due.
    due: AtomicU64,
    bar: Option<ProgressBar>,
}

impl Stage {
    pub(super) fn begin(voice: Voice, name: &str, total: usize, device: Option<&str>) -> Self {
        let name = plain(name);
        if voice == Voice::Json {
            event(&json!({"event": "begin", "stage": name, "total": total, "device": device}));
        }
        let bar = (voice == Voice::Terminal && is_terminal()).then(|| bar(&name, total, device));
        let (done, due) = (AtomicUsize::new(0), AtomicU64::new(LOG_EVERY));
        Self { voice, name, device: device.map(String::from), total, done, begun: Instant::now(), due, bar }
    }

    /// Some steps are done.
    pub fn advance(&self, steps: usize) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        let seconds = self.begun.elapsed().as_secs_f64();
        match (self.voice, &self.bar) {
            (_, Some(bar)) => bar.inc(steps as u64),
            (Voice::Terminal, None) => self.log(done, seconds),
            (Voice::Json, None) => event(&json!({
                "event": "step", "stage": self.name, "done": done, "total": self.total, "seconds": seconds,
                "seconds_left": seconds_left(done, self.total, seconds)
            })),
            (Voice::Quiet, None) => {}
        }
    }

    /// The stage is over: one line stays behind.
    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let (done, seconds) = (self.done.load(Ordering::Relaxed), self.begun.elapsed().as_secs_f64());
        match self.voice {
            Voice::Terminal => tell(&last_line(&self.name, done, seconds, self.device.as_deref())),
            Voice::Quiet => {}
            Voice::Json => event(&json!({
                "event": "end", "stage": self.name, "done": done, "total": self.total, "seconds": seconds
            })),
        }
    }

    /// Of several threads that find a line due, one writes it.
    fn log(&self, done: usize, seconds: f64) {
        let (due, now) = (self.due.load(Ordering::Relaxed), seconds as u64);
        let next = now + LOG_EVERY;
        if now >= due && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tell(&log_line(&self.name, done, self.total, seconds));
        }
    }
}

fn bar(name: &str, total: usize, device: Option<&str>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "{msg:<38} {wide_bar:.cyan} {pos}/{len}  {elapsed} elapsed, {eta} left  {prefix:.dim}",
    );
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(name.to_string());
    bar.set_prefix(device.unwrap_or_default().to_string());
    bar.enable_steady_tick(TICK);
    bar
}

/// As if the rest took as long as what is done; nothing before the first step.
fn seconds_left(done: usize, total: usize, seconds: f64) -> Option<f64> {
    (done > 0).then(|| seconds / done as f64 * total.saturating_sub(done) as f64)
}

fn log_line(name: &str, done: usize, total: usize, seconds: f64) -> String {
    let left = seconds_left(done, total, seconds).map_or("?".into(), duration);
    format!("{name:<38} {done}/{total}  {} elapsed, {left} left", duration(seconds))
}

fn last_line(name: &str, done: usize, seconds: f64, device: Option<&str>) -> String {
    let device = device.map(|device| format!(" on {device}")).unwrap_or_default();
    format!("{name:<38} {done} in {seconds:.1} s{device}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_steps_done() {
        assert_eq!(seconds_left(0, 10, 5.0), None);
        assert_eq!(seconds_left(4, 10, 8.0), Some(12.0));
        assert_eq!(seconds_left(12, 10, 8.0), Some(0.0), "more steps than were promised");
    }

    #[test]
    fn a_log_has_one_line_a_minute() {
        let stage = Stage::begin(Voice::Quiet, "sweep", 10, None);
        let writes = |seconds: f64| {
            let before = stage.due.load(Ordering::Relaxed);
            stage.log(1, seconds);
            stage.due.load(Ordering::Relaxed) != before
        };
        assert_eq!([1.0, 59.9, 60.0, 61.0, 119.0, 121.0].map(writes), [false, false, true, false, false, true]);
    }

    #[test]
    fn lines_say_what_is_done_and_what_is_left() {
        let name = "sweep";
        assert_eq!(log_line(name, 5, 20, 60.0), format!("{name:<38} 5/20  60 s elapsed, 3 min left"));
        assert_eq!(last_line(name, 20, 3.25, Some("cpu")), format!("{name:<38} 20 in 3.2 s on cpu"));
    }
}
