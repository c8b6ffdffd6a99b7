//! `--budget`: how many draws fit into a time, chosen before anything is computed.
//!
//! Draws are what a sweep spends its time on and what its p-values gain from. Their number is chosen from the measured speed
//! of the device and then stands in the configuration of the run, so that the same numbers come out wherever it is
//! repeated.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::comparison::ALPHA;
use crate::config::Config;
use crate::cost;
use crate::driver::Study;
use crate::experiment::Experiment;

/// Draws with which p can be .1, .05, .025, .02, .01 and so on: between them more draws buy no rounder p.
const STEPS: [usize; 9] = [9, 19, 39, 49, 99, 199, 399, 499, 999];
/// Times for which a dry run says what they buy.
const EXAMPLES: [Duration; 3] =
    [Duration::from_secs(3600), Duration::from_secs(8 * 3600), Duration::from_secs(48 * 3600)];

/// Seconds that a run takes with so many draws, ascending; the last step is what the configuration asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder(Vec<(usize, f64)>);

impl Ladder {
    /// The ladder of an experiment at a speed in multiplications per second; responses are not in it.
    ///
    /// # Errors
    /// A layer name that is none.
    pub fn new<P>(study: &Study<P>, experiment: &mut Experiment, rate: f64) -> Result<Self> {
        let asked = experiment.config.clone();
        let most = asked.most_draws();
        let steps = STEPS.into_iter().filter(|&draws| draws < most).chain([most]);
        let seconds = steps.map(|draws| {
            experiment.config = asked.clone().with_at_most(draws);
            let works = (study.chunks)(experiment)?;
            Ok((draws, works.iter().map(|work| work.multiplications as f64).sum::<f64>() / rate))
        });
        let ladder = seconds.collect::<Result<_>>().map(Self);
        experiment.config = asked;
        ladder
    }

    /// The same with another experiment of the same configuration after it.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.0.is_empty() {
            return other;
        }
        Self(self.0.into_iter().zip(other.0).map(|((draws, one), (_, other))| (draws, one + other)).collect())
    }

    /// The same with seconds that every step takes.
    #[must_use]
    pub fn after(self, seconds: f64) -> Self {
        Self(self.0.into_iter().map(|(draws, own)| (draws, own + seconds)).collect())
    }

    /// Seconds of all that the configuration asks for.
    pub fn whole(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, seconds)| *seconds)
    }

    /// The most draws that fit, with their seconds.
    fn within(&self, budget: Duration) -> Option<(usize, f64)> {
        self.0.iter().rev().copied().find(|(_, seconds)| *seconds <= budget.as_secs_f64())
    }

    /// What some budgets would buy, a line each; none where nothing is drawn.
    pub fn lines(&self) -> Vec<String> {
        let swept = self.0.iter().any(|(_, seconds)| *seconds > 0.0);
        EXAMPLES.into_iter().filter(|_| swept).map(|budget| format!("budget   {}", self.buys(budget))).collect()
    }

    fn buys(&self, budget: Duration) -> String {
        let time = cost::duration(budget.as_secs_f64());
        match (self.within(budget), self.0.first()) {
            (Some((draws, seconds)), _) => {
                format!("{time} buys {draws} draws, at most about {}; {}", cost::duration(seconds), precision(draws))
            }
            (None, Some((draws, seconds))) => {
                format!("{time} buys nothing: {draws} draws take at most about {}", cost::duration(*seconds))
            }
            (None, None) => format!("{time} buys nothing"),
        }
    }

    /// Sets the draws of an experiment to the most that fit, and says what that buys.
    ///
    /// # Errors
    /// Not even the fewest draws fit.
    pub fn fit(&self, experiment: &mut Experiment, budget: Duration) -> Result<()> {
        let Some((draws, _)) = self.within(budget) else {
            bail!(
                "--budget: {}. Name fewer layers (--set 'sweep.layers=[…]'), fewer controls (sweep.controls, attention.controls) or \
                 no untrained network (--set sweep.random_networks=0)",
                self.buys(budget)
            );
        };
        experiment.progress.say(&format!("budget   {}", self.buys(budget)));
        experiment.reconfigure(experiment.config.clone().with_at_most(draws));
        Ok(())
    }
}

impl Config {
    /// The draws of the experiment that asks for more of them.
    fn most_draws(&self) -> usize {
        self.sweep.draws.max(self.attention().control_draws.unwrap_or(0))
    }

    /// The same with no more draws than these.
    #[must_use]
    pub fn with_at_most(mut self, draws: usize) -> Self {
        self.sweep.draws = self.sweep.draws.min(draws);
        if let Some(own) = self.attention.as_mut().and_then(|attention| attention.control_draws.as_mut()) {
            *own = draws.min(*own);
        }
        self
    }
}

/// What so many draws can say: the smallest p, and how well a p at the edge of a verdict is known (twice its binomial standard
/// error).
fn precision(draws: usize) -> String {
    let count = draws as f64 + 1.0;
    let width = 2.0 * (ALPHA * (1.0 - ALPHA) / count).sqrt();
    format!("p goes down to {:.3}, a p of .05 is known to ± {width:.3}", 1.0 / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder() -> Ladder {
        Ladder(vec![(9, 900.0), (19, 1900.0), (30, 3000.0)])
    }

    #[test]
    fn the_most_draws_that_fit_are_taken() {
        let within = |seconds| ladder().within(Duration::from_secs(seconds)).map(|(draws, _)| draws);
        assert_eq!([within(899), within(900), within(2999), within(90_000)], [None, Some(9), Some(19), Some(30)]);
        let both = ladder().and(ladder()).after(100.0);
        assert_eq!(both.within(Duration::from_secs(2000)), Some((9, 1900.0)));
        assert_eq!(Ladder::default().and(ladder()), ladder());
        assert_eq!((ladder().whole(), Ladder::default().whole()), (3000.0, 0.0));
    }

    #[test]
    fn what_a_budget_buys_is_said_before_it_is_spent() {
        let lines = ladder().lines();
        assert_eq!(
            lines[0],
            "budget   60 min buys 30 draws, at most about 50 min; p goes down to 0.032, a p of .05 is known to ± 0.078"
        );
        assert!(
            ladder().buys(Duration::from_secs(60)).starts_with("60 s buys nothing: 9 draws take at most about 15 min")
        );
        assert!(Ladder(vec![(9, 0.0)]).lines().is_empty(), "nothing is swept");
    }

    #[test]
    fn fewer_draws_never_become_more() {
        let text = "name = \"a\"\n[sweep]\ndraws = 25\n[attention]\ncontrol_draws = 12\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\n\
                    style = \"flat\"\nper_category = 4\nseed = 1";
        let config = Config::parse(text, "a", &[]).expect("valid");
        let draws = |most| {
            let config = config.clone().with_at_most(most);
            (config.sweep.draws, config.attention().control_draws)
        };
        assert_eq!([draws(9), draws(19), draws(99)], [(9, Some(9)), (19, Some(12)), (25, Some(12))]);
        assert_eq!(draws(config.most_draws()), (25, Some(12)), "the last step changes nothing");
        let gains = Config::parse(&text.replace("draws = 12", "draws = 40"), "a", &[]).expect("valid");
        assert_eq!(
            gains.clone().with_at_most(gains.most_draws()),
            gains,
            "also where gains have more draws than lesions"
        );
    }
}
