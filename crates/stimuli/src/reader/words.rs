//! What the words of a heading mean: `Valence_mean`, `valmn`, `All Valence M` and `Valenz (Mittelwert)` are one.

/// The meaning of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Valence.
    Valence,
    /// Arousal.
    Arousal,
    /// A mean.
    Mean,
    /// Over all raters.
    All,
    /// Says nothing, such as `rating`, or a number.
    Filler,
    /// What is no mean: a count, an error, a range.
    Spread,
    /// A standard deviation.
    Deviation,
    /// Any other, such as a group of raters.
    Other,
}

/// The words that are known, lower case. Languages: English, German, French, Spanish, Portuguese, Italian, Polish,
/// Russian, Chinese, Japanese.
const WORDS: [(Word, &[&str]); 7] = [
    (
        Word::Valence,
        &[
            "valence",
            "val",
            "valenz",
            "valencia",
            "valência",
            "valenza",
            "valencja",
            "walencja",
            "валентность",
            "效价",
            "愉悦度",
            "感情価",
        ],
    ),
    (
        Word::Arousal,
        &[
            "arousal",
            "aro",
            "erregung",
            "activation",
            "activación",
            "activacion",
            "ativação",
            "attivazione",
            "pobudzenie",
            "возбуждение",
            "唤醒度",
            "唤醒",
            "覚醒度",
        ],
    ),
    (
        Word::Mean,
        &[
            "mean",
            "means",
            "mn",
            "m",
            "avg",
            "average",
            "mittelwert",
            "mittel",
            "mw",
            "moyenne",
            "media",
            "média",
            "średnia",
            "srednia",
            "среднее",
            "均值",
            "平均值",
            "平均",
            "平均数",
        ],
    ),
    (
        Word::All,
        &[
            "all",
            "overall",
            "total",
            "alle",
            "gesamt",
            "insgesamt",
            "tous",
            "todos",
            "tutti",
            "wszyscy",
            "ogółem",
            "все",
            "全体",
            "总体",
            "所有",
        ],
    ),
    (
        Word::Filler,
        &[
            "rating",
            "ratings",
            "score",
            "value",
            "norm",
            "norms",
            "subjects",
            "raters",
            "participants",
            "bewertung",
            "ocena",
            "puntuación",
            "评分",
        ],
    ),
    (
        Word::Deviation,
        &[
            "sd",
            "sds",
            "std",
            "stdev",
            "stddev",
            "dev",
            "deviation",
            "standardabweichung",
            "odchylenie",
            "ecart",
            "écart",
            "desviación",
            "desviacion",
            "dp",
            "ds",
            "标准差",
            "标准偏差",
        ],
    ),
    (
        Word::Spread,
        &["se", "sem", "sderr", "var", "variance", "n", "count", "min", "max", "median", "range", "ci", "iqr", "人数"],
    ),
];

/// The meanings of the words of a heading. A lone `m` is a mean, but beside `f` or `w` (`letters_are_sexes`) it is the
/// men.
pub(crate) fn meanings(heading: &str, letters_are_sexes: bool) -> Vec<Word> {
    let meaning = |token: &String| match token.as_str() {
        "m" if letters_are_sexes => vec![Word::Other],
        token => known(token).map_or_else(|| fused(token), |word| vec![word]),
    };
    tokens(heading).iter().flat_map(meaning).collect()
}

/// Whether a heading says valence or arousal.
pub(crate) fn mentions_rating(heading: &str) -> bool {
    meanings(heading, false).iter().any(|word| matches!(word, Word::Valence | Word::Arousal))
}

/// The column of the standard deviations of a column of means: the one whose heading says the same of a deviation.
pub(crate) fn spread_of(headings: &[String], mean: usize) -> Option<usize> {
    let sexes = headings.iter().any(|heading| names_a_sex(heading));
    let about = |heading: &String| {
        let mut words = meanings(heading, sexes);
        words.retain(|word| !matches!(word, Word::Mean | Word::Filler));
        words.sort_by_key(|word| *word as u8);
        words
    };
    let mut wanted = about(headings.get(mean)?);
    wanted.push(Word::Deviation);
    wanted.sort_by_key(|word| *word as u8);
    let is_rating = wanted.iter().any(|word| matches!(word, Word::Valence | Word::Arousal));
    let mut found = (0..headings.len()).filter(|column| is_rating && about(&headings[*column]) == wanted);
    // Of two, neither is known to be the one.
    found.next().filter(|_| found.next().is_none())
}

/// Whether a heading has the lone letter by which the female raters are named.
pub(crate) fn names_a_sex(heading: &str) -> bool {
    tokens(heading).iter().any(|token| matches!(token.as_str(), "f" | "w"))
}

/// A column name without case, spaces and punctuation: `Valence_mean`, `valence mean` and `Valence.Mean` are one.
pub(crate) fn normalise(heading: &str) -> String {
    without_rtf(heading).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn known(token: &str) -> Option<Word> {
    if token.chars().all(|c| c.is_numeric()) {
        return Some(Word::Filler);
    }
    WORDS.iter().find(|(_, names)| names.contains(&token)).map(|(word, _)| *word)
}

/// Two words written as one, such as `valmn` or `meanvalence`.
fn fused(token: &str) -> Vec<Word> {
    let halves = token.char_indices().skip(1).map(|(at, _)| token.split_at(at));
    let pair = halves.filter_map(|(one, other)| Some(vec![known(one)?, known(other)?])).next();
    pair.unwrap_or_else(|| vec![Word::Other])
}

/// The words of a heading, lower case: letters and digits that stand together, cut where a capital follows a small
/// letter and between letters and digits.
fn tokens(heading: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for c in without_rtf(heading).chars() {
        let humps = before.is_lowercase() && c.is_uppercase();
        let digits = before.is_alphanumeric() && c.is_alphanumeric() && before.is_numeric() != c.is_numeric();
        if humps || digits || !c.is_alphanumeric() {
            spaced.push(' ');
        }
        if c.is_alphanumeric() {
            spaced.extend(c.to_lowercase());
        }
        before = c;
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// The cell without the control words that RTF puts in front of a line (`\f0\fs24 \cf0 desc`).
fn without_rtf(cell: &str) -> String {
    let mut parts = cell.split('\\');
    let mut text = parts.next().unwrap_or("").to_owned();
    parts.for_each(|part| text.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric())));
    text
}

#[cfg(test)]
mod tests {
    use super::Word::*;
    use super::*;

    #[test]
    fn spellings_of_one_heading_mean_the_same() {
        for heading in [
            "Valence_mean",
            "valmn",
            "meanValence",
            "Val. M",
            "Valenz (MW)",
            "walencja średnia",
            "效价均值",
            "MEAN VALENCE",
        ] {
            let mut found = meanings(heading, false);
            found.sort_by_key(|word| *word as u8);
            assert_eq!(found, [Valence, Mean], "{heading}");
        }
        assert_eq!(meanings("\\f0\\fs24 \\cf0 valmn", false), [Valence, Mean]);
        assert_eq!(meanings("All Arousal SD", false), [All, Arousal, Deviation]);
        assert_eq!(meanings("valence.1", false), [Valence, Filler]);
        assert_eq!(meanings("val_mean_us", false), [Valence, Mean, Other]);
        assert_eq!(meanings("IAPS", false), [Other]);
    }

    #[test]
    fn a_deviation_is_found_by_what_its_mean_is_about() {
        let spread = |headings: &[&str], mean| {
            spread_of(&headings.iter().map(|heading| heading.to_string()).collect::<Vec<_>>(), mean)
        };
        let iaps = ["desc", "IAPS", "valmn", "valsd", "aromn", "arosd", "dom1mn", "dom1sd"];
        assert_eq!((spread(&iaps, 2), spread(&iaps, 4)), (Some(3), Some(5)));
        let oasis = ["Theme", "Valence_mean", "Valence_SD", "Valence_N", "Arousal_mean", "Arousal_SD"];
        assert_eq!((spread(&oasis, 1), spread(&oasis, 4)), (Some(2), Some(5)));
        let groups = ["ID", "Women Valence M", "Women Valence SD", "All Valence M", "All Valence SD"];
        assert_eq!((spread(&groups, 1), spread(&groups, 3)), (Some(2), Some(4)));
        assert_eq!(spread(&["valmn", "valsd", "valence SD"], 0), None);
        assert_eq!((spread(&["V", "SD"], 0), spread(&["V"], 4)), (None, None));
    }

    #[test]
    fn a_lone_m_beside_an_f_is_a_man() {
        assert_eq!(meanings("Valence_M", true), [Valence, Other]);
        assert!(names_a_sex("Valence_F") && names_a_sex("W: Valenz") && !names_a_sex("Valence_SD"));
    }
}
