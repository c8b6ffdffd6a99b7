//! What a person sees while an experiment runs: one line per stage with an estimate of the time left, nothing with
//! `--quiet`, or one JSON object per line with `--json`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

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
        Stage { voice: self.voice, name: name.into(), total, done: AtomicUsize::new(0), begun: Instant::now(), bar }
    }
}

impl Stage {
    /// Some steps are done.
    pub fn advance(&self, steps: usize) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        self.bar.inc(steps as u64);
        if self.voice == Voice::Json {
            let seconds = self.begun.elapsed().as_secs_f64();
            let left = seconds / done.max(1) as f64 * self.total.saturating_sub(done) as f64;
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
