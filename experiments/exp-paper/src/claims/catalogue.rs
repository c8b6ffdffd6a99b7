//! The published claims as a table.

use super::{Claim, Decision, attention, lesion, overlap, table1, tuning};

const RISES: &str = "Spearman's ρ with depth is above 0, q < .05";
const NONE_OF_IT: &str = "the mean over untrained networks is not above (for lesions: below) its control with q < .05; few \
                          networks or draws can also miss a difference";

/// Every claim, in the order of the study.
pub const CLAIMS: [Claim; 15] = [
    Claim {
        id: "quality-rises",
        statement: "Tuning quality rises with depth.",
        source: "preprint 2023",
        rule: RISES,
        decision: Decision::Significant,
        judge: tuning::rises,
    },
    Claim {
        id: "quality-flat-untrained",
        statement: "In networks with random weights tuning quality is flat over depth.",
        source: "preprint 2023",
        rule: "no trend (q < .05, either direction) of the mean over untrained networks",
        decision: Decision::NotSignificant,
        judge: tuning::flat_untrained,
    },
    Claim {
        id: "overlap-above-chance",
        statement: "Channels keep their emotion in another picture set more often than by chance.",
        source: "PLOS 2024",
        rule: "the mean over layers of Jaccard index minus chance is above 0, sign-flip test over layers, q < .05",
        decision: Decision::Significant,
        judge: overlap::above_chance,
    },
    Claim {
        id: "overlap-deeper",
        statement: "They do so the more, the deeper the layer.",
        source: "PLOS 2024",
        rule: RISES,
        decision: Decision::Significant,
        judge: overlap::deeper,
    },
    Claim {
        id: "overlap-untrained",
        statement: "In networks with random weights the overlap is that of chance.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        decision: Decision::NotSignificant,
        judge: overlap::untrained,
    },
    Claim {
        id: "lesion-hurts",
        statement: "Silencing the channels selective for an emotion lowers its recognition.",
        source: "PLOS 2024",
        rule: "the mean change over layers is below that of random channels, rank among random draws, q < .05",
        decision: Decision::Significant,
        judge: lesion::hurts,
    },
    Claim {
        id: "lesion-deeper",
        statement: "It does so much more in deep layers than in early ones.",
        source: "PLOS 2024",
        rule: "Spearman's ρ of the change with depth is below 0, q < .05",
        decision: Decision::Significant,
        judge: lesion::deeper,
    },
    Claim {
        id: "lesion-random",
        statement: "Silencing as many random channels changes nearly nothing.",
        source: "PLOS 2024",
        rule: "the 95 % interval of the mean over layers lies within ±5 %",
        decision: Decision::Fit,
        judge: lesion::random,
    },
    Claim {
        id: "lesion-untrained",
        statement: "In networks with random weights selective channels do not matter.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        decision: Decision::NotSignificant,
        judge: lesion::untrained,
    },
    Claim {
        id: "gain-helps",
        statement: "A higher gain of the channels selective for an emotion improves its recognition.",
        source: "PLOS 2024",
        rule: "the mean change over layers at the gain chosen on validation pictures is above 0 and above that of random \
               channels at theirs, rank among random draws, q < .05",
        decision: Decision::Significant,
        judge: attention::helps,
    },
    Claim {
        id: "gain-declines",
        statement: "As the gain grows further, recognition declines.",
        source: "PLOS 2024",
        rule: "the change at the largest gain is below that at the chosen gain, mean over layers, sign-flip test, q < .05",
        decision: Decision::Significant,
        judge: attention::declines,
    },
    Claim {
        id: "gain-untrained",
        statement: "In networks with random weights a higher gain of selective channels does not help.",
        source: "PLOS 2024",
        rule: NONE_OF_IT,
        decision: Decision::NotSignificant,
        judge: attention::untrained,
    },
    Claim {
        id: "table-1-original",
        statement: "F1 of the intact network.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        decision: Decision::Fit,
        judge: table1::original,
    },
    Claim {
        id: "table-1-enhanced",
        statement: "F1 at the best gain of the best layer.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        decision: Decision::Fit,
        judge: table1::enhanced,
    },
    Claim {
        id: "table-1-lesioned",
        statement: "F1 under the lesion of the worst layer.",
        source: "PLOS 2024, Table 1",
        rule: table1::RULE,
        decision: Decision::Fit,
        judge: table1::lesioned,
    },
];
