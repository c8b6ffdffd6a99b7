//! What Kragel et al. (2019) claim, each with its rule, and what this run says of it. The rules are ours, fixed before any
//! result was looked at.

use figures::Verdict;
use study::comparison::ALPHA;
use study::rows::ClaimRow;

use crate::affect::are_emonets;
use crate::findings::Findings;
use crate::numbers::MEAN;
use crate::opened::Opened;
use crate::ratings::RELEASED;
use crate::rows::RatingRow;
use crate::scored::Scored;

const PAPER: &str = "Kragel et al. 2019, Sci Adv 5: eaaw4358";

/// Every claim, those that need a scanner last.
pub fn judge(opened: &Opened, shown: &Scored, found: &Findings) -> Vec<ClaimRow> {
    let mut rows: Vec<ClaimRow> = [(1, 0.2309, 0.05), (5, 0.626, 0.2795)]
        .into_iter()
        .map(|(k, published, chance)| accuracy(shown, found, k, published, chance))
        .collect();
    rows.extend([areas(shown, found), depth(found)]);
    rows.extend([clusters(found), components(found)].map(|row| of_twenty(opened, row)));
    rows.extend(ratings(&found.ratings));
    rows.extend(beyond());
    rows.into_iter().map(|row| ClaimRow { place: opened.frames.name.clone(), ..row }).collect()
}

/// A claim that is about EmoNet's twenty classes and about no others.
fn of_twenty(opened: &Opened, row: ClaimRow) -> ClaimRow {
    if are_emonets(opened.classes()) {
        return row;
    }
    let remark = "the classes of these frames are not EmoNet's twenty".into();
    ClaimRow { verdict: Verdict::NotTestable.words().into(), remark, ..row }
}

fn claim(short: &str, statement: &str, page: &str, rule: &str) -> ClaimRow {
    ClaimRow {
        claim: short.into(),
        statement: statement.into(),
        source: format!("{PAPER}, {page}"),
        rule: rule.into(),
        verdict: Verdict::NotTestable.words().into(),
        ..ClaimRow::default()
    }
}

fn verdict(reached: bool) -> String {
    if reached { Verdict::Reached } else { Verdict::NotReached }.words().into()
}

fn accuracy(shown: &Scored, found: &Findings, k: usize, published: f64, chance: f64) -> ClaimRow {
    let row = claim(
        &format!("top-{k}"),
        &match k {
            1 => "The true emotion is the most probable one more often than chance".to_string(),
            _ => format!("The true emotion is among the {k} most probable ones more often than chance"),
        },
        "p. 2",
        "p < .05 under labels shuffled between videos",
    );
    let plain = found.accuracies.iter().find(|row| row.scores == shown.name && row.k == k && row.average == "plain");
    let Some(plain) = plain else {
        return ClaimRow { remark: format!("there are no more than {k} classes"), ..row };
    };
    ClaimRow {
        quantity: format!("top-{k} accuracy over frames"),
        published: Some(published),
        estimate: Some(plain.accuracy),
        ci_low: Some(plain.ci_low),
        ci_high: Some(plain.ci_high),
        p: plain.p,
        verdict: verdict(plain.p.is_some_and(|p| p < ALPHA)),
        remark: format!(
            "chance here {:.3} (published {chance}); naming the most frequent classes is right in {:.3}",
            plain.chance, plain.constant
        ),
        ..row
    }
}

fn areas(shown: &Scored, found: &Findings) -> ClaimRow {
    let row = claim(
        "mean-auc",
        "On average every emotion is told from all others",
        "p. 2",
        "the interval of the mean area over videos lies above .5",
    );
    let Some(mean) = found.classes.iter().find(|row| row.scores == shown.name && row.class == MEAN) else { return row };
    ClaimRow {
        quantity: "mean area under the ROC curve, one against the rest".into(),
        published: Some(0.745),
        estimate: mean.auc,
        ci_low: mean.ci_low,
        ci_high: mean.ci_high,
        verdict: verdict(mean.ci_low.is_some_and(|low| low > 0.5)),
        remark: mean.d.map(|d| format!("mean d {d:.3} (published .945)")).unwrap_or_default(),
        ..row
    }
}

fn depth(found: &Findings) -> ClaimRow {
    let row = claim(
        "decoding-deeper",
        "Emotions are read better from deeper layers",
        "figure, panel D",
        "the interval over videos of Spearman's ρ between depth and accuracy lies above 0",
    );
    match found.decoding.trend {
        None => ClaimRow { remark: "accuracy is the same in all layers".into(), ..row },
        Some(trend) => ClaimRow {
            quantity: "Spearman's ρ of decoding accuracy with depth".into(),
            estimate: Some(trend.estimate),
            ci_low: Some(trend.low),
            ci_high: Some(trend.high),
            verdict: verdict(trend.low > 0.0),
            remark: "the paper gives no numbers for this panel".into(),
            ..row
        },
    }
}

fn clusters(found: &Findings) -> ClaimRow {
    let row = claim(
        "clusters",
        "The twenty emotions form eleven clusters that are told apart",
        "p. 4 and 7",
        "eleven lies in the interval over videos of the number of clusters (the authors' program)",
    );
    let Some(counted) = found.confusions.counts.iter().find(|row| row.rule == "against_all") else { return row };
    let Some(clusters) = counted.clusters else {
        return ClaimRow { remark: "no cluster is told apart".into(), ..row };
    };
    let inside = counted.groups_low.zip(counted.groups_high).is_some_and(|(low, high)| low <= 11.0 && 11.0 <= high);
    ClaimRow {
        quantity: "clusters".into(),
        published: Some(11.0),
        estimate: Some(clusters as f64),
        ci_low: counted.groups_low,
        ci_high: counted.groups_high,
        verdict: verdict(inside),
        remark: format!("the number grows with that of frames, here {} (published: 24,634)", counted.frames),
        ..row
    }
}

fn components(found: &Findings) -> ClaimRow {
    let row = claim(
        "components",
        "Seventeen principal components hold 95 % of the variance of the predictions",
        "p. 4",
        "the number is seventeen",
    );
    let Some(components) =
        found.components.iter().find(|row| row.predictions == "logits").and_then(|row| row.components)
    else {
        return ClaimRow { remark: "all predictions are alike".into(), ..row };
    };
    ClaimRow {
        quantity: "principal components".into(),
        published: Some(17.0),
        estimate: Some(components as f64),
        verdict: verdict(components == 17),
        ..row
    }
}

/// Valence and arousal of rated pictures, by EmoNet's released weights. Needs OASIS and EmoNet's own class scores.
fn ratings(rows: &[RatingRow]) -> Vec<ClaimRow> {
    let claimed = [("valence", 0.83), ("arousal", 0.84)];
    claimed.into_iter().map(|(rating, published)| read_rating(rows, rating, published)).collect()
}

fn read_rating(rows: &[RatingRow], rating: &str, published: f64) -> ClaimRow {
    let row = claim(
        &format!("oasis-{rating}"),
        &format!("Rated {rating} of OASIS is read from the class scores by weights that were learned on IAPS"),
        "p. 4",
        "the interval of the correlation over pictures lies above 0",
    );
    // Another set may have a published correlation too, by other weights.
    let own = |row: &&RatingRow| row.weights == RELEASED && row.published_r == Some(published);
    let read = rows.iter().filter(own).find(|row| row.rating == rating);
    let Some(read) = read else {
        let remark = "needs EmoNet's own class scores, and OASIS among the rated sets".into();
        return ClaimRow { published: Some(published), remark, ..row };
    };
    ClaimRow {
        quantity: "correlation over pictures".into(),
        published: Some(published),
        estimate: read.r,
        ci_low: read.r_ci_low,
        ci_high: read.r_ci_high,
        verdict: verdict(read.r_ci_low.is_some_and(|low| low > 0.0)),
        remark: format!("RMSE {:.3}; {} pictures", read.rmse, read.pictures),
        ..row
    }
}

/// What cannot be tested without people in a scanner, films or further networks.
fn beyond() -> Vec<ClaimRow> {
    let row = |short: &str, statement: &str, page: &str, remark: &str| ClaimRow {
        remark: remark.into(),
        ..claim(short, statement, page, "none here")
    };
    vec![
        row(
            "trailers",
            "The genre of 28 film trailers is read from mean predictions",
            "p. 4",
            "the films are not free, and the list of titles stands in the supplement",
        ),
        row(
            "other-depths",
            "Shallower networks, and one with a further layer, are worse",
            "p. 2",
            "needs networks of other depths trained on the same videos",
        ),
        row(
            "visual-cortex",
            "Activity of the human visual cortex tells emotion schemas apart",
            "p. 5 to 7",
            "needs the recordings of people in a scanner",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_oasis_by_the_released_weights_is_what_was_published_of_it() {
        let read = |weights: &str, published_r: f64, r: f64| RatingRow {
            rating: "valence".into(),
            weights: weights.into(),
            published_r: Some(published_r),
            r: Some(r),
            r_ci_low: Some(r - 0.1),
            ..RatingRow::default()
        };
        // Weights learned on IAPS itself have a published correlation too, and stand first.
        let iaps = read("cross-validated", 0.88, 0.5);
        let rows = ratings(&[iaps.clone(), read(RELEASED, 0.83, 0.7)]);
        assert_eq!((rows[0].estimate, rows[0].published, &*rows[0].verdict), (Some(0.7), Some(0.83), "reached"));
        let rows = ratings(&[iaps]);
        assert!(rows.iter().all(|row| row.estimate.is_none() && row.verdict == "not testable here"));
    }

    #[test]
    fn what_needs_a_scanner_is_never_reached() {
        let rows = beyond();
        assert!(rows.iter().all(|row| row.verdict == "not testable here" && !row.remark.is_empty()));
        assert!(rows.iter().all(|row| row.estimate.is_none() && row.source.starts_with(PAPER)));
    }
}
