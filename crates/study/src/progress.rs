//! What a person sees while an experiment runs: one line per stage with an estimate of the time left, nothing with
//! `--quiet`, or one JSON object per line with `--json`.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::cost;

/// How often a stage says in a log how far it is.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Lines on the terminal (standard error).
    Terminal,
    /// Nothing.
    Quiet,
    /// A JSON object per line on standard output.
    Json,
}

/// Says what is going on.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    voice: Voice,
}

/// One stage of the work.
pub struct Stage {
    voice: Voice,
    name: String,
    total: usize,
    done: AtomicUsize,
    begun: Instant,
    bar: ProgressBar,
    /// When a line was last written into a log, where there is no terminal to draw a bar on.
    logged: Option<Mutex<Instant>>,
}

impl Progress {
    /// Speaks through a voice.
    pub fn new(voice: Voice) -> Self {
        Self { voice }
    }

    /// Says one thing.
    pub fn say(&self, text: &str) {
        match self.voice {
            Voice::Terminal => eprintln!("{text}"),
            Voice::Quiet => {}
            Voice::Json => println!("{}", json!({"event": "note", "text": text})),
        }
    }

    /// Says what a person should know before they trust a result.
    pub fn warn(&self, text: &str) {
        match self.voice {
            Voice::Terminal => eprintln!("warning: {text}"),
            Voice::Quiet => {}
            Voice::Json => println!("{}", json!({"event": "warning", "text": text})),
        }
    }

    /// Begins a stage of so many steps.
    pub fn stage(&self, name: &str, total: usize) -> Stage {
        let bar = match self.voice {
            Voice::Terminal => ProgressBar::new(total as u64),
            _ => ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden()),
        };
        let style = ProgressStyle::with_template("{msg:<44} {bar:24} {pos}/{len}  {elapsed} elapsed, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name.to_string());
        // Steps can take long; the clock goes on meanwhile.
        bar.enable_steady_tick(Duration::from_millis(500));
        if self.voice == Voice::Json {
            println!("{}", json!({"event": "begin", "stage": name, "total": total}));
        }
        let begun = Instant::now();
        let into_log = self.voice == Voice::Terminal && !std::io::stderr().is_terminal();
        let logged = into_log.then(|| Mutex::new(begun));
        Stage { voice: self.voice, name: name.into(), total, done: AtomicUsize::new(0), begun, bar, logged }
    }
}

impl Stage {
    /// Some steps are done.
    pub fn advance(&self, steps: usize) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        self.bar.inc(steps as u64);
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = seconds / done.max(1) as f64 * self.total.saturating_sub(done) as f64;
        if let Some(logged) = &self.logged {
            let mut latest = logged.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if latest.elapsed() >= BETWEEN_LINES {
                *latest = Instant::now();
                eprintln!("{:<52} {done} of {}, about {} left", self.name, self.total, cost::duration(left));
            }
        }
        if self.voice == Voice::Json {
            let event = json!({"event": "step", "stage": self.name, "done": done, "total": self.total,
                               "seconds": seconds, "seconds_left": left});
            println!("{event}");
        }
    }

    /// The stage is over: one line stays behind.
    pub fn finish(self) {
        self.bar.finish_and_clear();
        let seconds = self.begun.elapsed().as_secs_f64();
        match self.voice {
            Voice::Terminal => eprintln!("{:<52} {} in {seconds:.1} s", self.name, self.total),
            Voice::Quiet => {}
            Voice::Json => println!("{}", json!({"event": "end", "stage": self.name, "seconds": seconds})),
        }
    }
}
