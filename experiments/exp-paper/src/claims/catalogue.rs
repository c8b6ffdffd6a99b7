//! The published claims as a table.

use super::{About, Claim, Decision, attention, lesion, overlap, table1, tuning};

const RISES: &str =
    "Spearman's ρ with depth is above 0 and above that with shuffled labels (joint permutation), q < .05";
const NONE_OF_IT: &str = "the trained network has more of it (q < .05), and untrained ones do not show it by themselves; that \
                          something is not seen would prove little";

/// Every claim, in the order of the study.
pub const CLAIMS: [Claim; 17] = [
    Claim {
        id: "quality-rises",
        statement: "Tuning quality rises with depth.",
        source: "preprint 2023",
        rule: RISES,
        about: About::Responses,
        decision: Decision::Significant,
        judge: tuning::rises,
    },
    Claim {
        id: "quality-flat-untrained",
        statement: "In networks with random weights tuning quality is flat over depth.",
        source: "preprint 2023",
        rule: NONE_OF_IT,
        about: About::Responses,
        decision: Decision::Significant,
        judge: tuning::flat_untrained,
    },
    Claim {
        id: "overlap-above-chance",
        statement: "Channels keep their emotion in another picture set more often than by chance.",
        source: "PLOS 2024",
        rule: "the mean over layers of Jaccard index minus chance is above 0 and above that with shuffled labels (joint \
               permutation), q < .05",
        about: About::Responses,
        decision: Decision::Significant,
        judge: overlap::above_chance,
    },
    Claim {
        id: "overlap-deeper",
        statement: "They do so the more, the deeper the layer.",
        source: "PLOS 2024",
        rule: RISES,
        about: About::Responses,
        decision: Decision::Significant,
        judge: overlap::deeper,
    },
    Claim {
        id: "overlap-untrained",
        statement: "In networks with random weights the overlap is that of chance.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        about: About::Responses,
        decision: Decision::Significant,
        judge: overlap::untrained,
    },
    Claim {
        id: "lesion-hurts",
        statement: "Silencing the channels selective for an emotion lowers its recognition.",
        source: "PLOS 2024",
        rule: "the mean change of AUC over layers is below that of random channels, rank among random draws, q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: lesion::hurts,
    },
    Claim {
        id: "lesion-specific",
        statement: "It does so more than silencing as many channels that the same rule selects when labels are shuffled.",
        source: "control of this program",
        rule: "the mean change of AUC over layers is below that of such channels, rank among draws, q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: lesion::specific,
    },
    Claim {
        id: "lesion-deeper",
        statement: "It does so much more in deep layers than in early ones.",
        source: "PLOS 2024",
        rule: "Spearman's ρ of the change of AUC with depth is below 0 and below that of random channels, rank among draws, \
               q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: lesion::deeper,
    },
    Claim {
        id: "lesion-random",
        statement: "Silencing as many random channels changes nearly nothing.",
        source: "PLOS 2024",
        rule: "95 % of random groups change F1, as a mean over layers, by less than 5 %",
        about: About::Heads,
        decision: Decision::Fit,
        judge: lesion::random,
    },
    Claim {
        id: "lesion-untrained",
        statement: "In networks with random weights selective channels do not matter.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        about: About::Heads,
        decision: Decision::Significant,
        judge: lesion::untrained,
    },
    Claim {
        id: "gain-helps",
        statement: "A higher gain of the channels selective for an emotion improves its recognition.",
        source: "PLOS 2024",
        rule: "the mean change of AUC over layers at the gain chosen on validation pictures is above 0 and above that of \
               random channels at theirs (of those that shuffled labels select, where these alone were swept), rank among \
               draws, q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: attention::helps,
    },
    Claim {
        id: "gain-specific",
        statement: "It does so more than for as many channels that the same rule selects when labels are shuffled.",
        source: "control of this program",
        rule: "the mean change of AUC over layers is above 0 and above that of such channels at their best gains, rank among \
               draws, q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: attention::specific,
    },
    Claim {
        id: "gain-declines",
        statement: "As the gain grows further, recognition declines.",
        source: "PLOS 2024",
        rule: "AUC at the largest gain is below that at the chosen gain, mean over layers, and by more than in control groups, \
               rank among draws, q < .05",
        about: About::Heads,
        decision: Decision::Significant,
        judge: attention::declines,
    },
    Claim {
        id: "gain-untrained",
        statement: "In networks with random weights a higher gain of selective channels does not help.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        about: About::Heads,
        decision: Decision::Significant,
        judge: attention::untrained,
    },
    Claim {
        id: "table-1-original",
        statement: "F1 of the intact network.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        about: About::Heads,
        decision: Decision::Fit,
        judge: table1::original,
    },
    Claim {
        id: "table-1-enhanced",
        statement: "F1 at the best gain of the best layer.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        about: About::Heads,
        decision: Decision::Fit,
        judge: table1::enhanced,
    },
    Claim {
        id: "table-1-lesioned",
        statement: "F1 under the lesion of the worst layer.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        about: About::Heads,
        decision: Decision::Fit,
        judge: table1::lesioned,
    },
];
